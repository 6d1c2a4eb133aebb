"""The first of two passes where a cap reaches over the whole set: what each image offers.

The offers of a shard's images, two whole numbers each, are kept beside the shards' parts, so that a run that
is broken off counts no image again. From all of them follow the quotas, and with these every shard is done
alone, as ever.
"""

import json
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from core.errors import BoxscopeError
from core.executors import checkpoint, completed
from core.export.config import ExportConfig, Shard, shard_count, shards
from core.export.folder import ExportFolder
from core.export.shard import UNUSABLE, decide_image, expect_complete, expect_folder
from core.files import AnyPath, files_at
from core.files.atomic import write_json
from core.pipeline import Setup
from core.sampling import Sampling, quotas
from core.sampling.sharing import Counts


@dataclass(frozen=True)
class CountTask:
    """What a worker needs to count a shard's offers."""

    shard: Shard
    setup: Setup
    sampling: Sampling
    path: AnyPath


def count(config: ExportConfig, folder: ExportFolder, executor: Executor, workers: int) -> Iterator[int]:
    """Count what every image offers, as far as that is not done; yields the images counted so far."""
    size, total = config.shard_images, len(config.dataset)
    counted = folder.counts_done
    left = [number for number in range(shard_count(config)) if number not in counted]
    done = total - sum(min(size, total - number * size) for number in left)
    yield done
    wanted = set(left)
    tasks = (
        CountTask(shard, config.setup, config.sampling, folder.counts(shard.number))
        for shard in shards(config)
        if shard.number in wanted
    )
    for images in completed(executor, count_shard, tasks, 2 * workers, lambda task: str(task.shard)):
        done += images
        yield done


def count_shard(task: CountTask) -> int:
    """Count a shard's offers and keep them; returns its images."""
    found = []
    for index in range(len(task.shard.images)):
        try:
            expect_complete(task.shard, index)
            found.append(decide_image(task.setup, task.sampling, task.shard.images, index).decision.counts)
        except BoxscopeError:
            expect_folder(task.shard.images)
            found.append(UNUSABLE)  # the second pass names it, whether it can be used by then or not
    checkpoint()
    write_json(task.path, {"offers": found}, task.path.parent)
    return len(found)


def counted(config: ExportConfig, folder: ExportFolder) -> Counts | None:
    """Read the offers of all images, int64 (I, 2), see `UNUSABLE`; None where some are not counted yet."""
    paths = map(folder.counts, range(shard_count(config)))
    try:
        parts = [
            np.array(offers, np.int64).reshape(-1, 2) for offers in files_at(folder.work).map(_offers, paths)
        ]
    except FileNotFoundError:
        return None
    return np.concatenate([np.empty((0, 2), np.int64), *parts])


def _offers(path: AnyPath) -> list[Counts]:
    found: list[Counts] = json.loads(path.read_bytes())["offers"]
    return found


def shares(config: ExportConfig, folder: ExportFolder) -> Counts | None:
    """Give the quotas of all images, int64 (I, 2), see `UNUSABLE`; None where some are not counted yet."""
    offers = counted(config, folder)
    if offers is None:
        return None
    found = quotas(np.maximum(offers, 0), config.dataset.image_ids, config.sampling)
    found[(offers < 0).any(axis=1)] = UNUSABLE
    return found
