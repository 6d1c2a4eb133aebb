"""The first of two passes where a cap spans the whole set: counting the crops that each image offers.

The offers of a shard's images, two whole numbers each, are kept beside the shards' parts, those of an
unfinished shard as well, so that the run after an interrupted one counts no image again. The quotas follow
from all offers; with them every shard can be written independently of the others.
"""

import json
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from core.errors import BoxscopeError
from core.executors import checkpoint
from core.export import kept
from core.export.config import ExportConfig, Shard, shard_count, shards
from core.export.decision import Quota
from core.export.folder import COUNTED, ExportFolder
from core.export.kept import KeptImages, Kind
from core.export.shard import UNUSABLE, decide_image, expect_crops
from core.files import AnyPath
from core.pipeline import Setup
from core.runs import Stage, expect_its_fault, write_part
from core.sampling import Sampling, quotas
from core.sampling.sharing import Counts


def _decoded(text: bytes) -> list[Quota]:
    return [(int(positives), int(negatives)) for positives, negatives in json.loads(text)]


OFFERS = Kind("offers", COUNTED, lambda offers: json.dumps(offers).encode(), _decoded)


@dataclass(frozen=True)
class CountTask:
    """What a worker needs to count a shard's offers; with the files that earlier runs kept some in."""

    shard: Shard
    setup: Setup
    sampling: Sampling
    path: AnyPath
    kept: tuple[str, ...] = ()


def stage(config: ExportConfig, folder: ExportFolder) -> Stage[CountTask, int]:
    """Return the tasks that count the offers, a shard each; a task returns its number of images."""

    def tasks(numbers: list[int]) -> Iterator[CountTask]:
        names = kept.names(OFFERS, folder.work)
        for shard in shards(config, numbers):
            path = folder.offers.path(shard.number)
            yield CountTask(shard, config.setup, config.sampling, path, names[shard.number])

    return Stage(folder.offers, range(shard_count(config)), tasks, count_shard, lambda task: str(task.shard))


def count(config: ExportConfig, folder: ExportFolder, executor: Executor, workers: int) -> Iterator[int]:
    """Count the offers of all images not counted yet, and yield the number of images counted so far."""
    counting = stage(config, folder)
    size, total, done = config.shard_images, len(config.dataset), counting.done()
    counted = sum(min(size, total - number * size) for number in done)
    before = counted + kept.count(OFFERS, folder.work, done)
    yield before
    for images in counting.run(executor, workers, done):
        counted += images
        yield max(before, counted)


def count_shard(task: CountTask) -> int:
    """Write the offers of a shard's images, and return the number of images."""
    offers, work = [], task.path.parent
    with KeptImages(OFFERS, work, task.shard.number, task.kept) as counted:
        for offer in counted.each(len(task.shard.images), lambda index: _offer(task, index)):
            checkpoint()
            offers.append(offer)
    write_part(task.path, {"offers": offers})
    counted.remove()
    return len(offers)


def _offer(task: CountTask, index: int) -> Quota:
    images = task.shard.images
    try:
        expect_crops(images, index)
        return decide_image(task.setup, task.sampling, images, index).decision.counts
    except BoxscopeError as error:
        expect_its_fault(images, index, error)
        return UNUSABLE  # the second pass reports it, even if it can be used by then


def read_offers(config: ExportConfig, folder: ExportFolder) -> Counts | None:
    """Return the offers of all images, int64 (I, 2), see `UNUSABLE`; None where some are not counted yet."""
    numbers = range(shard_count(config))
    try:
        parts = [np.array(part["offers"], np.int64).reshape(-1, 2) for part in folder.offers.read(numbers)]
    except FileNotFoundError:
        return None
    return np.concatenate([np.empty((0, 2), np.int64), *parts])


def read_quotas(config: ExportConfig, folder: ExportFolder) -> Counts | None:
    """Return the quotas of all images, int64 (I, 2), see `UNUSABLE`; None where some are not counted yet."""
    offers = read_offers(config, folder)
    if offers is None:
        return None
    of_images = quotas(np.maximum(offers, 0), config.dataset.image_ids, config.sampling)
    of_images[(offers < 0).any(axis=1)] = UNUSABLE
    return of_images
