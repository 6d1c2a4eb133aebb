"""Draw docs/opencv-displaced-texture.png: ``python docs/opencv_faults.py`` from the project's folder."""

import sys
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from core.datasets.sample.picture import draw_picture  # noqa: E402
from core.proposers.selective_search.texture import rotated_derivatives  # noqa: E402

WIDTH, HEIGHT = 1000, 100


def main() -> None:
    pictures = (draw_picture(0, "train", index, WIDTH, HEIGHT) for index in range(100))
    picture, boxes = next((picture, boxes) for picture, boxes in pictures if len(boxes) >= 2)
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    rows = {
        "the picture, 1000 x 100, and its cracks' boxes": picture,
        "a diagonal derivative, taken straight (gradients=direct)": _shown(
            cv2.Scharr(grey, cv2.CV_16S, 1, 0) + cv2.Scharr(grey, cv2.CV_16S, 0, 1)
        ),
        "the same from the rotated picture, as OpenCV 5.0 cuts it (gradients=opencv)": _shown(
            [*rotated_derivatives(grey)][2]
        ),
    }
    drawn = []
    for words, row in rows.items():
        label = np.full((26, WIDTH, 3), 255, np.uint8)
        cv2.putText(label, words, (4, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (40, 40, 40), 1, cv2.LINE_AA)
        marked = np.ascontiguousarray(row)
        for x0, y0, x1, y1 in boxes:
            cv2.rectangle(marked, (int(x0), int(y0)), (int(x1) - 1, int(y1) - 1), (240, 228, 66), 1)
        drawn += [label, marked]
    cv2.imwrite(
        str(ROOT / "docs/opencv-displaced-texture.png"), cv2.cvtColor(np.vstack(drawn), cv2.COLOR_RGB2BGR)
    )


def _shown(derivative: np.ndarray) -> np.ndarray:
    strength = np.abs(derivative.astype(np.float32))
    levels = np.clip(strength / np.percentile(strength, 99.5) * 255, 0, 255).astype(np.uint8)
    return np.repeat(levels[..., None], 3, axis=2)


if __name__ == "__main__":
    main()
