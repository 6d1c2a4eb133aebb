"""The dry run: what an export would write, from a few of its images."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from core.export.config import ExportConfig
from core.export.estimate.tally import Cuts, Look, Tally, cuts, shares, tally
from core.export.estimate.tally import look as look_at
from core.export.estimate.totals import totals
from core.export.folder import ExportFolder
from core.images import Image


@dataclass(frozen=True)
class Figures:
    """An end of the interval of an estimate; see :class:`Estimate` for what each is.

    None is an end that nothing is known of: a single image says nothing of the others.
    """

    crops: int | None
    positives: int | None
    negatives: int | None
    bytes: int | None
    seconds: float | None

    def on(self, workers: int) -> "Figures":
        """Give the same with the time that several processes take."""
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
        """Say whether every image was looked at."""
        return self.looked_at == self.images

    def on(self, workers: int) -> "Estimate":
        """Give the same with the time that several processes take."""
        low, high = self.low.on(workers), self.high.on(workers)
        return replace(self, seconds=self.seconds / workers, low=low, high=high)

    @property
    def words(self) -> str:
        """Say it in a line."""
        sure, low, high = self.exact or self.counted, self.low, self.high
        crops = "" if sure else f"{_ends(low.crops, high.crops)}; "
        size = "" if low.bytes == high.bytes else f" ({_ends(_megabytes(low.bytes), _megabytes(high.bytes))})"
        return (
            f"{'exactly' if sure else 'about'} {self.crops} crops ({crops}{self.positives} positive, "
            f"{self.negatives} negative), {_megabytes(self.bytes)} MB{size}, {self.seconds:.0f} s"
        )

    def as_dict(self) -> dict[str, Any]:
        """Give the estimate as plain values, for JSON."""
        return {**asdict(self), "exact": self.exact}


def _megabytes(size: int | None) -> str | None:
    return None if size is None else f"{size / 1e6:.1f}"


def _ends(low: object, high: object) -> str:
    return f"at least {low}" if high is None else f"{low} to {high}"


def estimate(
    config: ExportConfig, *, images: int = 20, seconds: float = 60.0, folder: ExportFolder | None = None
) -> Estimate:
    """Make the crops of a few images, evenly spread, write none, and scale up.

    Parameters
    ----------
    config : ExportConfig
    images : int
        How many to look at.
    seconds : float
        Look at no more once this time is over; at least one is looked at.
    folder : ExportFolder or None
        Where the export is to go. If a run that was broken off there has counted what the images offer for
        a cap over the whole set, that is taken over.
    """
    tallies, made = [], {}
    waiting: list[tuple[Look, Image | None]] = []
    for found, seen, image in _looks(config, images, seconds):
        tallies.append(found)
        if config.sampling.planned:
            waiting.append((seen, image))
        elif image is not None:  # one picture in memory at a time
            made[found.place] = cuts(config, found.place, seen, image, found.counts, sum(found.counts))
    for found, quota, (seen, image) in zip(tallies, shares(config, tallies).tolist(), waiting, strict=False):
        if image is not None:
            made[found.place] = cuts(config, found.place, seen, image, quota, sum(quota))
    return summed(config, tallies, made, folder)


def _looks(config: ExportConfig, images: int, seconds: float) -> Iterator[tuple[Tally, Look, Image | None]]:
    start = time.perf_counter()
    for number, index in enumerate(spread(len(config.dataset), images)):
        if number and time.perf_counter() - start > seconds:
            return
        pictures: list[Image] = []

        def read(place: int, pictures: list[Image] = pictures) -> Image:
            pictures.append(config.dataset.read(place))
            return pictures[0]

        seen = look_at(config.setup, config.dataset, index, read)
        yield tally(config, index, seen), seen, None if seen.reason else pictures[0]


def spread(total: int, images: int) -> list[int]:
    """Choose evenly spread images, in an order where any head of the list is spread too."""
    chosen = np.unique(np.linspace(0, max(total - 1, 0), min(images, total)).round().astype(int))
    return np.random.default_rng(0).permutation(chosen).tolist()


def summed(
    config: ExportConfig,
    tallies: Sequence[Tally],
    made: Mapping[int, Cuts],
    folder: ExportFolder | None = None,
) -> Estimate:
    """Scale up what some images give.

    Parameters
    ----------
    config : ExportConfig
    tallies : sequence of Tally
        Of images drawn by chance, in any order.
    made : mapping of int to Cuts
        Crops that some of these images give, by the image's index.
    folder : ExportFolder or None
        See :func:`estimate`.
    """
    spans, counted, cut = totals(config, tallies, made, folder)
    return Estimate(
        images=len(config.dataset),
        looked_at=len(tallies),
        crops=round(spans["crops"].value),
        positives=round(spans["positives"].value),
        negatives=round(spans["negatives"].value),
        bytes=round(spans["bytes"].value),
        seconds=spans["seconds"].value,
        skipped=_skipped(config, tallies),
        low=Figures(**{name: _whole(name, span.low, np.floor) for name, span in spans.items()}),
        high=Figures(**{name: _whole(name, span.high, np.ceil) for name, span in spans.items()}),
        counted=counted,
        cut=cut,
    )


def _skipped(config: ExportConfig, tallies: Sequence[Tally]) -> list[dict[str, str]]:
    names = config.dataset.file_names
    return [{"file": names[found.place], "reason": found.reason} for found in tallies if found.reason]


def _whole(name: str, end: float, away: Callable[[float], float]) -> Any:
    """Give an end as it is told: whole numbers but for the time, None for one that is open."""
    if not np.isfinite(end):
        return None
    # A product of floats ends beside a whole number that is known.
    return float(end) if name == "seconds" else int(away(round(end, 6)))
