"""The run of an export: shard by shard, resuming where the last run stopped."""

import platform
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import replace
from functools import cache
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from core.export import counting, kept, manifest, memory_check, space
from core.export.config import ExportConfig, shard_count, shards
from core.export.folder import ExportFolder, settings_of
from core.export.formats import FORMATS
from core.export.image_crops import CROPS
from core.export.progress import Progress
from core.export.refusals import refuse_foreign, refuse_other_settings, refuse_uncertain
from core.export.shard import ShardTask, write_shard
from core.export.without_crops import refuse_without_crops, refuse_without_images
from core.files import AnyPath, as_path
from core.runs import Run, Stage
from core.versions import BYTES, versions

# Images that the summary names for each remark of the proposer.
_REMARKED = 1000


def run(
    config: ExportConfig,
    out: AnyPath,
    executor: Executor,
    workers: int = 1,
    overwrite: bool = False,
    anyway: bool = False,
) -> Iterator[Progress]:
    """Write an export; the last progress yielded has the state ``done``.

    A finished export with the same settings is not written again, nor are images that an interrupted run
    finished. The bytes do not depend on the executor or on interruptions.

    Parameters
    ----------
    config : ExportConfig
    out : Path or RemotePath
        The export is written to ``out/SPLIT``.
    executor : Executor
        See :mod:`core.executors`.
    workers : int
        How many shards may be under way, twice over, so that no worker waits.
    overwrite : bool
        Remove the export that the folder holds first.
    anyway : bool
        Write what is certain even where the data set as a whole is not, see
        :attr:`core.datasets.CocoDataset.refusals`.

    Yields
    ------
    Progress
        At the start and after every shard.

    Raises
    ------
    BoxscopeError
        The data set as a whole is uncertain; another run writes there; the folder holds an export with other
        settings; the disk has too little space, or cannot be written; a shard lost its worker again and
        again; not one image can be used, or not one box becomes a crop.
    """
    refuse_without_images(config.dataset)
    refuse_uncertain(config.dataset, anyway)
    folder = ExportFolder(as_path(out) / config.split)
    yield from ExportRun(config, folder, overwrite).execute(executor, workers)


