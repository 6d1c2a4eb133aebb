"""One limit on the threads of this process: those of libraries, which register here, and our own.

A worker process limits itself to one thread: the other cores have workers of their own.
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TypeVar

Limit = Callable[[int], None]
T = TypeVar("T")
R = TypeVar("R")

# What reading and judging a data set takes where no limit is set: their gain ends with the memory's speed.
_MOST = 4

_lock = Lock()
_registered: list[Limit] = []
_count: int | None = None


def register(limit: Limit) -> Limit:
    """Register a function that limits the threads of a library; usable as a decorator.

    Parameters
    ----------
    limit : callable
        Called with the number of threads allowed, at least 1; at once too if a limit is set already.
    """
    with _lock:
        _registered.append(limit)
        if _count is not None:
            limit(_count)
    return limit


def limit_all(count: int) -> None:
    """Limit the threads of every registered library, and of those registered later.

    Parameters
    ----------
    count : int
        At least 1.
    """
    global _count
    if count < 1:
        raise ValueError(f"threads: got {count}, expected at least 1")
    with _lock:
        _count = count
        for limit in _registered:
            limit(count)


def most() -> int:
    """Return how many threads work of our own may take in this process: one a processor, at most four."""
    return min(_MOST, os.cpu_count() or 1, _count or _MOST)


def in_threads(work: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Return what a function makes of each item; in several threads where there are some items.

    Parameters
    ----------
    work : callable
        Several may run at once. numpy's error state is that of a new thread.
    items : iterable
    """
    items = list(items)
    if min(len(items), most()) < 2:
        return [work(item) for item in items]
    with ThreadPoolExecutor(most(), thread_name_prefix="threads") as pool:
        return list(pool.map(work, items))
