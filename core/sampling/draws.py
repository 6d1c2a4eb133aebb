"""Draws that depend on what is drawn for and on nothing else: not on an order, not on who draws.

A draw is a hash of the seed, the image, what it is for, and a counter. The hash is SplitMix64 (Steele,
Lea, Flood: OOPSLA 2014): a key is where its sequence starts, a counter how far into it to look.
"""

from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

_STEP = 0x9E3779B97F4A7C15
_BITS = (1 << 64) - 1


class For(IntEnum):
    """What is drawn: two purposes never share a draw."""

    NEGATIVES = 1
    POSITIVES = 2
    JITTER = 3
    QUOTAS = 4


def key(seed: int, purpose: For, *numbers: int) -> int:
    """Give the start of a sequence of draws, from 0 to 2^64 - 1.

    Parameters
    ----------
    seed : int
    purpose : For
    *numbers : int
        What the sequence belongs to, as an image's id; any whole numbers up to 64 bits.
    """
    found = 0
    for number in (seed, purpose, *numbers):
        found = int(_mix(np.array([(found ^ (number & _BITS)) + _STEP & _BITS], np.uint64))[0])
    return found


def bits(start: int, counters: ArrayLike) -> NDArray[np.uint64]:
    """Look into a sequence: 64 bits for each counter.

    Parameters
    ----------
    start : int
        See :func:`key`.
    counters : int array (N,)

    Returns
    -------
    uint64 (N,)
    """
    places = np.atleast_1d(np.asarray(counters)).astype(np.uint64) + np.uint64(1)
    return _mix(np.uint64(start) + places * np.uint64(_STEP))


def uniform(start: int, counters: ArrayLike) -> NDArray[np.float64]:
    """Draw from [0, 1): float64 (N,), a number for each counter; see :func:`bits`."""
    return (bits(start, counters) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _mix(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread each number over all 64 bits; two never become one."""
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))
