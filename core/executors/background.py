"""Work on one image after another in a thread, for as long as somebody asks for it."""

import time
from collections.abc import Callable
from threading import Lock, Thread
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
Indices = NDArray[np.int64]

# The indices of a survey that makes a single thing.
ONLY: Indices = np.zeros(1, np.int64)

# Seconds without a question after which nobody waits for the answer any more.
_PATIENCE = 10.0


class Survey(Generic[T]):
    """What a function returns for one image after another.

    Parameters
    ----------
    make : callable
        Takes an image's index in the data set; its errors are faults, so what can go wrong with an image is
        a value of its own.
    """

    def __init__(self, make: Callable[[int], T]) -> None:
        self._make = make
        self._known: dict[int, T] = {}
        self._lock = Lock()
        self._wanted: Indices = np.zeros(0, np.int64)
        self._asked = 0.0
        self._thread: Thread | None = None

    def measure(self, indices: Indices, seconds: float = 0.0) -> int:
        """Ask for these images; returns how many, from the first on, are done.

        Ask again and again while the answer is wanted: the thread ends when nobody does.

        Parameters
        ----------
        indices : int64 (I,)
        seconds : float
            How long to wait for all of them.
        """
        with self._lock:
            self._asked = time.monotonic()
            self._wanted = indices
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
            self._known[index] = self._make(index)

    def _next(self) -> int | None:
        with self._lock:
            done = self.done(self._wanted)
            if done < len(self._wanted) and time.monotonic() - self._asked < _PATIENCE:
                return int(self._wanted[done])
            self._thread = None
            return None

    def done(self, indices: Indices) -> int:
        """Count, from the first on, those of these images that are done, and ask for none."""
        missing = (number for number, index in enumerate(indices.tolist()) if index not in self._known)
        return next(missing, len(indices))

    def known(self, index: int) -> T | None:
        """Return what is known of an image, None where it is not done yet."""
        return self._known.get(int(index))

    def made(self, index: int) -> bool:
        """Return whether an image is done."""
        return int(index) in self._known
