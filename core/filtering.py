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
        With a side that is too short; they suppress nothing.
    """

    kept: Rows
    suppressed: Rows
    thin: Rows


def filtered(
    boxes: Boxes, order: str, min_side: int, nms: float, scores: NDArray[np.float32] | None = None
) -> Filtered:
    """Return the rows of boxes that the filters keep and drop.

    Parameters
    ----------
    boxes : float32 (N, 4)
        As the proposer returned them.
    order : one of ``core.ranking.ORDERS``
    min_side : int
        Shortest side of a box that is kept, pixels.
    nms : float
        IoU above which a box is dropped for a better one that is kept; 1 drops none.
    scores : float32 (N,), or None
        For the order by score.
    """
    rows = rank(boxes, order, scores)
    thin = suppressed = rows[:0]
    if min_side:
        is_kept = np.min(boxes[rows, 2:] - boxes[rows, :2], axis=1) >= min_side
        rows, thin = rows[is_kept], rows[~is_kept]
    if nms < 1:
        is_kept = np.zeros(len(rows), bool)
        is_kept[bx.nms(boxes[rows], nms)] = True
        rows, suppressed = rows[is_kept], rows[~is_kept]
    return Filtered(rows, suppressed, thin)
