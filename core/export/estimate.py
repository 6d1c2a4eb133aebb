"""The dry run: what an export would write, from a few of its images."""

import dataclasses
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BoxscopeError
from core.export.counting import shares
from core.export.folder import ExportFolder
from core.export.plan import ExportConfig
from core.export.shard import Offered, Quota, image_crops, offered
from core.labelling import POSITIVE
from core.sampling import Sampling, quotas


@dataclass(frozen=True)
class Estimate:
    """What an export would write, scaled up from the images looked at.

    Attributes
    ----------
    images : int
        Of the data set.
    looked_at : int
        Images that the figures come from; all of them makes the figures exact.
    crops, positives, negatives, bytes : int
    seconds : float
        One process; workers divide it.
    skipped : list of dict
        ``file`` and ``reason`` of the images looked at that cannot be used.
    counted : bool
        Whether crops, positives and negatives are exact, since a run has counted all images.
    """

    images: int
    looked_at: int
    crops: int
    positives: int
    negatives: int
    bytes: int
    seconds: float
    skipped: list[dict[str, str]]
    counted: bool = False

    @property
    def exact(self) -> bool:
        """Say whether every image was looked at."""
        return self.looked_at == self.images

    def as_dict(self) -> dict[str, Any]:
        """Give the estimate as plain values, for JSON."""
        return {**asdict(self), "exact": self.exact}


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
    total = len(config.dataset)
    skipped: list[dict[str, str]] = []
    looked_at = [0]
    start = time.perf_counter()

    def looks() -> Iterator[tuple[int, Offered]]:
        for index in _spread(total, images):
            if looked_at[0] and time.perf_counter() - start > seconds:
                return
            looked_at[0] += 1
            try:
                yield index, offered(config.setup, config.sampling, config.dataset, index)
            except BoxscopeError as error:
                skipped.append({"file": config.dataset.file_names[index], "reason": str(error)})

    counts = _with_quotas(config, list(looks())) if config.sampling.planned else _plain(config, looks())
    scale = total / max(looked_at[0], 1)
    positives, negatives, size = (round(count * scale) for count in counts)
    if known := _counted(config, folder):
        size = round(size * sum(known) / max(positives + negatives, 1))
        positives, negatives = known
    spent = (time.perf_counter() - start) * scale
    crops = positives + negatives
    return Estimate(
        total, looked_at[0], crops, positives, negatives, size, spent, skipped, counted=known is not None
    )


def _plain(config: ExportConfig, looks: Iterator[tuple[int, Offered]]) -> NDArray[np.int64]:
    counts = np.zeros(3, np.int64)
    for index, look in looks:  # one picture in memory at a time
        counts += _count(config, index, look)
    return counts


def _with_quotas(config: ExportConfig, looks: list[tuple[int, Offered]]) -> NDArray[np.int64]:
    """Count with caps that are, of those of the set, the part of the images looked at."""
    part = len(looks) / max(len(config.dataset), 1)
    offers = np.array([look.offer.counts for _, look in looks], np.int64).reshape(-1, 2)
    ids = config.dataset.image_ids[[index for index, _ in looks]]
    given = quotas(offers, ids, _part_of(config.sampling, part)).tolist()
    counts = np.zeros(3, np.int64)
    for (index, look), (positives, negatives) in zip(looks, given, strict=True):
        counts += _count(config, index, look, (positives, negatives))
    return counts


def _part_of(sampling: Sampling, part: float) -> Sampling:
    caps = {name: getattr(sampling, name) for name in ("set_positives", "set_negatives")}
    smaller = {name: max(1, round(cap * part)) for name, cap in caps.items() if cap}
    return dataclasses.replace(sampling, **smaller)


def _counted(config: ExportConfig, folder: ExportFolder | None) -> tuple[int, int] | None:
    """Give the positives and negatives of the whole set, where a run of the same settings counted them."""
    if folder is None or not config.sampling.planned or folder.read_plan() != config.settings:
        return None
    found = shares(config, folder)
    if found is None:
        return None
    positives, negatives = np.maximum(found, 0).sum(axis=0).tolist()
    return positives, negatives


def _count(config: ExportConfig, index: int, look: Offered, quota: Quota | None = None) -> NDArray[np.int64]:
    crops = list(image_crops(look, config.setup, config.sampling, config.dataset, index, "x", quota))
    positives = sum(crop.row["label"] == POSITIVE for crop in crops)
    return np.array([positives, len(crops) - positives, sum(len(crop.data) for crop in crops)])


def _spread(total: int, images: int) -> list[int]:
    """Choose evenly spread images, in an order where any head of the list is spread too."""
    chosen = np.unique(np.linspace(0, max(total - 1, 0), min(images, total)).round().astype(int))
    return np.random.default_rng(0).permutation(chosen).tolist()
