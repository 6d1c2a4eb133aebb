"""Orders of proposals: which come first when only the first k count."""

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

ORDER_TEXTS = {"area": "largest first", "own": "the proposer's own", "small": "smallest first"}
"""What a person reads for each order."""


def rank(boxes: Boxes, order: str) -> NDArray[np.int64]:
    """Return the rows of boxes, first to last in an order; among equals the proposer's own order stays.

    Parameters
    ----------
    boxes : float32 (N, 4)
    order : one of ``ORDERS``
        ``area`` largest first (the article's), ``own`` as the proposer gave them, ``small`` smallest first.

    Returns
    -------
    int64 (N,)
    """
    return ORDERS[order](boxes)
