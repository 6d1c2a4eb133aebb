"""How far an export is, and how that is told to whoever looks from another process."""

import time
from dataclasses import asdict, dataclass, replace
from typing import Any

from core.errors import BoxscopeError
from core.export.folder import ExportFolder

_COUNTS = ("images", "crops", "positives", "negatives", "bytes")


@dataclass(frozen=True)
class Progress:
    """How far an export is.

    Attributes
    ----------
    state : str
        ``running``, ``stopped`` (interrupted or cancelled), ``failed`` or ``done``.
    total : int
        Images of the data set.
    images, crops, positives, negatives, bytes : int
        Done so far, earlier runs included; images that were skipped are not counted.
    counted : int
        Images whose offers are known, where a cap reaches over the whole set: that comes first.
    skipped : tuple of dict
        ``file`` and ``reason`` of each image that could not be used.
    seconds : float
        Of this run, from its start; 0 of one that found the export finished.
    before : float
        Of these, those before the first shard, for finding room and counting offers; rates leave them out.
    resumed_at, resumed_crops : int
        Images and crops that earlier runs had done.
    pid : int
        Of the process that runs it.
    error : str
        Why it failed.
    """

    total: int
    state: str = "running"
    images: int = 0
    crops: int = 0
    positives: int = 0
    negatives: int = 0
    bytes: int = 0
    counted: int = 0
    skipped: tuple[dict[str, str], ...] = ()
    seconds: float = 0.0
    before: float = 0.0
    resumed_at: int = 0
    resumed_crops: int = 0
    pid: int = 0
    error: str = ""

    @property
    def done(self) -> int:
        """Images dealt with, skipped ones included."""
        return self.images + len(self.skipped)

    @property
    def images_per_second(self) -> float:
        """Of this run alone."""
        return self._rate(self.done - self.resumed_at)

    @property
    def crops_per_second(self) -> float:
        """Of this run alone."""
        return self._rate(self.crops - self.resumed_crops)

    def _rate(self, count: int) -> float:
        took = self.seconds - self.before
        return count / took if count and took > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """At the pace so far; None before the first shard of this run."""
        rate = self.images_per_second
        return (self.total - self.done) / rate if rate else None

    @property
    def counting(self) -> bool:
        """Say whether offers are being counted, see `counted`."""
        return self.counted > 0 and self.done == 0

    @property
    def pace(self) -> str:
        """How fast it goes, in words."""
        if self.counting:
            return "counted, for the caps of the set"
        pace = f"{self.images_per_second:.1f} images/s, {self.crops_per_second:.0f} crops/s"
        return pace if self.seconds_left is None else f"{pace}, {self.seconds_left:.0f} s left"

    def add(self, counts: dict[str, Any]) -> "Progress":
        """Add the counts of a shard."""
        sums = {name: getattr(self, name) + counts[name] for name in _COUNTS}
        return replace(self, **sums, skipped=(*self.skipped, *counts["skipped"]))

    def result(self) -> dict[str, Any]:
        """Give the counts as the command line prints them."""
        names = ("images", "crops", "positives", "negatives", "bytes")
        skipped = sorted(self.skipped, key=lambda item: item["file"])
        return {**{name: getattr(self, name) for name in names}, "skipped": skipped}

    def as_dict(self) -> dict[str, Any]:
        """Give all of it as plain values, rates too."""
        rates = ("images_per_second", "crops_per_second", "seconds_left")
        return {**asdict(self), **{name: getattr(self, name) for name in rates}}


class Teller:
    """Keeps the progress beside the output, and no more often than somebody could look.

    Parameters
    ----------
    folder : ExportFolder
    """

    # Seconds between two tellings, and how many times longer than a telling takes: 2 % of a run at most.
    PAUSE = 0.2
    REST = 50

    def __init__(self, folder: ExportFolder) -> None:
        self._folder = folder
        self._due = 0.0

    def tell(self, progress: Progress) -> None:
        """Write the progress down if it is time to, or if the run is at an end.

        Raises
        ------
        BoxscopeError
            Somebody has removed the folder, which workers might be making anew.
        """
        start = time.monotonic()
        if start < self._due and progress.state == "running":
            return
        if self._folder.read_plan() is None:
            raise BoxscopeError("was removed while it was written", self._folder.path)
        self._folder.write_progress(progress.as_dict())
        end = time.monotonic()
        self._due = end + max(self.PAUSE, self.REST * (end - start))
