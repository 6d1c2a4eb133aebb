"""Work on one image after another in threads, for as long as its results are requested."""

import time
from collections.abc import Callable
from threading import Lock, Thread, current_thread
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.errors import BoxscopeError, unexpected

T = TypeVar("T")
Indices = NDArray[np.int64]

# The indices for a survey with a single result.
ONLY: Indices = np.zeros(1, np.int64)

# Seconds without a request after which the threads end.
_IDLE_TIMEOUT = 10.0


class Survey(Generic[T]):
    """Results of a function for one image after another, computed in threads while they are requested.

    Parameters
    ----------
    make : callable
        Called with the index of an image in the data set. Where an image can fail, the failure is one of its
        return values: an error that it raises ends the work on this image alone, see :meth:`result`.
    threads : int
        How many images are worked on at once.
    idle : float
        Seconds without a request after which the threads end.
    """

    def __init__(self, make: Callable[[int], T], threads: int = 1, idle: float = _IDLE_TIMEOUT) -> None:
        self._make = make
        self._most_threads, self._idle = threads, idle
        self._results: dict[int, T] = {}
        self._failures: dict[int, str] = {}
        self._lock = Lock()
        self._requested: Indices = np.zeros(0, np.int64)
        self._requested_until = 0.0
        self._taken: set[int] = set()
        self._threads: set[Thread] = set()

    def measure(self, indices: Indices, seconds: float = 0.0) -> int:
        """Request the results of these images; return how many, counted from the first, are done.

        To be called repeatedly while results are needed: the threads end some seconds after the last request.

        Parameters
        ----------
        indices : int64 (I,)
        seconds : float
            How long to wait for all of them.
        """
        with self._lock:
            self._requested_until = time.monotonic() + seconds + self._idle
            self._requested = indices
            done = self.done(indices)
            self._start(len(indices) - done)
            threads = list(self._threads)
        if not seconds or done == len(indices):
            return done
        end = time.monotonic() + seconds
        for thread in threads:
            thread.join(max(end - time.monotonic(), 0.0))
        return self.done(indices)

    def _start(self, images: int) -> None:
        """Start the threads that are missing for a number of images."""
        for _ in range(min(self._most_threads, images) - len(self._threads)):
            thread = Thread(target=self._run, name="boxscope survey", daemon=True)
            self._threads.add(thread)
            thread.start()

    def _run(self) -> None:
        while (index := self._next()) is not None:
            try:
                self._results[index] = self._make(index)
            except Exception as error:  # else all who wait would wait for ever
                self._failures[index] = unexpected(error)

    def _next(self) -> int | None:
        """Return the next image, which no other thread takes; None where this thread is to end."""
        with self._lock:
            if time.monotonic() < self._requested_until:
                free = (index for index in self._requested.tolist() if index not in self._taken)
                index = next((index for index in free if not self.is_done(index)), None)
                if index is not None:
                    self._taken.add(index)
                    return int(index)
            self._threads.discard(current_thread())
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
