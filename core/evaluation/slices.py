"""Slices of the objects of an evaluation: where a proposer finds them, and where it does not.

An object is in one slice of each kind, so that the objects found in the slices of a kind add up to all found.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.evaluation.evaluation import Evaluation

# Sides that an area of COCO's small and medium objects ends at, pixels (pycocotools, areaRng).
_SMALL, _MEDIUM = 32, 96
# Pixels from the border at which a box touches it: annotators and polygons round differently.
_BORDER = 1.0


class Slice(NamedTuple):
    """Some of the objects of an evaluation.

    Attributes
    ----------
    kind : str
        What objects are told apart by, as ``size``; a key of ``KINDS``.
    name : str
        Which of them these are, as ``small``.
    mask : bool (O,)
    """

    kind: str
    name: str
    mask: NDArray[np.bool_]


KINDS = {
    "size": "By annotated area, as in COCO: small below 32 x 32 px, large from 96 x 96 px.",
    "aspect": "By width : height of the box.",
    "position": "Touching the border: within 1 px. Central: the middle of the box lies in the middle third "
    "of the width and of the height.",
    "class": "By category.",
    "objects in the image": "By the number of objects of the same image, crowd regions apart.",
}
"""What each kind of slice is, in the order in which they are listed."""


def slices(evaluation: Evaluation, categories: Mapping[int, str]) -> list[Slice]:
    """Return the slices that hold an object.

    Parameters
    ----------
    evaluation : Evaluation
    categories : mapping of int to str
        Names by category id.
    """
    kinds = {
        "size": _sizes(evaluation),
        "aspect": _aspects(evaluation),
        "position": _positions(evaluation),
        "class": [
            (categories.get(number, str(number)), evaluation.category == number)
            for number in np.unique(evaluation.category).tolist()
        ],
        "objects in the image": _counts(evaluation),
    }
    return [Slice(kind, name, mask) for kind, parts in kinds.items() for name, mask in parts if mask.any()]


Parts = list[tuple[str, NDArray[np.bool_]]]


def _sizes(evaluation: Evaluation) -> Parts:
    return _ranges(evaluation.area, (_SMALL**2, _MEDIUM**2), ("small", "medium", "large"))


def _aspects(evaluation: Evaluation) -> Parts:
    sides = evaluation.boxes[:, 2:].astype(np.float64) - evaluation.boxes[:, :2]
    aspect = sides[:, 0] / np.maximum(sides[:, 1], 1e-9)
    names = ("tall, under 1 : 3", "1 : 3 to 2 : 3", "about square", "3 : 2 to 3 : 1", "wide, over 3 : 1")
    return _ranges(aspect, (1 / 3, 2 / 3, 3 / 2, 3), names)


def _positions(evaluation: Evaluation) -> Parts:
    size = evaluation.sizes[evaluation.image].astype(np.float64)
    low, high = evaluation.boxes[:, :2].astype(np.float64), evaluation.boxes[:, 2:].astype(np.float64)
    border = np.any((low <= _BORDER) | (high >= size - _BORDER), axis=1)
    middle = (low + high) / 2 / np.maximum(size, 1)
    central = np.all((middle >= 1 / 3) & (middle < 2 / 3), axis=1) & ~border
    border, central = np.asarray(border), np.asarray(central)
    return [("touching the border", border), ("central", central), ("elsewhere", ~border & ~central)]


def _counts(evaluation: Evaluation) -> Parts:
    counts = evaluation.objects[evaluation.image].astype(np.float64)
    return _ranges(counts, (2, 5, 10), ("1", "2 to 4", "5 to 9", "10 or more"))


def _ranges(values: NDArray[np.float64], ends: Sequence[float], names: Sequence[str]) -> Parts:
    """Return the ranges of values: a value at an end is in the range above it."""
    number = np.searchsorted(np.array(ends, np.float64), values, side="right")
    return [(name, number == each) for each, name in enumerate(names)]
