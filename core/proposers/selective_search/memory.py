"""The memory of a grouping: scratch arrays that every merge reuses, and arrays that grow.

Notation: R initial regions.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.proposers.selective_search.kernel import makes_arrays


class Scratch(NamedTuple):
    """Arrays that every merge overwrites.

    Attributes
    ----------
    neighbours, pair_numbers, tried, others : int32 (R,)
    stamps : int32 (R,)
        The last merge that found a region among the neighbours, -1 before.
    values : float32 (3, R)
    as_float : float32 (1,)
    as_bits : uint32 (1,)
        The memory of `as_float`, for the bits of a float.
    """

    neighbours: NDArray[np.int32]
    pair_numbers: NDArray[np.int32]
    tried: NDArray[np.int32]
    others: NDArray[np.int32]
    stamps: NDArray[np.int32]
    values: NDArray[np.float32]
    as_float: NDArray[np.float32]
    as_bits: NDArray[np.uint32]


@makes_arrays()
def new_scratch(count):  # type: ignore[no-untyped-def]
    """Return the scratch arrays for `count` initial regions."""
    neighbours, pair_numbers = np.empty(count, np.int32), np.empty(count, np.int32)
    tried, others = np.empty(count, np.int32), np.empty(count, np.int32)
    stamps = np.empty(count, np.int32)
    for n in range(count):
        stamps[n] = -1
    as_float = np.empty(1, np.float32)
    values = np.empty((3, count), np.float32)
    return Scratch(
        neighbours, pair_numbers, tried, others, stamps, values, as_float, as_float.view(np.uint32)
    )


# Element by element: an assignment of slices takes numba 2 to 3 s to compile.
@makes_arrays()
def extended(array, length):  # type: ignore[no-untyped-def]
    """Return a longer copy of an array, the rest uninitialised."""
    result = np.empty(length, array.dtype)
    for n in range(len(array)):
        result[n] = array[n]
    return result


@makes_arrays()
def extended_table(table, length):  # type: ignore[no-untyped-def]
    """Return a copy of a table with more rows, these uninitialised."""
    result = np.empty((length, table.shape[1]), table.dtype)
    for row in range(len(table)):
        for column in range(table.shape[1]):
            result[row, column] = table[row, column]
    return result
