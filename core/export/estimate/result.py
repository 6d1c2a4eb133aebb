"""What an export would write, as numbers with their intervals."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from core import wording


@dataclass(frozen=True)
class Figures:
    """An end of the interval of an estimate; see :class:`Estimate` for what each is.

    None is an end that nothing is known of: a single image says nothing of the others. Bytes are those of the
    crops; where the format cuts none, of the manifest.
    """

    crops: int | None
    positives: int | None
    negatives: int | None
    bytes: int | None
    seconds: float | None

    def with_workers(self, workers: int) -> "Figures":
        """Return the same with the time that several processes take."""
        return self if self.seconds is None else replace(self, seconds=self.seconds / workers)


@dataclass(frozen=True)
class Estimate:
    """What an export would write, scaled up from the images looked at.

    Attributes
    ----------
    images : int
        Of the data set.
    looked_at : int
        Images that the counts come from; all of them makes the counts exact.
    crops, positives, negatives, bytes : int
    seconds : float
        One process; workers divide it.
    skipped : list of dict
        ``file`` and ``reason`` of the images looked at that cannot be used.
    counted : bool
        Whether crops, positives and negatives are exact, since a run has counted all images.
    low, high : Figures
        In 95 of 100 cases the true number lies between these, ends included; see
        :mod:`core.export.estimate.intervals`.
    cut : int
        Crops that were cut to see what one weighs.
    """

    images: int
    looked_at: int
    crops: int
    positives: int
    negatives: int
    bytes: int
    seconds: float
    skipped: list[dict[str, str]]
    low: Figures
    high: Figures
    counted: bool = False
    cut: int = 0

    @property
    def exact(self) -> bool:
        """Whether every image was looked at."""
        return self.looked_at == self.images

    def with_workers(self, workers: int) -> "Estimate":
        """Return the same with the time that several processes take."""
        low, high = self.low.with_workers(workers), self.high.with_workers(workers)
        return replace(self, seconds=self.seconds / workers, low=low, high=high)

    def text(self) -> str:
        """Return the estimate in a line."""
        sure, low, high = self.exact or self.counted, self.low, self.high
        crops = "" if sure else f"{_ends(str(low.crops), high.crops)}; "
        size = "" if low.bytes == high.bytes else f" ({_sizes(low.bytes, high.bytes)})"
        return (
            f"{'exactly' if sure else 'about'} {self.crops} crops ({crops}{self.positives} positive, "
            f"{self.negatives} negative), {wording.size(self.bytes)}{size}, {self.seconds:.0f} s"
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the estimate as plain values, for JSON."""
        return {**asdict(self), "exact": self.exact}


def _sizes(low: int | None, high: int | None) -> str:
    return _ends(wording.size(low or 0), None if high is None else wording.size(high))


def _ends(low: str, high: object) -> str:
    return f"at least {low}" if high is None else f"{low} to {high}"
