"""One limit on the threads that libraries start in this process; each package that uses one registers here.

A worker process limits itself to one thread: the other cores have workers of their own.
"""

from collections.abc import Callable
from threading import Lock

Limit = Callable[[int], None]

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
