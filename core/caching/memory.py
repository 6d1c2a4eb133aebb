"""A cache in memory for several threads: each value is computed once, and the total is limited."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Any, Generic, TypeVar

V = TypeVar("V")


class MemoryCache(Generic[V]):
    """The most recently used values, by key.

    A browser may request the boxes of an image while the page's script computes them: the second thread
    waits for the first. Unlike Streamlit's caches this one needs no running script, and it is limited by
    the total weight of its values.

    Parameters
    ----------
    limit : float
        Of the sum of the weights. The latest value is kept whatever its weight.
    weigh : callable
        Returns the weight of a value, such as its bytes.
    """

    def __init__(self, limit: float, weigh: Callable[[V], float] = lambda value: 1) -> None:
        self._limit, self._weigh = limit, weigh
        self._kept: OrderedDict[Hashable, Future[V]] = OrderedDict()
        self._weights: dict[Hashable, float] = {}
        self._background: set[Hashable] = set()
        self._weight = 0.0
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], V], background: bool = False) -> V:
        """Return the value of a key; an error of `make` is raised in all waiting threads and not cached.

        Parameters
        ----------
        key : hashable
        make : callable
            Computes the value if it is not cached.
        background : bool
            The caller works through many keys, none of which is on the screen: values that only such callers
            requested are the first to be dropped, so that they do not displace those on the screen.
        """
        with self._lock:
            future = self._kept.get(key)
            mine = future is None
            if future is None:
                future = self._kept[key] = Future()
                if background:
                    self._background.add(key)
            if not background:
                self._background.discard(key)
            if not background or key in self._background:
                self._kept.move_to_end(key)
        if mine:
            self._make(key, future, make)
        return future.result()

    def _make(self, key: Hashable, future: "Future[V]", make: Callable[[], V]) -> None:
        try:
            value = make()
        except BaseException as error:
            with self._lock:
                self._kept.pop(key, None)
                self._background.discard(key)
            future.set_exception(error)
            return
        with self._lock:
            self._weights[key] = self._weigh(value)
            self._weight += self._weights[key]
            self._drop_oldest(key)
        future.set_result(value)

    def _drop_oldest(self, newest: Hashable) -> None:
        if self._weight <= self._limit:
            return
        complete = [key for key in self._kept if key in self._weights and key != newest]
        for key in sorted(complete, key=lambda key: key not in self._background):
            self._weight -= self._weights.pop(key)
            self._background.discard(key)
            del self._kept[key]
            if self._weight <= self._limit:
                return

    @property
    def weight(self) -> float:
        """Sum of the weights of the cached values."""
        return self._weight


def nbytes(*arrays: Any) -> int:
    """Return the total bytes of arrays; None counts as 0."""
    return sum(array.nbytes for array in arrays if array is not None)
