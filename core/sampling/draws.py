"""Random numbers that depend on their purpose alone, not on the order of draws or on the process.

A draw is a hash of the seed, the image, the purpose, and a counter: a key is the start of a sequence of
:mod:`core.splitmix`, a counter the position in it.
"""

from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.splitmix import MASK, STEP, mix, unit


class Purpose(IntEnum):
    """The purpose of a draw: two purposes never share a draw."""

    NEGATIVES = 1
    POSITIVES = 2
    JITTER = 3
    QUOTAS = 4


def key(seed: int, purpose: Purpose, *numbers: int) -> int:
    """Return the start of a sequence of draws, from 0 to 2^64 - 1.

    Parameters
    ----------
    seed : int
    purpose : For
    *numbers : int
        What the sequence belongs to, as an image's id; any integers up to 64 bits.
    """
    start = 0
    for number in (seed, purpose, *numbers):
        start = int(mix(np.array([(start ^ (number & MASK)) + STEP & MASK], np.uint64))[0])
    return start


def bits(start: int, counters: ArrayLike) -> NDArray[np.uint64]:
    """Return 64 bits of a sequence for each counter.

    Parameters
    ----------
    start : int
        See :func:`key`.
    counters : int array (N,)

    Returns
    -------
    uint64 (N,)
    """
    numbers = np.atleast_1d(np.asarray(counters)).astype(np.uint64) + np.uint64(1)
    return mix(np.uint64(start) + numbers * np.uint64(STEP))


def uniform(start: int, counters: ArrayLike) -> NDArray[np.float64]:
    """Return a number in [0, 1) for each counter: float64 (N,); see :func:`bits`."""
    return unit(bits(start, counters))
