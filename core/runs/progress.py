"""The progress of a run, and the file in which other processes read it."""

import time
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, Self

from core.errors import BoxscopeError
from core.runs.folder import RunFolder


@dataclass(frozen=True)
class Progress:
    """The progress of a run; a run that counts more than images subclasses it.

    Attributes
    ----------
    total : int
        Images of the data set.
    state : str
        ``running``, ``stopped`` (interrupted or cancelled), ``failed`` or ``done``.
    images : int
        Done so far, earlier runs included; images that were skipped are not counted.
    skipped : tuple of dict
        ``file`` and ``reason`` of each image that could not be used.
    seconds : float
        Duration of this run so far; 0 where it found the result finished.
    before : float
        Seconds of these before the first task; rates leave them out.
    resumed_at : int
        Images that earlier runs had done or kept of unfinished tasks, skipped ones included.
    pid : int
        Of the process of the run.
    error : str
        Why the run failed, empty if it did not.
    """

    total: int
    state: str = "running"
    images: int = 0
    skipped: tuple[dict[str, str], ...] = ()
    seconds: float = 0.0
    before: float = 0.0
    resumed_at: int = 0
    pid: int = 0
    error: str = ""

    # Fields that are sums over the parts, and properties that :meth:`as_dict` has besides the fields.
    sums: ClassVar[tuple[str, ...]] = ("images",)
    rates: ClassVar[tuple[str, ...]] = ("images_per_second", "seconds_left")

    @property
    def done(self) -> int:
        """Number of images done, skipped ones included."""
        return self.images + len(self.skipped)

    @property
    def images_per_second(self) -> float:
        """Images per second of this run alone."""
        return self.rate(self.done - self.resumed_at)

    def rate(self, count: int) -> float:
        """Return a count per second of the tasks of this run."""
        elapsed = self.seconds - self.before
        # Below 0 until the tasks of which earlier runs kept images are done.
        return count / elapsed if count > 0 and elapsed > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Estimated seconds to the end, at the rate so far; None before the first part of this run."""
        rate = self.images_per_second
        return (self.total - self.done) / rate if rate else None

    def add(self, counts: dict[str, Any]) -> Self:
        """Return the progress with the counts of another part added: the sums, and ``skipped``."""
        sums = {name: getattr(self, name) + counts[name] for name in self.sums}
        return replace(self, **sums, skipped=(*self.skipped, *counts["skipped"]))

    def resumed(self) -> Self:
        """Return the progress of a run that resumes here."""
        return replace(self, resumed_at=self.done)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields and the rates as plain values, for JSON."""
        return {**asdict(self), **{name: getattr(self, name) for name in self.rates}}


class ProgressFile:
    """The progress file beside the output, written at most five times a second.

    Parameters
    ----------
    folder : RunFolder
    """

    # Least seconds between two writes, and the same in units of a write's duration: 2 % of a run at most.
    INTERVAL = 0.2
    INTERVAL_PER_WRITE = 50

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._due = 0.0

    def write(self, progress: Progress) -> None:
        """Write the progress if the interval is over or the run has ended.

        Raises
        ------
        BoxscopeError
            The folder was removed; workers may be creating it again.
        """
        start = time.monotonic()
        if start < self._due and progress.state == "running":
            return
        if self._folder.read_plan() is None:
            raise BoxscopeError("was removed while it was written", self._folder.path)
        self._folder.write_progress(progress.as_dict())
        end = time.monotonic()
        self._due = end + max(self.INTERVAL, self.INTERVAL_PER_WRITE * (end - start))
