"""The filters of a setup: which boxes of a proposer they keep, and which they drop."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core import boxes as bx
from core.boxes import Boxes
from core.ranking import rank

Rows = NDArray[np.int64]


class Filtered(NamedTuple):
    """Rows of boxes by what the filters do with them, each best first; together they are all rows.

    Attributes
    ----------
    kept : int64 (K,)
    suppressed : int64 (S,)
        Dropped by non-maximum suppression.
    thin : int64 (T,)
        With a side that is too short; they suppress nothing, and count for no order.
    ranked : int64 (K + S,)
        Those that are kept or suppressed, best first.
    """

    kept: Rows
    suppressed: Rows
    thin: Rows
    ranked: Rows


def filtered(
    boxes: Boxes, order: str, min_side: int, nms: float, scores: NDArray[np.float32] | None = None
) -> Filtered:
    """Return the rows of boxes that the filters keep and drop.

    Parameters
    ----------
    boxes : float32 (N, 4)
        As the proposer returned them.
    order : one of ``core.ranking.ORDER_TEXTS``
    min_side : int
        Shortest side of a box that is kept, pixels.
    nms : float
        IoU above which a box is dropped for a better one that is kept; 1 drops none.
    scores : float32 (N,), or None
        For the order by score.
    """
    is_thin = np.zeros(len(boxes), bool)
    if min_side:
        is_thin = np.min(boxes[:, 2:] - boxes[:, :2], axis=1) < min_side
    ranked, thin = (_ranked(boxes, np.flatnonzero(some), order, scores) for some in (~is_thin, is_thin))
    is_kept = np.ones(len(ranked), bool)
    if nms < 1:
        is_kept[:] = False
        is_kept[bx.nms(boxes[ranked], nms)] = True
    return Filtered(ranked[is_kept], ranked[~is_kept], thin, ranked)


def _ranked(boxes: Boxes, rows: Rows, order: str, scores: NDArray[np.float32] | None) -> Rows:
    """Return some rows in an order, which is that of their boxes alone."""
    return rows[rank(boxes[rows], order, None if scores is None else scores[rows])]
