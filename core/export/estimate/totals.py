"""The figures of an estimate and their intervals, scaled up from some images to the whole set."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from core.errors import BoxscopeError
from core.export.config import ExportConfig
from core.export.counting import read_quotas
from core.export.estimate import intervals
from core.export.estimate.breakdown import crops_by_class
from core.export.estimate.intervals import Span, exact, scale_up
from core.export.estimate.result import Estimate, Figures
from core.export.estimate.sizes import CropSample, cuts_crops, manifest_bytes
from core.export.estimate.tally import Counts, Tally, estimated_quotas
from core.export.folder import ExportFolder
from core.export.incomplete import no_negatives
from core.sampling.classes import BACKGROUND


class Totals(NamedTuple):
    """The estimated totals of all images.

    Attributes
    ----------
    spans : dict of str to Span
        ``crops``, ``positives``, ``negatives``, ``bytes``, ``seconds``.
    counted : bool
        Whether an interrupted run has counted all images.
    cut : int
        Crops that were cut to measure the bytes of one.
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
    """Return the estimate of an export, scaled up from some images to the whole set.

    Parameters
    ----------
    config : ExportConfig
    tallies : sequence of Tally
        Of a random sample of the images, in any order.
    samples : mapping of int to CropSample
        Crops of some of these images, by the image's index.
    folder : ExportFolder or None
        Of the export: an interrupted run may have counted all images there.
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
        no_negatives=_no_negatives(config, tallies),
        low=Figures(**{name: _rounded(name, span.low, np.floor) for name, span in spans.items()}),
        high=Figures(**{name: _rounded(name, span.high, np.ceil) for name, span in spans.items()}),
        counted=counted,
        cut=cut,
        by_class=_by_class(config, tallies, spans),
    )


def _by_class(config: ExportConfig, tallies: Sequence[Tally], spans: Mapping[str, Span]) -> tuple[int, ...]:
    """Return the estimated crops of each class; positives are shared as in the images looked at."""
    counts = crops_by_class(tallies, estimated_quotas(config, tallies), config.classes)
    positives = np.delete(counts, BACKGROUND)
    scaled = positives * (spans["positives"].value / max(int(positives.sum()), 1))
    return round(spans["negatives"].value), *map(round, scaled.tolist())


def _skipped(config: ExportConfig, tallies: Sequence[Tally]) -> list[dict[str, str]]:
    names = config.dataset.file_names
    return [{"file": names[one.image_index], "reason": one.reason} for one in tallies if one.reason]


def _no_negatives(config: ExportConfig, tallies: Sequence[Tally]) -> list[dict[str, str]]:
    used = [one.image_index for one in tallies if not one.reason]
    return [entry for index in used for entry in no_negatives(config.dataset, index)]


def _rounded(name: str, end: float, rounding: Callable[[float], float]) -> Any:
    """Return an end as a whole number, except for the time; None where it is infinite."""
    if not np.isfinite(end):
        return None
    # Rounded twice: a product of floats may miss an exact whole number by its last digits.
    return float(end) if name == "seconds" else int(rounding(round(end, 6)))


def totals(
    config: ExportConfig,
    tallies: Sequence[Tally],
    samples: Mapping[int, CropSample],
    folder: ExportFolder | None,
) -> Totals:
    """Return the totals; see :func:`extrapolate` for the arguments."""
    total, quotas = len(config.dataset), estimated_quotas(config, tallies)
    counted = _counted(config, folder)
    crops, positives, negatives = counted or _estimated_counts(config, tallies, quotas)
    seconds, cut = _proposing_seconds(config, tallies, quotas, counted is not None), 0
    if cuts_crops(config):
        crop_bytes, crop_seconds, cut = _per_crop(tallies, quotas, samples, total)
        size = _product(crops, crop_bytes)
        seconds = seconds + crops.times(crop_seconds) if crop_seconds else seconds
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


def _proposing_seconds(config: ExportConfig, tallies: Sequence[Tally], quotas: Counts, counted: bool) -> Span:
    """Return the seconds of proposing: once per image, twice where caps of the set leave it a quota."""
    total, seconds = len(config.dataset), np.array([tallied.seconds for tallied in tallies])
    if not config.sampling.planned:
        return scale_up(seconds, total)
    unusable = np.array([bool(tallied.reason) for tallied in tallies], bool)
    cutting = scale_up(np.where(quotas.any(axis=1) | unusable, seconds, 0.0), total)
    return cutting if counted else scale_up(seconds, total) + cutting


def _estimated_counts(
    config: ExportConfig, tallies: Sequence[Tally], quotas: Counts
) -> tuple[Span, Span, Span]:
    """Return crops, positives and negatives of the set; caps of the set limit the ends as well."""
    sampling, total = config.sampling, len(config.dataset)
    if not sampling.planned:
        return (
            scale_up(quotas.sum(axis=1), total),
            scale_up(quotas[:, 0], total),
            scale_up(quotas[:, 1], total),
        )
    offers = np.array([tallied.counts for tallied in tallies], np.int64).reshape(-1, 2)
    offered_negatives = offers[:, 1]
    if sampling.ratio and sampling.ratio_over == "image":
        offered_negatives = np.minimum(offered_negatives, sampling.negatives_beside(quotas[:, 0]))
    positives = scale_up(offers[:, 0], total).capped(sampling.set_positives)
    negatives = scale_up(offered_negatives, total).capped(sampling.set_negatives)
    if sampling.ratio and sampling.ratio_over == "set":
        allowed = sampling.negatives_beside(np.array(positives)[np.isfinite(positives)])
        negatives = negatives.capped_by(Span(*allowed.astype(float), *[np.inf] * (3 - len(allowed))))
    return positives + negatives, positives, negatives


def _per_crop(
    tallies: Sequence[Tally], quotas: Counts, samples: Mapping[int, CropSample], total: int
) -> tuple[Span, float, int]:
    """Return the bytes of a crop, the seconds that it takes, and how many crops were cut to measure them."""
    crops = {
        tallied.image_index: int(sum(quota)) for tallied, quota in zip(tallies, quotas.tolist(), strict=True)
    }
    sampled = {index: one for index, one in samples.items() if crops.get(index) and len(one.bytes)}
    if not sampled:
        nothing = len(tallies) == total and not any(crops.values())
        return (exact(0.0) if nothing else Span(0.0, 0.0, np.inf)), 0.0, 0
    # The share of images that give crops is that of the images with a tally.
    with_crops = round(total * sum(count > 0 for count in crops.values()) / len(tallies))
    parts = [one.bytes.astype(np.float64) for one in sampled.values()]
    crop_bytes = intervals.ratio(parts, np.array([crops[index] for index in sampled]), with_crops)
    cut = sum(len(one.bytes) for one in sampled.values())
    return crop_bytes, sum(one.seconds for one in sampled.values()) / cut, cut


def _product(count: Span, size: Span) -> Span:
    """Return the product of two spans whose relative errors are independent."""
    value = count.value * size.value
    if not value:
        return Span(0.0, 0.0, count.high * size.high if count.high else 0.0)
    with np.errstate(divide="ignore"):  # the logarithm of an end at 0 is minus infinity
        low, high = (
            np.hypot(*(np.log(getattr(span, end) / span.value) for span in (count, size)))
            for end in ("low", "high")
        )
    return Span(value, float(value * np.exp(-low)), float(value * np.exp(high)))


def _counted(config: ExportConfig, folder: ExportFolder | None) -> tuple[Span, Span, Span] | None:
    """Return crops, positives and negatives of the set if a run with the same settings counted them."""
    if folder is None or not config.sampling.planned or folder.read_plan() != config.settings:
        return None
    try:
        quotas = read_quotas(config, folder)
    except BoxscopeError:
        return None
    if quotas is None:
        return None
    positives, negatives = np.maximum(quotas, 0).sum(axis=0).tolist()
    return exact(positives + negatives), exact(positives), exact(negatives)