class ExportRun(Run[Progress]):
    """An export; a task is a shard, its part the shard's rows of the manifest.

    Parameters
    ----------
    config : ExportConfig
    folder : ExportFolder
    overwrite : bool
        Remove the export that the folder holds first.
    """

    folder: ExportFolder

    def __init__(self, config: ExportConfig, folder: ExportFolder, overwrite: bool = False) -> None:
        super().__init__(config.dataset, folder, folder.path, config.settings, Progress(len(config.dataset)))
        self.config = config
        self.overwrite = overwrite

    def finished(self) -> Progress | None:
        """Return the progress of the finished export that the folder holds, None where there is none.

        Raises
        ------
        BoxscopeError
            It has other settings.
        """
        if self.overwrite:
            self.folder.clear()
        summary = self.folder.read_summary()
        if summary is None:
            return None
        self.folder.remove_work()
        refuse_other_settings(self.folder, settings_of(summary), self.config)
        return _finished(summary)

    def begun(self, done: list[int]) -> int:
        """Return how many images of shards that are not `done` are kept."""
        return kept.count(CROPS, self.folder.work, done)

    def refuse_other_settings(self, settings: dict[str, Any]) -> None:
        """Raise, since the unfinished export that the folder holds has other settings.

        Raises
        ------
        BoxscopeError
        """
        refuse_other_settings(self.folder, settings, self.config)

    def refuse_foreign(self) -> None:
        """Raise if the export would replace or remove a file that no export wrote."""
        refuse_foreign(self.folder, self.config)

    def abandon(self, progress: Progress) -> None:
        """Remove the crops that are written; the error stays for the page."""
        self.folder.clear()
        self.folder.remove_temporary()
        self.folder.write_progress(progress.as_dict())

    def discard(self) -> None:
        """Remove the parts of the shards, the images kept of others, and the offers of their images."""
        self.folder.parts.remove()
        kept.remove(self.folder.work)
        self.folder.offers.remove()

    def prepare(self, progress: Progress, executor: Executor, workers: int) -> Iterator[Progress]:
        """Check memory and free space; where caps span the set, count what every image offers."""
        memory_check.check(self.config, self._remaining(), executor)
        space.check(self.config, self.folder, progress.total - progress.done, executor)
        if self.config.sampling.planned:
            counted = counting.count(self.config, self.folder, executor, workers)
            before = next(counted)
            for images in chain([before], counted):
                yield replace(progress, counted=images, counted_before=before)

    def _remaining(self) -> NDArray[np.int64]:
        """Return the indices of the images whose shards are not done."""
        shard = np.arange(len(self.dataset)) // self.config.shard_images
        return np.flatnonzero(~np.isin(shard, self.stage().done()))

    def stage(self) -> Stage[ShardTask, dict[str, Any]]:
        """Return the tasks that write the shards."""
        numbers = range(shard_count(self.config))
        return Stage(self.folder.parts, numbers, self._tasks, write_shard, lambda task: str(task.shard))

    def _tasks(self, numbers: list[int]) -> Iterator[ShardTask]:
        config, size = self.config, self.config.shard_images
        all_quotas = counting.read_quotas(config, self.folder) if config.sampling.planned else None
        names = kept.names(CROPS, self.folder.work)
        for shard in shards(config, numbers):
            quotas = None
            if all_quotas is not None:
                of_shard = all_quotas[shard.number * size : (shard.number + 1) * size].tolist()
                quotas = tuple((positives, negatives) for positives, negatives in of_shard)
            yield ShardTask(
                shard, config.setup, config.sampling, config.format, self.folder, quotas, names[shard.number]
            )

    def counts(self, numbers: list[int]) -> Iterator[dict[str, Any]]:
        """Return the counts in the parts of these shards."""
        paths = map(self.folder.parts.path, numbers)
        return (notes for _, notes in manifest.read_parts(paths, self.folder.work))

    def is_empty(self, progress: Progress) -> bool:
        """Return whether there is no crop."""
        return not progress.crops

    def refuse_empty(self, progress: Progress) -> None:
        """Remove what the run wrote but for its last progress, and raise."""
        refuse_without_crops(self.config, self.folder, progress)

    def join(self, progress: Progress) -> None:
        """Write the manifest from the parts, then the summary, whose presence means complete."""
        config, files = self.config, []

        def tables() -> Iterator[pa.Table]:
            paths = map(self.folder.parts.path, range(shard_count(config)))
            for table, notes in manifest.read_parts(paths, self.folder.work):
                files.append(notes["shard"])
                yield table

        columns = manifest.schema(FORMATS[config.format].columns)
        manifest.write(self.folder.manifest, columns, tables(), self.folder.work)
        FORMATS[config.format].finish(self.folder.path, config.classes)
        summary: dict[str, Any] = {
            "settings": config.settings,
            "digest": config.digest,
            "counts": progress.result(),
            "classes": config.classes.summary(),
            **_remarks(config),
            **({"lost": config.lost.counts} if config.lost.text() else {}),
            "shards": [file for file in files if file is not None],
            "versions": {"python": platform.python_version(), **versions(BYTES)},
        }
        self.folder.write_summary(summary)


def _remarks(config: ExportConfig) -> dict[str, Any]:
    """Return what the proposer did otherwise than its parameters say, on how many images, and on which first.

    By the annotated sizes; nothing where it did nothing otherwise.
    """
    dataset, remark = config.dataset, cache(config.setup.proposer.remark)
    names: defaultdict[str, list[str]] = defaultdict(list)
    for index in range(len(dataset)):
        if (size := dataset.size(index)) and (text := remark(*size)):
            names[text].append(dataset.file_names[index])
    if not names:
        return {}
    texts = sorted(names)
    return {
        "remarks": {text: len(names[text]) for text in texts},
        "remarks_first_images": {text: names[text][:_REMARKED] for text in texts},
    }


def _finished(summary: dict[str, Any]) -> Progress:
    counts = dict(summary["counts"])
    skipped, no_negatives = (tuple(counts.pop(name)) for name in ("skipped", "no_negatives"))
    return Progress(
        total=summary["settings"]["images"],
        state="done",
        skipped=skipped,
        no_negatives=no_negatives,
        resumed_at=counts["images"] + len(skipped),
        resumed_crops=counts["crops"],
        **counts,
    )
