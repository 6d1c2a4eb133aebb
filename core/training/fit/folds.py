"""Folds of training images: near-duplicates lie in the same one."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.datasets import alike


def folds(hashes: Sequence[int], count: int, seed: int) -> NDArray[np.int64]:
    """Return the fold of each image, 0 to `count` - 1: int64 (I,).

    Groups of near-duplicates are dealt out in a random order, the largest first, each to the fold that has
    fewest images.

    Parameters
    ----------
    hashes : sequence of int
        See :func:`core.datasets.alike.perceptual_hash`.
    count : int
    seed : int
    """
    numbers = alike.groups(hashes)
    names, sizes = np.unique(numbers, return_counts=True)
    shuffled = np.random.default_rng(seed).permutation(len(names))
    fold, filled = np.empty(len(numbers), np.int64), np.zeros(count, np.int64)
    for row in shuffled[np.argsort(-sizes[shuffled], kind="stable")]:
        least = int(filled.argmin())
        fold[numbers == names[row]] = least
        filled[least] += sizes[row]
    return fold
