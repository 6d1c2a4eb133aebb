"""SplitMix64 (Steele, Lea, Flood: OOPSLA 2014): the hash for every draw that must not depend on an order.

Number n of the sequence that starts at s is ``mix(s + n * STEP)``, so each can be computed alone.
"""

import numpy as np
from numpy.typing import NDArray

# 2^64 over the golden ratio, made odd.
STEP = 0x9E3779B97F4A7C15
MASK = (1 << 64) - 1


def mix(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the hash of each number; different numbers have different hashes.

    Parameters
    ----------
    numbers : uint64 (N,)
        An array even of one number: the products overflow, for which numpy warns with a scalar.

    Returns
    -------
    uint64 (N,)
    """
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


def unit(bits: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Return the upper 53 of 64 bits as a fraction, in [0, 1): float64 (N,), exact."""
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53
