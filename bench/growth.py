"""How the time of selective search, ours and OpenCV's, grows with the picture.

Two kinds of large pictures: OpenCV slows down with the number of regions more than with that of pixels.
"""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import cv2
import numpy as np

from bench.timing import interleaved
from core import images
from core.proposers import OpenCVSelectiveSearch, SelectiveSearch
from core.proposers.selective_search import use_threads

MEGAPIXELS = (0.1, 0.25, 1.0, 4.0, 12.0)
TILE = (480, 320)

Sized = Callable[[Sequence[images.Image], float], images.Image]


def curves(
    mode: str, pictures: Sequence[images.Image], opencv_up_to: float
) -> dict[str, list[dict[str, Any]]]:
    """Measure on one thread, OpenCV up to so many megapixels."""
    use_threads(1)
    sizes = {"one picture enlarged": _enlarged, "pictures side by side": _side_by_side}
    return {name: _curve(mode, pictures, opencv_up_to, sized) for name, sized in sizes.items()}


def _curve(
    mode: str, pictures: Sequence[images.Image], opencv_up_to: float, sized: Sized
) -> list[dict[str, Any]]:
    rows = []
    for megapixels in MEGAPIXELS:
        image = sized(pictures, megapixels * 1e6)
        runs: dict[str, Any] = {"ours": lambda image=image: SelectiveSearch(mode).propose(image)}
        if megapixels <= opencv_up_to:
            runs["opencv"] = lambda image=image: OpenCVSelectiveSearch(mode, whole_image=True).propose(image)
        times = interleaved(runs, {"ours": 3, "opencv": 1})
        theirs = times.get("opencv")
        rows.append(
            {
                "megapixels": megapixels,
                "boxes": len(runs["ours"]()),
                "ours_ms": times["ours"] * 1e3,
                "opencv_ms": theirs and theirs * 1e3,
                "x": theirs and theirs / times["ours"],
            }
        )
    return rows


def _enlarged(pictures: Sequence[images.Image], pixels: float) -> images.Image:
    """Bring the first picture to a size: the same detail, on more pixels."""
    factor = (pixels / (pictures[0].shape[0] * pictures[0].shape[1])) ** 0.5
    return cv2.resize(pictures[0], None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)


def _side_by_side(pictures: Sequence[images.Image], pixels: float) -> images.Image:
    """Lay pictures side by side up to a size: the detail grows with the pixels, as in a sharper photograph.

    Every second round is mirrored, so that few pictures make no pattern.
    """
    height, width = round((pixels / 1.5) ** 0.5), round((pixels * 1.5) ** 0.5)
    whole = np.empty((height, width, 3), np.uint8)
    corners = product(range(0, height, TILE[1]), range(0, width, TILE[0]))
    for number, (y, x) in enumerate(corners):
        turn, which = divmod(number, len(pictures))
        tile = cv2.resize(pictures[which], TILE, interpolation=cv2.INTER_AREA)[:, :: 1 - 2 * (turn % 2)]
        part = whole[y : y + TILE[1], x : x + TILE[0]]
        part[:] = tile[: part.shape[0], : part.shape[1]]
    return whole
