"""The run of an export: shard by shard, from wherever the last run stopped."""

import os
import platform
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from core.errors import BoxscopeError
from core.executors import completed
from core.export import counting, manifest
from core.export.folder import ExportFolder, settings_of
from core.export.formats import FORMATS
from core.export.plan import ExportConfig, shard_count, shards
from core.export.shard import ShardTask, write_shard

_COUNTS = ("images", "crops", "positives", "negatives", "bytes")


@dataclass(frozen=True)
class Progress:
    """How far an export is.

    Attributes
    ----------
    state : str
        ``running``, ``stopped`` (interrupted or cancelled), ``failed`` or ``done``.
    total : int
        Images of the data set.
    images, crops, positives, negatives, bytes : int
        Done so far, earlier runs included; images that were skipped are not counted.
    counted : int
        Images whose offers are known, where a cap reaches over the whole set: that comes first.
    skipped : tuple of dict
        ``file`` and ``reason`` of each image that could not be used.
    seconds : float
        Of this run.
    resumed_at : int
        Images that earlier runs had done.
    pid : int
        Of the process that runs it.
    error : str
        Why it failed.
    """

    total: int
    state: str = "running"
    images: int = 0
    crops: int = 0
    positives: int = 0
    negatives: int = 0
    bytes: int = 0
    counted: int = 0
    skipped: tuple[dict[str, str], ...] = ()
    seconds: float = 0.0
    resumed_at: int = 0
    resumed_crops: int = 0
    pid: int = 0
    error: str = ""

    @property
    def done(self) -> int:
        """Images dealt with, skipped ones included."""
        return self.images + len(self.skipped)

    @property
    def images_per_second(self) -> float:
        """Of this run alone."""
        return (self.done - self.resumed_at) / self.seconds if self.seconds else 0.0

    @property
    def crops_per_second(self) -> float:
        """Of this run alone."""
        return (self.crops - self.resumed_crops) / self.seconds if self.seconds else 0.0

    @property
    def seconds_left(self) -> float | None:
        """At the pace so far; None before the first shard of this run."""
        rate = self.images_per_second
        return (self.total - self.done) / rate if rate else None

    @property
    def counting(self) -> bool:
        """Say whether offers are being counted, see `counted`."""
        return self.counted > 0 and self.done == 0

    @property
    def pace(self) -> str:
        """How fast it goes, in words."""
        if self.counting:
            return "counted, for the caps of the set"
        pace = f"{self.images_per_second:.1f} images/s, {self.crops_per_second:.0f} crops/s"
        return pace if self.seconds_left is None else f"{pace}, {self.seconds_left:.0f} s left"

    def add(self, counts: dict[str, Any]) -> "Progress":
        """Add the counts of a shard."""
        sums = {name: getattr(self, name) + counts[name] for name in _COUNTS}
        return replace(self, **sums, skipped=(*self.skipped, *counts["skipped"]))

    def result(self) -> dict[str, Any]:
        """Give the counts as the command line prints them."""
        names = ("images", "crops", "positives", "negatives", "bytes")
        skipped = sorted(self.skipped, key=lambda item: item["file"])
        return {**{name: getattr(self, name) for name in names}, "skipped": skipped}


def run(
    config: ExportConfig, out: Path, executor: Executor, workers: int = 1, overwrite: bool = False
) -> Iterator[Progress]:
    """Write an export; the last progress yielded has the state ``done``.

    A finished export with the same settings is not written again; shards that an interrupted run
    finished are not done again. The bytes do not depend on the executor or on interruptions.

    Parameters
    ----------
    config : ExportConfig
    out : Path
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
        Another run writes there; the folder holds an export with other settings; it cannot be written.
    """
    folder = ExportFolder(Path(out) / config.split)
    try:
        with folder.lock():
            yield from _run_locked(config, folder, executor, workers, overwrite)
    except OSError as error:
        raise BoxscopeError(f"{folder.path}: {error.strerror or error}") from error


