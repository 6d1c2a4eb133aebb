"""The boxes that a setup removes from what its proposer finds in an image, and why."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core import boxes as bx
from core.boxes import Boxes
from core.datasets import CocoDataset
from core.filtering import Filtered, Rows, filtered
from core.images import Image
from core.pipeline import Setup
from core.proposals.proposer_cache import ProposerCache
from core.ranking import SCORE, rank

SUPPRESSED, THIN, DROPPED = "NMS", "the minimum side", "a filter of the proposer"
REASONS = (SUPPRESSED, THIN, DROPPED)
"""What removes boxes. A filter of the proposer is its minimum area, or that it leaves the whole image out."""

MOST = 1000
"""Boxes removed for the same reason that are returned at most."""

_AT_ONCE = 4_000_000  # overlaps that are computed at a time: 50 MB


@dataclass(frozen=True, eq=False)
class Removed:
    """The boxes that a setup removes, M of them; those of a reason best first by the setup's order.

    Attributes
    ----------
    boxes : float32 (M, 4)
    reason : int64 (M,)
        Index into ``REASONS``.
    by : int64 (M,)
        Rank of the proposal for which NMS drops it, -1 for none.
    iou : float32 (M,)
        IoU with that, 0 for none.
    counts : tuple of int
        How many were removed for each of ``REASONS``; at most ``MOST`` of each are among the boxes.
    """

    boxes: Boxes
    reason: NDArray[np.int64]
    by: NDArray[np.int64]
    iou: NDArray[np.float32]
    counts: tuple[int, ...]


def removed(
    setup: Setup,
    boxes: Boxes,
    unfiltered: Boxes,
    most: int = MOST,
    scores: NDArray[np.float32] | None = None,
) -> Removed:
    """Return the boxes that a setup removes, apart from those beyond its `top`.

    Parameters
    ----------
    setup : Setup
    boxes : float32 (N, 4)
        As the proposer returned them.
    unfiltered : float32 (U, 4)
        What it returns without filters of its own, see :meth:`core.proposers.Proposer.unfiltered`.
    most : int
        Boxes of each reason.
    scores : float32 (N,), or None
        For the order by score.
    """
    order = setup.ranked_by
    if order == SCORE:
        boxes, order = boxes[rank(boxes, order, scores)], "own"
    rows = filtered(boxes, order, setup.min_side, setup.nms)
    dropped = unfiltered[_not_among(unfiltered, boxes)]
    groups = (boxes[rows.suppressed], boxes[rows.thin], dropped[rank(dropped, order)])
    shown = [group[:most] for group in groups]
    sizes = [len(group) for group in shown]
    by, iou = np.full(sum(sizes), -1), np.zeros(sum(sizes), np.float32)
    by[: sizes[0]], iou[: sizes[0]] = _suppressors(boxes, rows, rows.suppressed[:most], setup.nms)
    return Removed(
        np.concatenate(shown), np.repeat(np.arange(len(REASONS)), sizes), by, iou, tuple(map(len, groups))
    )


def removed_of_image(
    cache: ProposerCache,
    dataset: CocoDataset,
    index: int,
    setup: Setup,
    read: Callable[[int], Image] | None = None,
) -> Removed:
    """Return the boxes that a setup removes in an image.

    The proposer is run where its result is not kept; without its own filters too, if it has any.

    Raises
    ------
    BoxscopeError
        See :func:`core.pipeline.process_image`.
    """
    found = cache.result(dataset, index, setup.proposer, read).found
    boxes = found.boxes
    free = setup.proposer.unfiltered()
    unfiltered = boxes if free == setup.proposer else cache.result(dataset, index, free, read).found.boxes
    return removed(replace(setup, top=0), boxes, unfiltered, scores=found.scores)


def _not_among(boxes: Boxes, others: Boxes) -> NDArray[np.bool_]:
    """Return which boxes are equal to none of the others: bool (N,)."""
    is_other = np.zeros(len(others) + len(boxes), bool)
    is_other[bx.firsts(np.concatenate([others, boxes]))] = True
    return is_other[len(others) :]


def _suppressors(
    boxes: Boxes, rows: Filtered, suppressed: Rows, nms: float
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the rank among the kept boxes of the first one that suppresses each, and their IoU."""
    kept, position = rows.kept, np.empty(len(boxes), np.int64)
    position[rows.ranked] = np.arange(len(rows.ranked))
    by, iou = np.empty(len(suppressed), np.int64), np.empty(len(suppressed), np.float32)
    step = max(_AT_ONCE // max(len(kept), 1), 1)
    for first in range(0, len(suppressed), step):
        part = slice(first, first + step)
        overlaps = bx.iou(boxes[suppressed[part]], boxes[kept])
        overlaps[position[kept][None] > position[suppressed[part]][:, None]] = -1  # a worse one drops none
        above = overlaps > nms
        # OpenCV's IoU differs in the last bits: at the threshold itself none may be above.
        by[part] = np.where(above.any(axis=1), above.argmax(axis=1), overlaps.argmax(axis=1))
        iou[part] = np.take_along_axis(overlaps, by[part][:, None], axis=1)[:, 0]
    return by, iou
