"""The memory of a grouping: what every merge uses again, and what grows.

Notation: R initial regions.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.proposers.selective_search.kernel import makes_arrays


class Scratch(NamedTuple):
    """What a merge needs for a moment.

    Attributes
    ----------
    near, numbers, tried, others : int32 (R,)
    met : int32 (R,)
        The last merge that met a region, -1 before.
    values : float32 (3, R)
    word : float32 (1,)
    bits : uint32 (1,)
        The same memory as the word.
    """

    near: NDArray[np.int32]
    numbers: NDArray[np.int32]
    tried: NDArray[np.int32]
    others: NDArray[np.int32]
    met: NDArray[np.int32]
    values: NDArray[np.float32]
    word: NDArray[np.float32]
    bits: NDArray[np.uint32]


@makes_arrays()
def scratch_for(count):  # type: ignore[no-untyped-def]
    """Give the scratch for so many initial regions."""
    near, numbers = np.empty(count, np.int32), np.empty(count, np.int32)
    tried, others = np.empty(count, np.int32), np.empty(count, np.int32)
    met = np.empty(count, np.int32)
    for n in range(count):
        met[n] = -1
    word = np.empty(1, np.float32)
    values = np.empty((3, count), np.float32)
    return Scratch(near, numbers, tried, others, met, values, word, word.view(np.uint32))


# One by one: numba takes 2 to 3 s to compile that a slice is assigned to a slice.
@makes_arrays()
def longer(array, length):  # type: ignore[no-untyped-def]
    """Give an array of this length that begins with another."""
    found = np.empty(length, array.dtype)
    for n in range(len(array)):
        found[n] = array[n]
    return found


@makes_arrays()
def longer_table(table, length):  # type: ignore[no-untyped-def]
    """Give a table of so many rows that begins with another."""
    found = np.empty((length, table.shape[1]), table.dtype)
    for row in range(len(table)):
        for column in range(table.shape[1]):
            found[row, column] = table[row, column]
    return found
