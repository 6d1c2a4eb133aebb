"""The run of an export: shard by shard, from wherever the last run stopped."""

import os
import platform
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pyarrow as pa

from core.errors import BoxscopeError
from core.executors import Engine, completed
from core.export import counting, manifest, space
from core.export.config import ExportConfig, shard_count, shards
from core.export.folder import ExportFolder, settings_of
from core.export.formats import FORMATS
from core.export.progress import Progress, Teller
from core.export.refusals import refuse_nothing, refuse_other
from core.export.shard import ShardTask, write_shard
from core.files import AnyPath, as_path, os_reason
from core.versions import BYTES, versions


def run(
    config: ExportConfig, out: AnyPath, executor: Executor, workers: int = 1, overwrite: bool = False
) -> Iterator[Progress]:
    """Write an export; the last progress yielded has the state ``done``.

    A finished export with the same settings is not written again; shards that an interrupted run
    finished are not done again. The bytes do not depend on the executor or on interruptions.

    Parameters
    ----------
    config : ExportConfig
    out : Path or RemotePath
        The export lies in ``out/SPLIT``.
    executor : Executor
        See :mod:`core.executors`.
    workers : int
        How many shards may be under way, twice over, so that no worker waits.
    overwrite : bool
        Remove the export that the folder holds first.

    Yields
    ------
    Progress
        At the start and after every shard.

    Raises
    ------
    BoxscopeError
        Another run writes there; the folder holds an export with other settings; there is no room; it
        cannot be written; a shard lost its worker again and again; not one image can be used.
    """
    folder = ExportFolder(as_path(out) / config.split)
    try:
        with folder.lock():
            yield from _run_locked(config, folder, executor, workers, overwrite)
    except OSError as error:
        raise BoxscopeError(_reason(error), folder.path) from error


def _reason(error: OSError) -> str:
    # Arrow has words of its own for what the system says.
    words = os.strerror(error.errno) if error.errno else os_reason(error)
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return f"{words}: it, or a part of it, was removed while it was written"
    return words


def _run_locked(
    config: ExportConfig, folder: ExportFolder, executor: Executor, workers: int, overwrite: bool
) -> Iterator[Progress]:
    if overwrite:
        folder.clear()
    summary = folder.read_summary()
    if summary is not None:
        folder.close()
        refuse_other(folder, settings_of(summary), config)
        yield _finished(summary)
        return
    yield from _write(config, folder, executor, workers)


def _write(
    config: ExportConfig, folder: ExportFolder, executor: Executor, workers: int
) -> Iterator[Progress]:
    plan = folder.read_plan()
    if plan is not None:
        refuse_other(folder, plan, config)
    folder.sweep()
    folder.write_plan(config.settings)
    start = time.perf_counter()
    progress, teller = _resumed(config, folder), Teller(folder)
    try:
        teller.tell(progress)
        yield progress
        if isinstance(executor, Engine):
            executor.meet_at(config.dataset.images_dir, folder.work)
        space.check(config, folder, progress.total - progress.done, executor)
        if config.sampling.planned:
            for images in counting.count(config, folder, executor, workers):
                progress = replace(progress, counted=images, seconds=time.perf_counter() - start)
                teller.tell(progress)
                yield progress
        progress = replace(progress, before=time.perf_counter() - start)
        for counts in completed(executor, write_shard, _tasks(config, folder), 2 * workers, _name):
            progress = replace(progress.add(counts), seconds=time.perf_counter() - start)
            teller.tell(progress)
            yield progress
        refuse_nothing(config, folder, progress)
        _finish(config, folder, progress)
    except BaseException as error:
        _leave_word(teller, progress, error)
        raise
    yield replace(progress, state="done", seconds=time.perf_counter() - start)


def _tasks(config: ExportConfig, folder: ExportFolder) -> Iterator[ShardTask]:
    shares = counting.shares(config, folder) if config.sampling.planned else None
    size, done = config.shard_images, folder.parts_done
    for shard in shards(config):
        if shard.number in done:
            continue
        part = None if shares is None else shares[shard.number * size : (shard.number + 1) * size].tolist()
        quotas = None if part is None else tuple((positives, negatives) for positives, negatives in part)
        yield ShardTask(shard, config.setup, config.sampling, config.format, folder, quotas)


def _name(task: ShardTask) -> str:
    return str(task.shard)


def _leave_word(teller: Teller, progress: Progress, error: BaseException) -> None:
    if isinstance(error, Exception):
        progress = replace(progress, state="failed", error=str(error))
    with suppress(OSError, BoxscopeError):  # a full disk or a folder that is gone takes no last word
        teller.tell(replace(progress, state="stopped") if progress.state == "running" else progress)


def _resumed(config: ExportConfig, folder: ExportFolder) -> Progress:
    progress = Progress(total=len(config.dataset), pid=os.getpid())
    for _, notes in manifest.read_parts(map(folder.part, sorted(folder.parts_done)), folder.work):
        progress = progress.add(notes)
    return replace(progress, resumed_at=progress.done, resumed_crops=progress.crops)


def _finish(config: ExportConfig, folder: ExportFolder, progress: Progress) -> None:
    parts = map(folder.part, range(shard_count(config)))
    files = []

    def tables() -> Iterator[pa.Table]:
        for table, notes in manifest.read_parts(parts, folder.work):
            files.append(notes["shard"])
            yield table

    columns = manifest.schema(FORMATS[config.format].columns)
    manifest.write(folder.manifest, columns, tables(), folder.work)
    summary = {
        "settings": config.settings,
        "digest": config.digest,
        "counts": progress.result(),
        **({"lost": config.lost.counts} if config.lost.text() else {}),
        "shards": [file for file in files if file is not None],
        "versions": {"python": platform.python_version(), **versions(BYTES)},
    }
    folder.write_summary(summary)
    folder.close()


def _finished(summary: dict[str, Any]) -> Progress:
    counts = dict(summary["counts"])
    skipped = tuple(counts.pop("skipped"))
    total = summary["settings"]["images"]
    done = counts["images"] + len(skipped)
    return Progress(
        total=total, state="done", skipped=skipped, resumed_at=done, resumed_crops=counts["crops"], **counts
    )
