"""Write docs/proposers.jpg: the first boxes of every proposer on the same three pictures of the sample set.

python docs/proposers_picture.py
"""

import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from core import boxes as bx  # noqa: E402
from core import threads  # noqa: E402
from core.datasets import CocoDataset, make_sample  # noqa: E402
from core.images import Image  # noqa: E402
from core.pipeline import Setup, propose  # noqa: E402
from core.proposals import boxes_fit  # noqa: E402
from core.proposers import PROPOSERS, LearnedBoxes  # noqa: E402
from core.proposers.learned_boxes.file import encoded  # noqa: E402

FIRST, PICTURES, WIDTH, SPACE, HEAD = 10, 3, 300, 6, 26
TRUTH, FOUND, OTHER = (255, 255, 255), (255, 200, 0), (70, 170, 255)
GROUND, INK = (250, 250, 250), (30, 30, 30)


def main() -> None:
    """Draw a row for each proposer, a column for each picture."""
    threads.limit_all(1)
    with tempfile.TemporaryDirectory() as name:
        make_sample(Path(name))
        model = Path(name) / "boxes.json"
        model.write_bytes(encoded(*boxes_fit.fitted(CocoDataset.open(Path(name) / "train/annotations.json"))))
        dataset = CocoDataset.open(Path(name) / "valid/annotations.json")
        indices = np.flatnonzero(dataset.object_counts > 0)[:PICTURES].tolist()
        proposers = [kind() for kind in PROPOSERS.values() if kind().is_ready]
        setups = [Setup(proposer) for proposer in [*proposers, LearnedBoxes(model=str(model))]]
        rows = [row(setup, dataset, indices) for setup in setups]
    sheet = cv2.cvtColor(np.concatenate(rows), cv2.COLOR_RGB2BGR)
    cv2.imwrite(str(Path(__file__).with_name("proposers.jpg")), sheet, [cv2.IMWRITE_JPEG_QUALITY, 80])


def row(setup: Setup, dataset: CocoDataset, indices: list[int]) -> Image:
    """Return the pictures of a proposer side by side, below its name."""
    parts = []
    for index in indices:
        image, objects = dataset.read(index), dataset.truth(index).boxes
        found, _ = propose(setup, image)
        parts.append(drawn(image, found.boxes[:FIRST], objects))
    edge = np.full((parts[0].shape[0], SPACE, 3), GROUND, np.uint8)
    body = np.concatenate([one for part in parts for one in (part, edge)], axis=1)
    head = np.full((HEAD, body.shape[1], 3), GROUND, np.uint8)
    cv2.putText(head, setup.proposer.name, (2, HEAD - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.5, INK, 1, cv2.LINE_AA)
    return np.concatenate([head, body])


def drawn(image: Image, boxes: bx.Boxes, objects: bx.Boxes) -> Image:
    """Return a small picture with objects and boxes, those with an IoU of 0.5 or more in another colour."""
    scale = WIDTH / image.shape[1]
    picture = cv2.resize(image, (WIDTH, round(image.shape[0] * scale)), interpolation=cv2.INTER_AREA)
    is_found = bx.iou(boxes, objects).max(axis=1, initial=0) >= 0.5
    for box in objects:
        rectangle(picture, box * scale, TRUTH, 3)
    for box, found in sorted(zip(boxes, is_found, strict=True), key=lambda each: bool(each[1])):
        rectangle(picture, box * scale, FOUND if found else OTHER, 2 if found else 1)
    return picture


def rectangle(picture: Image, box: np.ndarray, colour: tuple[int, int, int], width: int) -> None:
    """Draw a box whose edges are inside the picture."""
    height, across = picture.shape[:2]
    x0, y0, x1, y1 = np.round(box).astype(int)
    cv2.rectangle(picture, (x0, y0), (min(x1, across) - 1, min(y1, height) - 1), colour, width)


if __name__ == "__main__":
    main()
