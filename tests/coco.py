"""COCO documents with one thing wrong, or everything, and what a data set made of them says."""

from pathlib import Path

import numpy as np
import pytest

from core.datasets import CocoDataset
from tests.drawn import CRACK, annotation, coco, image, write

# Kinds that account for one annotation that gives no row of truth.
GONE = {
    "outside",
    "zero-area",
    "no-box",
    "broken-segmentation",
    "two-sizes",
    "unknown-image",
    "ambiguous-image",
    "unnamed-image",
    "empty-mark",
    "repeated-object",
}


def run_lengths(x: int, y: int, width: int, height: int, size: tuple[int, int] = (100, 80)) -> dict:
    """Return the mask of a box in an image of a size (width, height), by columns."""
    mask = np.zeros(size, bool)
    mask[x : x + width, y : y + height] = True
    changes = np.flatnonzero(np.diff(mask.ravel(), prepend=False)) if mask.any() else np.zeros(0, int)
    return {"counts": np.diff([0, *changes, mask.size]).tolist(), "size": [size[1], size[0]]}


def without(record: dict, *keys: str) -> dict:
    """Return a copy of a record without some of its keys."""
    return {key: value for key, value in record.items() if key not in keys}


def opened(document, folder: Path, **options) -> CocoDataset:
    """Write a document into a folder and open it."""
    return CocoDataset.open(write(document, folder / "annotations.json", **options))


def kinds(dataset: CocoDataset) -> list[tuple[str, str, bool]]:
    """Return kind, item and lost of each problem but for the use of the tolerant reader."""
    return [
        (problem.kind, problem.item, problem.lost)
        for problem in dataset.problems
        if not problem.detail.startswith("read leniently")
    ]


both_readers = pytest.mark.parametrize("mark", [False, True], ids=["typed", "lenient"])

MESS = coco(
    [
        image(1, "a.png"),
        image(2, "street/b.c.jpg.jpg"),
        image(7, "one.png"),
        image(7, "other.png"),
        image(4, "a.png"),
        without(image(5, "bare.png"), "width", "height"),
        image(6, "empty.png"),
    ],
    [
        annotation(0, 1),
        annotation(1, 1, [-0.5, 0, 10, 10]),
        annotation(1, 2, [5, 5, 5, 5], iscrowd=1, segmentation=run_lengths(5, 5, 5, 5)),
        annotation(3, 2, [0, 0, 0, 9]),
        annotation(4, 6, []),
        annotation(5, 77),
        annotation(6, 5, [90, 90, 90, 90], category_id=9),
        annotation(7, 4, [500, 500, 1, 1]),
        annotation(8, 4, [1, 2, 3]),
        annotation(9, 2, [50, 50, 10.5, 10.5]),
        annotation(10, 7),
    ],
    [CRACK, {"id": 2, "name": "crack"}],
)


def accounted(dataset: CocoDataset) -> int:
    """Count the annotations that gave no row of truth, by what the problems say."""
    return sum(problem.kind in GONE for problem in dataset.problems)
