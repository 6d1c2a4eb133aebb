"""Disjoint sets of pixels or regions, kept in one array."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Links = NDArray[np.int32]
"""A member's entry leads towards its root; a root's is minus the size of its set, -1 for itself alone."""


@njit(cache=True, nogil=True)
def find(links, member):  # type: ignore[no-untyped-def]
    """Find the root of a member's set; halves the path on the way (Tarjan and van Leeuwen 1984)."""
    parent = links[member]
    if parent < 0:
        return member
    grandparent = links[parent]
    while grandparent >= 0:
        links[member] = grandparent
        member = grandparent
        parent = links[member]
        if parent < 0:
            return member
        grandparent = links[parent]
    return parent


@njit(cache=True, nogil=True)
def join(links, a, b):  # type: ignore[no-untyped-def]
    """Join the sets of two different roots; returns the root of both, that of the larger set."""
    if links[a] > links[b]:
        a, b = b, a
    links[a] += links[b]
    links[b] = a
    return a
