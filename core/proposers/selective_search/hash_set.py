"""A set of whole numbers in one array; numba's own set takes a second more to compile."""

import numpy as np
from numba import njit

EMPTY = np.int64(-1)


@njit(cache=True, nogil=True)
def room_for(count):  # type: ignore[no-untyped-def]
    """Make an empty set that stays at most half full with `count` members: int64 (a power of two,)."""
    size = 16
    while size < 2 * count:
        size *= 2
    return np.full(size, EMPTY, np.int64)


@njit(cache=True, nogil=True)
def place_of(table, member):  # type: ignore[no-untyped-def]
    """Find where a member, not negative, lies or would lie in the table."""
    last = len(table) - 1
    mixed = np.uint64(member) * np.uint64(0x9E3779B97F4A7C15)
    place = np.int64(mixed >> np.uint64(32)) & last
    while table[place] != EMPTY and table[place] != member:
        place = (place + 1) & last
    return place


@njit(cache=True, nogil=True)
def members(table):  # type: ignore[no-untyped-def]
    """List the members, in no order: int64 (count,). To sort them here would take a second to compile."""
    return table[table != EMPTY]
