"""Disjoint sets of pixels or regions, kept in one array."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Links = NDArray[np.int32]
"""A member's entry leads towards its root; a root's is minus the size of its set, -1 for itself alone."""


@njit(cache=True, nogil=True)
def find(links, member):  # type: ignore[no-untyped-def]
    """Find the root of a member's set; shortens the path by splitting it (Tarjan and van Leeuwen 1984)."""
    parent = links[member]
    while parent >= 0:
        grandparent = links[parent]
        if grandparent >= 0:
            links[member] = grandparent
        member = parent
        parent = grandparent
    return member


@njit(cache=True, nogil=True)
def join(links, a, b):  # type: ignore[no-untyped-def]
    """Join the sets of two different roots; returns the root of both, that of the larger set."""
    if links[a] > links[b]:
        a, b = b, a
    links[a] += links[b]
    links[b] = a
    return a
