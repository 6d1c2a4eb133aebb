"""The estimate of an export from a few of its images, all looked at in one go."""

import time
from collections.abc import Iterator

import numpy as np

from core.export.config import ExportConfig
from core.export.estimate.proposed import ProposedBoxes, propose_boxes
from core.export.estimate.result import Estimate
from core.export.estimate.sizes import cuts_crops, sample_crops
from core.export.estimate.tally import Tally, estimated_quotas, tally
from core.export.estimate.totals import extrapolate
from core.export.folder import ExportFolder
from core.images import Image


def estimate(
    config: ExportConfig, *, images: int = 20, seconds: float = 60.0, folder: ExportFolder | None = None
) -> Estimate:
    """Make the crops of a few images, evenly spread, write none, and scale up.

    Parameters
    ----------
    config : ExportConfig
    images : int
        How many to look at, 1 or more.
    seconds : float
        Look at no more once this time is over; at least one is looked at.
    folder : ExportFolder or None
        Where the export is to go. If a run that was broken off there has counted what the images offer for
        a cap over the whole set, that is taken over.
    """
    tallies, samples = [], {}
    waiting: list[tuple[ProposedBoxes, Image | None]] = []
    for found, proposed, image in _images(config, images, seconds):
        tallies.append(found)
        if not cuts_crops(config):
            continue
        if config.sampling.planned:
            waiting.append((proposed, image))
        elif image is not None:  # one picture in memory at a time
            index, quota = found.image_index, found.counts
            samples[index] = sample_crops(config, index, proposed, image, quota, sum(quota))
    quotas = estimated_quotas(config, tallies).tolist()
    for found, (positives, negatives), (proposed, image) in zip(tallies, quotas, waiting, strict=False):
        if image is not None:
            quota, most = (positives, negatives), positives + negatives
            samples[found.image_index] = sample_crops(config, found.image_index, proposed, image, quota, most)
    return extrapolate(config, tallies, samples, folder)


def _images(
    config: ExportConfig, images: int, seconds: float
) -> Iterator[tuple[Tally, ProposedBoxes, Image | None]]:
    start = time.perf_counter()
    for number, index in enumerate(evenly_spread(len(config.dataset), images)):
        if number and time.perf_counter() - start > seconds:
            return
        pictures: list[Image] = []

        def read(index: int, pictures: list[Image] = pictures) -> Image:
            pictures.append(config.dataset.read(index))
            return pictures[0]

        proposed = propose_boxes(config.setup, config.dataset, index, read)
        yield tally(config, index, proposed), proposed, None if proposed.reason else pictures[0]


def evenly_spread(total: int, images: int) -> list[int]:
    """Return the indices of evenly spread images, in an order where any head of the list is spread too."""
    chosen = np.unique(np.linspace(0, max(total - 1, 0), min(images, total)).round().astype(int))
    return np.random.default_rng(0).permutation(chosen).tolist()
