"""One switch for the threads that tasks of this process start; the rooms that start any register here.

A worker limits itself to one: the other cores have workers of their own.
"""

from collections.abc import Callable
from threading import Lock

Limit = Callable[[int], None]

_lock = Lock()
_registered: list[Limit] = []
_count: int | None = None


def register(limit: Limit) -> Limit:
    """Have a function called with every limit; at once too, where one is set already. A decorator.

    Parameters
    ----------
    limit : callable
        Takes how many threads there may be, at least 1.
    """
    with _lock:
        _registered.append(limit)
        if _count is not None:
            limit(_count)
    return limit


def limit_all(count: int) -> None:
    """Limit the threads of all that are registered, and of those that will be.

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
