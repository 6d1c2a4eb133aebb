"""The threads that share the colour images of a picture."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from core import threads as limits

T = TypeVar("T")
R = TypeVar("R")

_threads = os.cpu_count() or 1


@limits.register
def use_threads(count: int) -> None:
    """Set how many threads share the colour images of a picture; the boxes do not depend on it.

    Parameters
    ----------
    count : int
        At least 1.
    """
    global _threads
    if count < 1:
        raise ValueError(f"threads: got {count}, expected at least 1")
    _threads = count


def thread_count() -> int:
    """Return how many threads share the colour images of a picture."""
    return _threads


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="selective-search")


def map_shared(task: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Return the results of a task for each item, run on this thread and those of the pool.

    This thread runs, last first, the tasks that no other has begun: its caches are warm and it need not be
    woken, so that of two threads only one is.
    """
    others = _threads - 1
    if not others:
        return [task(item) for item in items]
    items = list(items)
    futures = [_pool(others).submit(task, item) for item in items]
    results = {n: task(items[n]) for n in reversed(range(len(items))) if futures[n].cancel()}
    return [results[n] if n in results else future.result() for n, future in enumerate(futures)]
