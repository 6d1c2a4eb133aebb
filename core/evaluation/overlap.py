"""The best proposal of each object, among all proposals and among the first k for every k."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core import boxes as bx
from core.boxes import Boxes
from core.evaluation.recall import RecallRule
from core.truth import Truth


class BestOverlap(NamedTuple):
    """The best proposal of each object.

    Attributes
    ----------
    row : int64 (objects,)
        Row in Truth; crowd regions are left out.
    iou : float32 (objects,)
    rank : int64 (objects,)
        Of that proposal, the first among equals; -1 where no proposal overlaps.
    """

    row: NDArray[np.int64]
    iou: NDArray[np.float32]
    rank: NDArray[np.int64]

    def passes(self, recall: RecallRule) -> NDArray[np.bool_]:
        """Return whether each object is found: bool (objects,)."""
        return recall.passes(self.iou)


def best_overlap(boxes: Boxes, truth: Truth) -> BestOverlap:
    """Return each object's best proposal; one proposal may be the best of several objects.

    Parameters
    ----------
    boxes : float32 (N, 4)
    truth : Truth
    """
    objects = truth.objects
    if not len(boxes) or not len(objects):
        return BestOverlap(objects, np.zeros(len(objects), np.float32), np.full(len(objects), -1))
    overlaps = bx.iou(boxes, truth.boxes[objects])
    rank = overlaps.argmax(axis=0)
    iou = overlaps[rank, np.arange(len(objects))]
    return BestOverlap(objects, iou, np.where(iou > 0, rank, -1))


class Records(NamedTuple):
    """The best proposal of each object among the first k, for every k: the records of a running maximum.

    Attributes
    ----------
    row : int64 (objects,)
        Row in Truth; crowd regions are left out.
    rank : list of int64 (R,), a list item an object
        Ranks of the proposals that overlap the object more than all before them, ascending.
    iou : list of float32 (R,), a list item an object
        Their IoU, rising.
    """

    row: NDArray[np.int64]
    rank: list[NDArray[np.int64]]
    iou: list[NDArray[np.float32]]

    def best(self, k: int) -> BestOverlap:
        """Return what :func:`best_overlap` returns for the first k proposals."""
        iou = np.zeros(len(self.row), np.float32)
        rank = np.full(len(self.row), -1)
        for row, (ranks, ious) in enumerate(zip(self.rank, self.iou, strict=True)):
            last = int(np.searchsorted(ranks, k)) - 1
            if last >= 0:
                iou[row], rank[row] = ious[last], ranks[last]
        return BestOverlap(self.row, iou, rank)

    def first(self, k: int) -> "Records":
        """Return the records of the first k proposals."""
        ends = [int(np.searchsorted(ranks, k)) for ranks in self.rank]
        rank = [ranks[:end] for ranks, end in zip(self.rank, ends, strict=True)]
        return Records(self.row, rank, [ious[:end] for ious, end in zip(self.iou, ends, strict=True)])

    def first_found(self, recall: RecallRule) -> NDArray[np.int64]:
        """Return the rank of the first proposal that finds each object: int64 (objects,), -1 for none."""
        passing = (ranks[recall.passes(iou)] for ranks, iou in zip(self.rank, self.iou, strict=True))
        return np.array([ranks[0] if len(ranks) else -1 for ranks in passing], np.int64)


def records(boxes: Boxes, truth: Truth, overlaps: NDArray[np.float32] | None = None) -> Records:
    """Return the ranks at which each object's best overlap rises.

    Parameters
    ----------
    boxes : float32 (N, 4)
    truth : Truth
    overlaps : float32 (N, objects), or None
        IoU of each proposal with each object, crowd regions apart; None computes it.
    """
    objects = truth.objects
    overlaps = bx.iou(boxes, truth.boxes[objects]) if overlaps is None else overlaps
    before = np.zeros_like(overlaps)
    np.maximum.accumulate(overlaps[:-1], axis=0, out=before[1:])
    rises = [np.flatnonzero(column) for column in (overlaps > before).T]
    return Records(objects, rises, [overlaps[rows, column] for column, rows in enumerate(rises)])


def count_by_iou(iou: NDArray[np.float32], bins: int) -> NDArray[np.int64]:
    """Return how many IoUs lie in each of equal bins from 0 to 1, which is in the last one: int64 (bins,)."""
    return np.histogram(iou, bins, (0, 1))[0].astype(np.int64)
