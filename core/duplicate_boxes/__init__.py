"""Boxes that nearly equal a better one: which they are, and the order that puts them later.

It stands below proposers and orders, since both ask for it.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core import kernels
from core.boxes import Boxes

FIRST = 100
"""The first proposals, which the order ``distinct`` keeps free of near-duplicates."""

NEAR_DUPLICATE = 0.9
"""The IoU above which ``distinct`` holds two boxes for the same. AR@10 and AR@100 of selective search, mean
of kangaroo and the training splits of CrackForest and CrackSeg: .264 and .445 at .9, .263 and .436 at .8,
.239 and .434 in its own order. At .9 no set loses more than .002, at .8 they lose up to .012."""


def distinct(boxes: Boxes, threshold: float, most: int | None = None) -> NDArray[np.int64]:
    """Return the rows of the first boxes of which no two have an IoU above a threshold: int64 (M,).

    Parameters
    ----------
    boxes : float32 or float64 (N, 4)
        Best first. Areas are computed as precisely as they are.
    threshold : float
    most : int, or None
        How many there are at most; None for all.
    """
    warm()
    from core.duplicate_boxes import kernel

    return kernel.distinct(boxes, threshold, len(boxes) if most is None else most)


def duplicates_later(boxes: Boxes) -> NDArray[np.int64]:
    """Return the rows in the order ``distinct``: int64 (N,).

    The first ``FIRST`` boxes of which no two have an IoU above ``NEAR_DUPLICATE``, then all others, as they
    come.
    """
    first = distinct(boxes.astype(np.float64), NEAR_DUPLICATE, FIRST)
    is_later = np.ones(len(boxes), np.bool_)
    is_later[first] = False
    return np.concatenate([first, np.flatnonzero(is_later)])


@kernels.register("duplicate boxes")
@kernels.once
def warm() -> None:
    """Load the kernel; compile it, with a message, where this machine has not yet."""
    from core.duplicate_boxes import kernel  # importing numba takes 0.5 s

    def compile_all() -> None:
        boxes = np.array([[0.0, 0, 1, 1], [0, 0, 2, 1]])
        kernel.distinct(boxes, 0.5, 1)
        kernel.distinct(boxes.astype(np.float32), 0.5, 1)

    with kernels.no_collection():
        message = "compiling the search for duplicate boxes; this happens once and takes some 2 seconds"
        kernels.ensure_compiled(kernel.distinct, Path(__file__).parent, compile_all, message)
