"""The estimate of an export: numbers with their intervals."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from core import wording

# Seconds of an export besides its images, on two idle cores: 0.6 for Python and the libraries, 0.7 to 1 for
# the workers, the rest for the manifest.
STARTUP_SECONDS = 2.0


@dataclass(frozen=True)
class Figures:
    """One end of the intervals of an estimate; see :class:`Estimate` for the fields.

    None stands for an unknown end, as after a single image. Bytes are those of the crops; where the format
    cuts none, of the manifest.
    """

    crops: int | None
    positives: int | None
    negatives: int | None
    bytes: int | None
    seconds: float | None

    def with_workers(self, workers: int) -> "Figures":
        """Return these figures with the time that an export with several processes takes."""
        return self if self.seconds is None else replace(self, seconds=_elapsed(self.seconds, workers))


@dataclass(frozen=True)
class Estimate:
    """What an export would write, estimated from some of its images.

    Attributes
    ----------
    images : int
        Of the data set.
    looked_at : int
        Images that the estimate is computed from; with all images the counts are exact.
    crops, positives, negatives, bytes : int
    seconds : float
        Of work in one process, without its start; see :meth:`with_workers`.
    skipped : list of dict
        ``file`` and ``reason`` of each of these images that cannot be used.
    counted : bool
        Whether a run has counted all images, so that crops, positives and negatives are exact.
    no_negatives : list of dict
        ``file`` and ``reason`` of each of these images that gives positives alone.
    low, high : Figures
        Ends of the 95 % confidence intervals, both included; see
        :mod:`core.export.estimate.intervals`.
    cut : int
        Crops that were cut to measure the bytes of one.
    by_class : tuple of int, K long
        Crops of each class, see :class:`core.sampling.classes.Classes`.
    """

    images: int
    looked_at: int
    crops: int
    positives: int
    negatives: int
    bytes: int
    seconds: float
    skipped: list[dict[str, str]]
    no_negatives: list[dict[str, str]]
    low: Figures
    high: Figures
    counted: bool = False
    cut: int = 0
    by_class: tuple[int, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether the estimate is computed from all images."""
        return self.looked_at == self.images

    def with_workers(self, workers: int) -> "Estimate":
        """Return these figures with the time that an export with several processes takes, its start too."""
        low, high = self.low.with_workers(workers), self.high.with_workers(workers)
        return replace(self, seconds=_elapsed(self.seconds, workers), low=low, high=high)

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


def _elapsed(seconds: float, workers: int) -> float:
    return STARTUP_SECONDS + seconds / workers


def _sizes(low: int | None, high: int | None) -> str:
    return _ends(wording.size(low or 0), None if high is None else wording.size(high))


def _ends(low: str, high: object) -> str:
    return f"at least {low}" if high is None else f"{low} to {high}"
