"""Work on long columns some thousand rows at a time, in threads.

What a block takes fits the processor's cache and is used again for the next, where fresh memory for each step
of 860,000 rows costs as much as the step.
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from core import threads

Mask = NDArray[np.bool_]
T = TypeVar("T")
R = TypeVar("R")

ROWS = 1 << 15

_threads = min(4, os.cpu_count() or 1)


@threads.register
def _limit(count: int) -> None:
    global _threads
    _threads = min(_threads, count)


def most_threads() -> int:
    """Return how many threads the reading and judging of a data set may take."""
    return _threads


def in_blocks(count: int, work: Callable[[slice], object]) -> None:
    """Call a function with slices that cover so many rows.

    Parameters
    ----------
    count : int
    work : callable
        Several may run at once. numpy's error state is that of a new thread.
    """
    blocks = [slice(start, min(start + ROWS, count)) for start in range(0, count, ROWS)]
    in_threads(work, blocks)


def all_of(mask: Mask) -> Mask:
    """Return whether all of each row are true: bool (A,), in a fifth of the time of ``all(axis=1)``."""
    found = mask[:, 0].copy()
    for column in range(1, mask.shape[1]):
        found &= mask[:, column]
    return found


def any_of(mask: Mask) -> Mask:
    """Return whether any of each row is true: bool (A,), see :func:`all_of`."""
    found = mask[:, 0].copy()
    for column in range(1, mask.shape[1]):
        found |= mask[:, column]
    return found


def in_threads(work: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Return what a function makes of each item; in several threads where there are some items."""
    items = list(items)
    if min(len(items), _threads) < 2:
        return [work(item) for item in items]
    with ThreadPoolExecutor(_threads, thread_name_prefix="blocks") as pool:
        return list(pool.map(work, items))
