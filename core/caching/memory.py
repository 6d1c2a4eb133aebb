"""A memory shared by the page and the routes: each thing is made once, and only so much is kept."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Any, Generic, TypeVar

V = TypeVar("V")


class Once(Generic[V]):
    """Keep what was made last, by key.

    A browser asks for the boxes of an image while the script that told it where they are asks for
    them too: whoever comes second waits for the first. Unlike Streamlit's caches this one needs no
    running script, and is bounded by what its values weigh.

    Parameters
    ----------
    limit : float
        Of the sum of the weights. The value made last is kept whatever it weighs.
    weigh : callable
        Gives the weight of a value.
    """

    def __init__(self, limit: float, weigh: Callable[[V], float] = lambda value: 1) -> None:
        self._limit, self._weigh = limit, weigh
        self._kept: OrderedDict[Hashable, Future[V]] = OrderedDict()
        self._weights: dict[Hashable, float] = {}
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], V]) -> V:
        """Give the value of a key; an error of `make` goes to all who wait, and is not kept."""
        with self._lock:
            future = self._kept.get(key)
            mine = future is None
            if future is None:
                future = self._kept[key] = Future()
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
            future.set_exception(error)
            return
        with self._lock:
            self._weights[key] = self._weigh(value)
            self._drop_oldest(key)
        future.set_result(value)

    def _drop_oldest(self, newest: Hashable) -> None:
        for key in [key for key in self._kept if key in self._weights and key != newest]:
            if self.weight <= self._limit:
                return
            del self._kept[key], self._weights[key]

    @property
    def weight(self) -> float:
        """The sum of the weights of what is kept."""
        return sum(self._weights.values())


def nbytes(*arrays: Any) -> int:
    """Add up the bytes of arrays; None weighs nothing."""
    return sum(array.nbytes for array in arrays if array is not None)
