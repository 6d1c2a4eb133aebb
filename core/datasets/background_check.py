"""The health check of a data set in the background: first all headers, then all pixels."""

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock, Thread

from core.datasets.dataset import CocoDataset
from core.datasets.health import Health, Picture, look_at, report
from core.datasets.problems import Problem
from core.datasets.unlisted import unlisted
from core.errors import unexpected

# Seconds without a request after which the work pauses.
_IDLE_TIMEOUT = 10.0
# Pictures between two looks at the clock.
_BATCH = 32


class BackgroundCheck:
    """The health check of a data set, done in a thread for as long as it is requested.

    Parameters
    ----------
    dataset : CocoDataset
    """

    def __init__(self, dataset: CocoDataset) -> None:
        self._dataset = dataset
        self._pictures: list[Picture] = []
        self._decoded = 0
        self._unlisted: Sequence[Problem] | None = None
        self._requested_at = 0.0
        self._lock = Lock()
        self._thread: Thread | None = None

    def request(self, seconds: float = 0.0) -> Health:
        """Go on with the check, and return the report on what was checked so far.

        To be called repeatedly: the work pauses 10 s after the last request.

        Parameters
        ----------
        seconds : float
            How long to wait for its end.
        """
        with self._lock:
            self._requested_at = time.monotonic()
            if not self._is_done and not (self._thread and self._thread.is_alive()):
                self._thread = Thread(target=self._run, name="boxscope health check", daemon=True)
                self._thread.start()
            thread = self._thread
        if seconds and thread is not None:
            thread.join(seconds)
        return self.health()

    def health(self) -> Health:
        """Return the report on what was checked so far."""
        decoded, pictures = self._decoded, list(self._pictures)
        return report(self._dataset, pictures, self._unlisted or (), len(pictures), decoded)

    @property
    def share(self) -> float:
        """How much is done, 0 to 1, by the number of pictures: a header counts a tenth."""
        total = max(1, len(self._dataset))
        return (0.1 * len(self._pictures) + 0.9 * self._decoded) / total if len(self._dataset) else 1.0

    @property
    def _is_done(self) -> bool:
        return self._unlisted is not None and self._decoded == len(self._dataset)

    def _run(self) -> None:
        with suppress(RuntimeError):  # the process ends: no pool takes more
            self._check()

    def _check(self) -> None:
        total = len(self._dataset)
        _ = self._dataset.reading  # decided before the threads, each of which would decide it
        # Pillow releases the interpreter lock while decoding; the pages keep a core for themselves.
        with ThreadPoolExecutor(max(1, (os.cpu_count() or 1) - 1)) as pool:
            while self._is_wanted() and len(self._pictures) < total:
                first = len(self._pictures)
                indices = range(first, min(first + _BATCH, total))
                self._pictures += pool.map(lambda index: self._look_at(index, False), indices)
            if self._is_wanted() and self._unlisted is None:
                self._unlisted = [*unlisted(self._dataset)]
            while self._is_wanted() and self._decoded < total:
                indices = range(self._decoded, min(self._decoded + _BATCH, total))
                # What is wrong by the header cannot be decoded.
                some = [index for index in indices if not self._pictures[index].lost]
                for index, picture in zip(
                    some, pool.map(lambda index: self._look_at(index, True), some), strict=True
                ):
                    self._pictures[index] = picture
                self._decoded = indices.stop

    def _is_wanted(self) -> bool:
        return time.monotonic() - self._requested_at < _IDLE_TIMEOUT

    def _look_at(self, index: int, decode: bool) -> Picture:
        try:
            return look_at(self._dataset, index, decode)
        except Exception as error:  # else the check would never end
            name = self._dataset.file_names[index]
            return Picture([Problem("unreadable", name, unexpected(error), True)])
