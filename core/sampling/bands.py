"""Boxes by their IoU: in bins, and in the bands that a label rule cuts the scale into."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.labelling import LabelRule

# Thresholds move in steps of 0.05: two bins, so that every threshold lies between two.
BINS = 40


class Band(NamedTuple):
    """A range of IoU whose boxes get one label; `low` and `high` are the same where it is but a point."""

    kind: int
    low: float
    high: float


def bands(rule: LabelRule) -> list[Band]:
    """Cut the scale of IoU into the ranges that a rule labels alike, ascending; crowd regions apart."""
    ends = sorted({0.0, 1.0, *(min(end, 1.0) for end in (rule.iou, rule.negative_from, rule.negative_below))})
    middles = np.array([(low + high) / 2 for low, high in pairwise(ends)], np.float32)
    found: list[Band] = []
    for kind, (low, high) in zip(rule.kinds(middles).tolist(), pairwise(ends), strict=True):
        if found and found[-1].kind == kind:
            found[-1] = found[-1]._replace(high=high)
        else:
            found.append(Band(kind, low, high))
    top = int(rule.kinds(np.ones(1, np.float32))[0])
    return found if found[-1].kind == top else [*found, Band(top, 1.0, 1.0)]


def by_iou(iou: NDArray[np.float32], bins: int = BINS) -> NDArray[np.int64]:
    """Count IoUs in bins of equal width from 0 to 1, the last with its end: int64 (bins,)."""
    return np.bincount(iou_bin(iou, bins), minlength=bins)


def iou_bin(iou: NDArray[np.float32], bins: int = BINS) -> NDArray[np.int64]:
    """Give the bin of each IoU: int64 (N,)."""
    edges = (np.arange(1, bins) / bins).astype(np.float32)
    return np.searchsorted(edges, iou, side="right")
