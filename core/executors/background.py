"""Work on one image after another in a thread, for as long as its results are requested."""

import time
from collections.abc import Callable
from threading import Lock, Thread
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.errors import BoxscopeError, unexpected

T = TypeVar("T")
Indices = NDArray[np.int64]

# The indices for a survey with a single result.
ONLY: Indices = np.zeros(1, np.int64)

# Seconds without a request after which the thread ends.
_IDLE_TIMEOUT = 10.0


class Survey(Generic[T]):
    """Results of a function for one image after another, computed in a thread while they are requested.

    Parameters
    ----------
    make : callable
        Called with the index of an image in the data set. Where an image can fail, the failure is one of its
        return values: an error that it raises ends the work on this image alone, see :meth:`result`.
    """

    def __init__(self, make: Callable[[int], T]) -> None:
        self._make = make
        self._results: dict[int, T] = {}
        self._failures: dict[int, str] = {}
        self._lock = Lock()
        self._requested: Indices = np.zeros(0, np.int64)
        self._requested_at = 0.0
        self._thread: Thread | None = None

    def measure(self, indices: Indices, seconds: float = 0.0) -> int:
        """Request the results of these images; return how many, counted from the first, are done.

        To be called repeatedly while results are needed: the thread ends 10 s after the last request.

        Parameters
        ----------
        indices : int64 (I,)
        seconds : float
            How long to wait for all of them.
        """
        with self._lock:
            self._requested_at = time.monotonic()
            self._requested = indices
            done = self.done(indices)
            if done < len(indices) and not (self._thread and self._thread.is_alive()):
                self._thread = Thread(target=self._run, name="boxscope survey", daemon=True)
                self._thread.start()
            thread = self._thread
        if seconds and thread is not None and done < len(indices):
            thread.join(seconds)
            return self.done(indices)
        return done

    def _run(self) -> None:
        while (index := self._next()) is not None:
            try:
                self._results[index] = self._make(index)
            except Exception as error:  # else all who wait would wait for ever
                self._failures[index] = unexpected(error)

    def _next(self) -> int | None:
        with self._lock:
            done = self.done(self._requested)
            if done < len(self._requested) and time.monotonic() - self._requested_at < _IDLE_TIMEOUT:
                return int(self._requested[done])
            self._thread = None
            return None

    def done(self, indices: Indices) -> int:
        """Return how many of these images, counted from the first, are done; requests none."""
        missing = (number for number, index in enumerate(indices.tolist()) if not self.is_done(index))
        return next(missing, len(indices))

    def result(self, index: int) -> T | None:
        """Return the result of an image, None where it is not done yet.

        Raises
        ------
        BoxscopeError
            The function raised an error.
        """
        if int(index) in self._failures:
            raise BoxscopeError(self._failures[int(index)])
        return self._results.get(int(index))

    def is_done(self, index: int) -> bool:
        """Return whether an image is done, be it with an error."""
        return int(index) in self._results or int(index) in self._failures
