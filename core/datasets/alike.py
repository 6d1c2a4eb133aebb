"""Near-duplicates: pictures of one subject that differ in size, compression, light or a few pixels."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from core.images import Image

_SIDE, _BITS = 32, 8

MOST_BITS = 8
"""Bits of 63 by which the hashes of near-duplicates differ at most.

Pictures of CrackForest in another size, aspect and compression differ by 4 bits from themselves; the two most
similar of 500 different pavements, walls and photographs by 12.
"""


def perceptual_hash(image: Image) -> int:
    """Return a hash of 63 bits in which pictures that look alike differ in few bits.

    The signs, about their median, of the lowest frequencies of the picture shrunk to 32 x 32 grey pixels
    (pHash: Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions, 2010). The first, the
    brightness, does not count.

    Parameters
    ----------
    image : uint8 (H, W, 3)
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    small = cv2.resize(grey, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    low = cv2.dct(small)[:_BITS, :_BITS].ravel()[1:]
    return int("".join("1" if bit else "0" for bit in low > np.median(low)), 2)


def near(one: int, others: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return the rows of the hashes that are those of near-duplicates of a picture, the nearest first."""
    bits = np.bitwise_count(others ^ np.uint64(one))
    rows = np.flatnonzero(bits <= MOST_BITS)
    return rows[np.argsort(bits[rows], kind="stable")]


def groups(hashes: Sequence[int]) -> NDArray[np.int64]:
    """Return a number for each hash, the same for those that a chain of near-duplicates joins: int64 (N,)."""
    numbers, others = np.arange(len(hashes)), np.array(hashes, np.uint64)
    for one in hashes:
        joined = np.unique(numbers[near(one, others)])
        numbers[np.isin(numbers, joined)] = joined[0]
    return numbers
