"""Orders of proposals: which come first where only the first k are used."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core import boxes as bx
from core import kernels
from core.boxes import Boxes
from core.duplicate_boxes import duplicates_later

Rows = NDArray[np.int64]

AGREEMENT = 0.7
"""The IoU above which one box agrees with another, for the consensus."""


def _consensus(boxes: Boxes) -> Rows:
    return np.argsort(-agreeing(boxes), kind="stable")


def _both(boxes: Boxes) -> Rows:
    position = np.empty(len(boxes), np.int64)
    position[_consensus(boxes)] = np.arange(len(boxes))
    return np.argsort(position + np.arange(len(boxes)), kind="stable")


ORDERS: dict[str, Callable[[Boxes], Rows]] = {
    "area": lambda boxes: np.argsort(-bx.area(boxes), kind="stable"),
    "own": lambda boxes: np.arange(len(boxes)),
    "distinct": duplicates_later,
    "consensus": _consensus,
    "own+consensus": _both,
    "small": lambda boxes: np.argsort(bx.area(boxes), kind="stable"),
}

SCORE = "score"
"""The order that needs scores; the others need the boxes alone."""

ORDER_TEXTS = {
    "area": "area, largest first",
    "own": "the proposer's order",
    "distinct": "own order, near-duplicates later",
    SCORE: "score, highest first",
    "consensus": "consensus, most agreeing first",
    "own+consensus": "own order and consensus",
    "small": "area, smallest first",
}
"""Displayed text of each order."""

DEFAULT_ORDER = "default"
"""The choice of :attr:`core.proposers.Proposer.default_order`."""

ORDER_CHOICES = {DEFAULT_ORDER: "the proposer's default", **ORDER_TEXTS}
"""Displayed text of each choice of an order."""


def rank(boxes: Boxes, order: str, scores: NDArray[np.float32] | None = None) -> Rows:
    """Return the indices of boxes in an order; equal ones stay in the proposer's order.

    Parameters
    ----------
    boxes : float32 (N, 4)
    order : one of ``ORDER_TEXTS``
        ``area`` largest first (the article's), ``own`` as the proposer returned them, ``distinct`` by
        :func:`core.duplicate_boxes.duplicates_later`, ``score`` highest first, ``consensus`` by
        :func:`agreeing`, ``own+consensus`` by the sum of the ranks by both, ``small`` smallest first.
    scores : float32 (N,), or None
        For the order by score.

    Returns
    -------
    int64 (N,)
    """
    if order == SCORE and scores is not None:
        return np.argsort(-scores, kind="stable")
    return ORDERS[order](boxes)


def agreeing(boxes: Boxes, threshold: float = AGREEMENT) -> NDArray[np.int64]:
    """Return with how many of the boxes each has an IoU above a threshold, itself not counted: int64 (N,)."""
    warm()
    from core.ranking import kernel

    rows = np.argsort(bx.area(boxes), kind="stable")
    counts = np.empty(len(boxes), np.int64)
    counts[rows] = kernel.agreeing(boxes[rows].astype(np.float64), threshold)
    return counts


def other_order(order: str) -> str:
    """Return the order to compare one with: by area for those by the proposer, the proposer's for others."""
    return "area" if order in ("own", "distinct") else "own"


@kernels.register("orders")
@kernels.once
def warm() -> None:
    """Load the kernels of orders; compile them, with a message, where this machine has not yet."""
    from core.ranking import kernel  # importing numba takes 0.5 s

    def compile_all() -> None:
        boxes = np.array([[0.0, 0, 1, 1], [0, 0, 2, 1]])
        kernel.agreeing(boxes, 0.5)

    with kernels.no_collection():
        message = "compiling the orders of proposals; this happens once and takes some 2 seconds"
        kernels.ensure_compiled(kernel.agreeing, Path(__file__).parent, compile_all, message)
