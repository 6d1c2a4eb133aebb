"""The dry run: what an export would write, from a few of its images."""

import time
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from core.errors import BoxscopeError
from core.export.plan import ExportConfig
from core.export.shard import image_crops
from core.labelling import POSITIVE


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
    """

    images: int
    looked_at: int
    crops: int
    positives: int
    negatives: int
    bytes: int
    seconds: float
    skipped: list[dict[str, str]]

    @property
    def exact(self) -> bool:
        """Say whether every image was looked at."""
        return self.looked_at == self.images

    def as_dict(self) -> dict[str, Any]:
        """Give the estimate as plain values, for JSON."""
        return {**asdict(self), "exact": self.exact}


def estimate(config: ExportConfig, *, images: int = 20, seconds: float = 60.0) -> Estimate:
    """Make the crops of a few images, evenly spread, write none, and scale up.

    Parameters
    ----------
    config : ExportConfig
    images : int
        How many to look at.
    seconds : float
        Look at no more once this time is over; at least one is looked at.
    """
    total = len(config.dataset)
    counts = np.zeros(3)
    skipped: list[dict[str, str]] = []
    start, looked_at = time.perf_counter(), 0
    for index in _spread(total, images):
        if looked_at and time.perf_counter() - start > seconds:
            break
        try:
            counts += _count(config, index)
        except BoxscopeError as error:
            skipped.append({"file": config.dataset.file_names[index], "reason": str(error)})
        looked_at += 1
    scale = total / max(looked_at, 1)
    positives, negatives, size = (round(count * scale) for count in counts)
    spent = (time.perf_counter() - start) * scale
    return Estimate(total, looked_at, positives + negatives, positives, negatives, size, spent, skipped)


def _count(config: ExportConfig, index: int) -> np.ndarray:
    crops = list(image_crops(config.setup, config.sampling, config.dataset, index, stem="x"))
    positives = sum(crop.row["label"] == POSITIVE for crop in crops)
    return np.array([positives, len(crops) - positives, sum(len(crop.data) for crop in crops)])


def _spread(total: int, images: int) -> list[int]:
    """Choose evenly spread images, in an order where any head of the list is spread too."""
    chosen = np.unique(np.linspace(0, max(total - 1, 0), min(images, total)).round().astype(int))
    return np.random.default_rng(0).permutation(chosen).tolist()
