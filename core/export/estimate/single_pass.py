"""The estimate of an export from a few of its images, computed in one call."""

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
    """Return the estimate of an export from the crops of a few images, which are cut but not written.

    Parameters
    ----------
    config : ExportConfig
    images : int
        How many images to use, 1 or more; they are evenly spread.
    seconds : float
        No further image is used after this time; one always is.
    folder : ExportFolder or None
        Of the export. If an interrupted run has counted all offers there, for caps of the set, its counts
        are used.
    """
    tallies, samples = [], {}
    pending: list[tuple[ProposedBoxes, Image | None]] = []
    for tallied, proposed, image in _images(config, images, seconds):
        tallies.append(tallied)
        if not cuts_crops(config):
            continue
        if config.sampling.planned:
            pending.append((proposed, image))  # the quotas depend on all tallies
        elif image is not None:  # one picture in memory at a time
            index, quota = tallied.image_index, tallied.counts
            samples[index] = sample_crops(config, index, proposed, image, quota, sum(quota))
    quotas = estimated_quotas(config, tallies).tolist()
    for tallied, (positives, negatives), (proposed, image) in zip(tallies, quotas, pending, strict=False):
        if image is not None:
            index, quota = tallied.image_index, (positives, negatives)
            samples[index] = sample_crops(config, index, proposed, image, quota, positives + negatives)
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
    """Return the indices of evenly spread images, shuffled, so that the first few are spread out too."""
    chosen = np.unique(np.linspace(0, max(total - 1, 0), min(images, total)).round().astype(int))
    return np.random.default_rng(0).permutation(chosen).tolist()
