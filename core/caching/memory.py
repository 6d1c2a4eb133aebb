"""A memory for many askers: each value is computed once, and only so much is kept."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Any, Generic, TypeVar

V = TypeVar("V")


class MemoryCache(Generic[V]):
    """Keep the values that were used last, by key.

    A browser asks for the boxes of an image while the script that sent it there asks for them too:
    whoever comes second waits for the first. Unlike Streamlit's caches this one needs no
    running script, and is bounded by what its values weigh.

    Parameters
    ----------
    limit : float
        Of the sum of the weights. The value made last is kept whatever it weighs.
    weigh : callable
        Returns the weight of a value.
    """

    def __init__(self, limit: float, weigh: Callable[[V], float] = lambda value: 1) -> None:
        self._limit, self._weigh = limit, weigh
        self._kept: OrderedDict[Hashable, Future[V]] = OrderedDict()
        self._weights: dict[Hashable, float] = {}
        self._background: set[Hashable] = set()
        self._weight = 0.0
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], V], background: bool = False) -> V:
        """Return the value of a key; an error of `make` goes to all who wait, and is not kept.

        Parameters
        ----------
        key : hashable
        make : callable
            Computes the value where it is not known.
        background : bool
            Asked by work over many keys, which nobody looks at: a value that nothing else has asked for is
            the first to go, so that such work does not push out what is on the screen.
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
        made = [key for key in self._kept if key in self._weights and key != newest]
        for key in sorted(made, key=lambda key: key not in self._background):
            self._weight -= self._weights.pop(key)
            self._background.discard(key)
            del self._kept[key]
            if self._weight <= self._limit:
                return

    @property
    def weight(self) -> float:
        """The sum of the weights of what is kept."""
        return self._weight


def nbytes(*arrays: Any) -> int:
    """Add up the bytes of arrays; None weighs nothing."""
    return sum(array.nbytes for array in arrays if array is not None)
