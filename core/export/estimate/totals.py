"""From what some images give to what all give: every figure of an estimate, with its interval."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from core.errors import BoxscopeError
from core.export.config import ExportConfig
from core.export.counting import read_quotas
from core.export.estimate import intervals
from core.export.estimate.intervals import Span, exact, scale_up
from core.export.estimate.result import Estimate, Figures
from core.export.estimate.sizes import CropSample, cuts_crops, manifest_bytes
from core.export.estimate.tally import Counts, Tally, estimated_quotas
from core.export.folder import ExportFolder


class Totals(NamedTuple):
    """What all images give.

    Attributes
    ----------
    spans : dict of str to Span
        ``crops``, ``positives``, ``negatives``, ``bytes``, ``seconds``.
    counted : bool
        Whether a run that was broken off has counted all images.
    cut : int
        Crops that were cut to see what one weighs.
    """

    spans: dict[str, Span]
    counted: bool
    cut: int


def extrapolate(
    config: ExportConfig,
    tallies: Sequence[Tally],
    samples: Mapping[int, CropSample],
    folder: ExportFolder | None = None,
) -> Estimate:
    """Scale up what some images give to the whole set.

    Parameters
    ----------
    config : ExportConfig
    tallies : sequence of Tally
        Of images drawn by chance, in any order.
    samples : mapping of int to CropSample
        Crops that some of these images give, by the image's index.
    folder : ExportFolder or None
        Where the export is to go: a run that was broken off there may have counted all images.
    """
    spans, counted, cut = totals(config, tallies, samples, folder)
    return Estimate(
        images=len(config.dataset),
        looked_at=len(tallies),
        crops=round(spans["crops"].value),
        positives=round(spans["positives"].value),
        negatives=round(spans["negatives"].value),
        bytes=round(spans["bytes"].value),
        seconds=spans["seconds"].value,
        skipped=_skipped(config, tallies),
        low=Figures(**{name: _rounded(name, span.low, np.floor) for name, span in spans.items()}),
        high=Figures(**{name: _rounded(name, span.high, np.ceil) for name, span in spans.items()}),
        counted=counted,
        cut=cut,
    )


def _skipped(config: ExportConfig, tallies: Sequence[Tally]) -> list[dict[str, str]]:
    names = config.dataset.file_names
    return [{"file": names[found.image_index], "reason": found.reason} for found in tallies if found.reason]


def _rounded(name: str, end: float, away: Callable[[float], float]) -> Any:
    """Return an end as a whole number, but for the time; None for one that is open."""
    if not np.isfinite(end):
        return None
    # A product of floats ends beside a whole number that is known.
    return float(end) if name == "seconds" else int(away(round(end, 6)))


def totals(
    config: ExportConfig,
    tallies: Sequence[Tally],
    samples: Mapping[int, CropSample],
    folder: ExportFolder | None,
) -> Totals:
    """Scale up; see :func:`extrapolate` for the arguments."""
    total, given = len(config.dataset), estimated_quotas(config, tallies)
    counted = _counted(config, folder)
    crops, positives, negatives = counted or _counts(config, tallies, given)
    seconds, cut = _proposing_seconds(config, tallies, given, counted is not None), 0
    if cuts_crops(config):
        weight, moment, cut = _of_a_crop(tallies, given, samples, total)
        size = _product(crops, weight)
        seconds = seconds + crops.times(moment) if moment else seconds
    else:
        size = manifest_bytes(config, crops)
    spans = {
        "crops": crops,
        "positives": positives,
        "negatives": negatives,
        "bytes": size,
        "seconds": seconds,
    }
    return Totals(spans, counted is not None, cut)


def _proposing_seconds(config: ExportConfig, tallies: Sequence[Tally], given: Counts, counted: bool) -> Span:
    """Estimate the seconds of proposing: once an image, twice where caps of the set give it a share."""
    total, seconds = len(config.dataset), np.array([found.seconds for found in tallies])
    if not config.sampling.planned:
        return scale_up(seconds, total)
    unusable = np.array([bool(found.reason) for found in tallies], bool)
    cutting = scale_up(np.where(given.any(axis=1) | unusable, seconds, 0.0), total)
    return cutting if counted else scale_up(seconds, total) + cutting


def _counts(config: ExportConfig, tallies: Sequence[Tally], given: Counts) -> tuple[Span, Span, Span]:
    """Scale up crops, positives and negatives; caps over the set hold for the ends as well."""
    sampling, total = config.sampling, len(config.dataset)
    if not sampling.planned:
        return (
            scale_up(given.sum(axis=1), total),
            scale_up(given[:, 0], total),
            scale_up(given[:, 1], total),
        )
    offers = np.array([found.counts for found in tallies], np.int64).reshape(-1, 2)
    beside = offers[:, 1]
    if sampling.ratio and sampling.ratio_over == "image":
        beside = np.minimum(beside, sampling.negatives_beside(given[:, 0]))
    positives = scale_up(offers[:, 0], total).capped(sampling.set_positives)
    negatives = scale_up(beside, total).capped(sampling.set_negatives)
    if sampling.ratio and sampling.ratio_over == "set":
        allowed = sampling.negatives_beside(np.array(positives)[np.isfinite(positives)])
        negatives = negatives.within(Span(*allowed.astype(float), *[np.inf] * (3 - len(allowed))))
    return positives + negatives, positives, negatives


def _of_a_crop(
    tallies: Sequence[Tally], given: Counts, samples: Mapping[int, CropSample], total: int
) -> tuple[Span, float, int]:
    """Estimate the bytes of a crop, its seconds, and how many were cut to see."""
    sizes = {found.image_index: int(sum(quota)) for found, quota in zip(tallies, given.tolist(), strict=True)}
    sampled = {index: own for index, own in samples.items() if sizes.get(index) and len(own.bytes)}
    if not sampled:
        nothing = len(tallies) == total and not any(sizes.values())
        return (exact(0.0) if nothing else Span(0.0, 0.0, np.inf)), 0.0, 0
    # Of all images as large a part gives crops as of those with a tally.
    giving = round(total * sum(size > 0 for size in sizes.values()) / len(tallies))
    parts = [own.bytes.astype(np.float64) for own in sampled.values()]
    weight = intervals.ratio(parts, np.array([sizes[index] for index in sampled]), giving)
    cut = sum(len(own.bytes) for own in sampled.values())
    return weight, sum(own.seconds for own in sampled.values()) / cut, cut


def _product(count: Span, weight: Span) -> Span:
    """Multiply two spans that err independently, each by so many times itself."""
    value = count.value * weight.value
    if not value:
        return Span(0.0, 0.0, count.high * weight.high if count.high else 0.0)
    with np.errstate(divide="ignore"):  # an end at 0 is infinitely many times less
        low, high = (
            np.hypot(*(np.log(getattr(span, end) / span.value) for span in (count, weight)))
            for end in ("low", "high")
        )
    return Span(value, float(value * np.exp(-low)), float(value * np.exp(high)))


def _counted(config: ExportConfig, folder: ExportFolder | None) -> tuple[Span, Span, Span] | None:
    """Return crops, positives and negatives of the set, where a run of the same settings counted them."""
    if folder is None or not config.sampling.planned or folder.read_plan() != config.settings:
        return None
    try:
        found = read_quotas(config, folder)
    except BoxscopeError:
        return None
    if found is None:
        return None
    positives, negatives = np.maximum(found, 0).sum(axis=0).tolist()
    return exact(positives + negatives), exact(positives), exact(negatives)
