"""A set of integers, an open-addressing hash table; numba's own set takes 1 s more to compile."""

import numpy as np
from numba import njit

EMPTY = np.int64(-1)


@njit(cache=True, nogil=True)
def empty_set(count):  # type: ignore[no-untyped-def]
    """Return an empty set that is at most half full with `count` members: int64 (a power of two,)."""
    size = 16
    while size < 2 * count:
        size *= 2
    return np.full(size, EMPTY, np.int64)


@njit(cache=True, nogil=True)
def position_of(table, member):  # type: ignore[no-untyped-def]
    """Return the position in the table of a member, not negative, or the one where it would be inserted."""
    last = len(table) - 1
    mixed = np.uint64(member) * np.uint64(0x9E3779B97F4A7C15)
    position = np.int64(mixed >> np.uint64(32)) & last
    while table[position] != EMPTY and table[position] != member:
        position = (position + 1) & last
    return position


@njit(cache=True, nogil=True)
def members(table):  # type: ignore[no-untyped-def]
    """Return the members, in no order: int64 (count,). Sorting them here would take 1 s to compile."""
    return table[table != EMPTY]
