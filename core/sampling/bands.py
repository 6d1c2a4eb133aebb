"""Boxes by their IoU: in bins, and in the bands that a label rule cuts the scale into."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.labelling import LabelRule

# Bins of 0.025: thresholds move in steps of 0.05, so that every threshold lies between two bins.
BINS = 40


class Band(NamedTuple):
    """A range of IoU whose boxes get one label; `low` and `high` are equal where it is a single value."""

    kind: int
    low: float
    high: float


def bands(rule: LabelRule) -> list[Band]:
    """Return the ranges of IoU that a rule labels alike, ascending; crowd regions are not considered."""
    ends = sorted({0.0, 1.0, *(min(end, 1.0) for end in (rule.iou, rule.negative_from, rule.negative_below))})
    middles = np.array([(low + high) / 2 for low, high in pairwise(ends)], np.float32)
    merged: list[Band] = []
    for kind, (low, high) in zip(rule.kinds(middles).tolist(), pairwise(ends), strict=True):
        if merged and merged[-1].kind == kind:
            merged[-1] = merged[-1]._replace(high=high)
        else:
            merged.append(Band(kind, low, high))
    top = int(rule.kinds(np.ones(1, np.float32))[0])
    return merged if merged[-1].kind == top else [*merged, Band(top, 1.0, 1.0)]


def iou_histogram(iou: NDArray[np.float32], bins: int = BINS) -> NDArray[np.int64]:
    """Return the counts of IoUs in bins of equal width from 0 to 1, the last closed: int64 (bins,)."""
    return np.bincount(iou_bin(iou, bins), minlength=bins)


def iou_bin(iou: NDArray[np.float32], bins: int = BINS) -> NDArray[np.int64]:
    """Return the bin of each IoU: int64 (N,)."""
    edges = (np.arange(1, bins) / bins).astype(np.float32)
    return np.searchsorted(edges, iou, side="right")
