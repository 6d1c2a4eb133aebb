"""Orders of proposals: which come first where only the first k are used."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core import boxes as bx
from core.boxes import Boxes

ORDERS: dict[str, Callable[[Boxes], NDArray[np.int64]]] = {
    "area": lambda boxes: np.argsort(-bx.area(boxes), kind="stable"),
    "own": lambda boxes: np.arange(len(boxes)),
    "small": lambda boxes: np.argsort(bx.area(boxes), kind="stable"),
}

SCORE = "score"
"""The order that needs scores; the others need the boxes alone."""

ORDER_TEXTS = {
    "area": "area, largest first",
    "own": "the proposer's order",
    SCORE: "score, highest first",
    "small": "area, smallest first",
}
"""Displayed text of each order."""

DEFAULT_ORDER = "default"
"""The choice of :attr:`core.proposers.Proposer.default_order`."""

ORDER_CHOICES = {DEFAULT_ORDER: "the proposer's default", **ORDER_TEXTS}
"""Displayed text of each choice of an order."""


def rank(boxes: Boxes, order: str, scores: NDArray[np.float32] | None = None) -> NDArray[np.int64]:
    """Return the indices of boxes in an order; equal ones stay in the proposer's order.

    Parameters
    ----------
    boxes : float32 (N, 4)
    order : one of ``ORDER_TEXTS``
        ``area`` largest first (the article's), ``own`` as the proposer returned them, ``score`` highest
        first, ``small`` smallest first.
    scores : float32 (N,), or None
        For the order by score.

    Returns
    -------
    int64 (N,)
    """
    if order == SCORE and scores is not None:
        return np.argsort(-scores, kind="stable")
    return ORDERS[order](boxes)
