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

ORDER_TEXTS = {"area": "area, largest first", "own": "the proposer's order", "small": "area, smallest first"}
"""Displayed text of each order."""

DEFAULT_ORDER = "default"
"""The choice of :attr:`core.proposers.Proposer.default_order`."""

ORDER_CHOICES = {DEFAULT_ORDER: "the proposer's default", **ORDER_TEXTS}
"""Displayed text of each choice of an order."""


def rank(boxes: Boxes, order: str) -> NDArray[np.int64]:
    """Return the indices of boxes in an order; equal ones stay in the proposer's order.

    Parameters
    ----------
    boxes : float32 (N, 4)
    order : one of ``ORDERS``
        ``area`` largest first (the article's), ``own`` as the proposer returned them, ``small`` smallest
        first.

    Returns
    -------
    int64 (N,)
    """
    return ORDERS[order](boxes)