def _run_locked(
    config: ExportConfig, folder: ExportFolder, executor: Executor, workers: int, overwrite: bool
) -> Iterator[Progress]:
    if overwrite:
        folder.clear()
    summary = folder.read_summary()
    if summary is not None:
        folder.close()
        _refuse_other(folder, settings_of(summary), config)
        yield _finished(summary)
        return
    yield from _write(config, folder, executor, workers)


def _write(
    config: ExportConfig, folder: ExportFolder, executor: Executor, workers: int
) -> Iterator[Progress]:
    plan = folder.read_plan()
    if plan is not None:
        _refuse_other(folder, plan, config)
    folder.sweep()
    folder.write_plan(config.settings)
    start = time.perf_counter()
    progress = _resumed(config, folder)
    try:
        folder.write_progress(_as_dict(progress))
        yield progress
        if config.sampling.planned:
            for images in counting.count(config, folder, executor, workers):
                progress = replace(progress, counted=images)
                folder.write_progress(_as_dict(progress))
                yield progress
            start = time.perf_counter()
        for counts in completed(executor, write_shard, _tasks(config, folder), 2 * workers):
            progress = replace(progress.add(counts), seconds=time.perf_counter() - start)
            folder.write_progress(_as_dict(progress))
            yield progress
        _finish(config, folder, progress)
    except Exception as error:
        _leave_word(folder, replace(progress, state="failed", error=str(error)))
        raise
    except BaseException:
        _leave_word(folder, replace(progress, state="stopped"))
        raise
    yield replace(progress, state="done", seconds=time.perf_counter() - start)


def _tasks(config: ExportConfig, folder: ExportFolder) -> Iterator[ShardTask]:
    shares = counting.shares(config, folder) if config.sampling.planned else None
    size = config.shard_images
    for shard in shards(config):
        if folder.part(shard.number).exists():
            continue
        part = None if shares is None else shares[shard.number * size : (shard.number + 1) * size].tolist()
        quotas = None if part is None else tuple((positives, negatives) for positives, negatives in part)
        yield ShardTask(shard, config.setup, config.sampling, config.format, folder, quotas)


def _leave_word(folder: ExportFolder, progress: Progress) -> None:
    with suppress(OSError):  # a full disk takes no last word either
        folder.write_progress(_as_dict(progress))


def _resumed(config: ExportConfig, folder: ExportFolder) -> Progress:
    progress = Progress(total=len(config.dataset), pid=os.getpid())
    for number in range(shard_count(config)):
        if folder.part(number).exists():
            progress = progress.add(manifest.read_notes(folder.part(number)))
    return replace(progress, resumed_at=progress.done, resumed_crops=progress.crops)


def _finish(config: ExportConfig, folder: ExportFolder, progress: Progress) -> None:
    parts = [folder.part(number) for number in range(shard_count(config))]
    columns = manifest.schema(FORMATS[config.format].writer.columns)
    manifest.write(folder.manifest, columns, map(manifest.read_part, parts), folder.work)
    files = [manifest.read_notes(part)["shard"] for part in parts]
    packages = ("numpy", "opencv-contrib-python-headless", "pillow", "pyarrow")
    summary = {
        "settings": config.settings,
        "digest": config.digest,
        "counts": progress.result(),
        "shards": [file for file in files if file is not None],
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in packages},
        },
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


def _refuse_other(folder: ExportFolder, found: dict[str, Any], config: ExportConfig) -> None:
    differences = _differences(found, config.settings)
    if differences:
        raise BoxscopeError(
            f"{folder.path}: holds an export with other settings ({'; '.join(differences)}): "
            "choose another folder, or overwrite it"
        )


def _differences(found: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    flat, other = _flat(found), _flat(wanted)
    return [
        f"{name} {flat.get(name, 'none')} there, {other.get(name, 'none')} wanted"
        for name in {**flat, **other}
        if flat.get(name) != other.get(name)
    ]


def _flat(settings: dict[str, Any]) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in settings.items():
        values |= _flat(value) if isinstance(value, dict) else {name: str(value)}
    return values


def _as_dict(progress: Progress) -> dict[str, Any]:
    rates = ("images_per_second", "crops_per_second", "seconds_left")
    return {**asdict(progress), **{name: getattr(progress, name) for name in rates}}
