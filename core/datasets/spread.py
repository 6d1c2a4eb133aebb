"""Some of many items, where all would take too long."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")


def spread(items: Sequence[T], most: int) -> list[T]:
    """Return some of the items, evenly spaced; all of them where they are few."""
    count = min(len(items), most)
    return [items[n * len(items) // count] for n in range(count)]


def spread_order(count: int) -> NDArray[np.int64]:
    """Return an order of positions whose first ones, however many, are evenly spread: int64 (count,).

    The positions with their bits reversed, see van der Corput's sequence: 0, 4, 2, 6, 1, 5, 3, 7 of eight.
    """
    bits = int(max(count - 1, 0)).bit_length()
    positions = np.arange(1 << bits, dtype=np.int64)
    mirrored = np.zeros_like(positions)
    for bit in range(bits):
        mirrored |= ((positions >> bit) & 1) << (bits - 1 - bit)
    return mirrored[mirrored < count]
