"""A search from start to report, which can be ended at any moment and goes on.

It is no :class:`core.runs.Run`, whose tasks are all known before the first: what a round tries depends on
what the rounds before it found. Lock, settings, progress and state of the folder are those of ``core.runs``.
"""

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.files import os_reason
from core.proposals.proposer_cache import ProposerCache
from core.runs import ProgressFile
from core.tuning.config import TuneConfig
from core.tuning.folder import TuneFolder
from core.tuning.progress import TuneProgress
from core.tuning.pruning import rungs
from core.tuning.report import Report
from core.tuning.search import Search


@dataclass(frozen=True)
class Limits:
    """When a search ends; time and trials of earlier runs count.

    Attributes
    ----------
    minutes : float or None
    trials : int or None
    """

    minutes: float | None = None
    trials: int | None = None


def tune(
    config: TuneConfig,
    folder: TuneFolder,
    limits: Limits,
    executor: Executor,
    workers: int = 1,
    valid: CocoDataset | None = None,
    cache: ProposerCache | None = None,
) -> Iterator[TuneProgress]:
    """Run trials until a limit is reached, then write the report; see :mod:`core.tuning.folder`.

    Parameters
    ----------
    config : TuneConfig
    folder : TuneFolder
        Locked while the search goes on.
    limits : Limits
    executor : Executor
        See :mod:`core.executors`.
    workers : int
        How many tasks may be under way, twice over.
    valid : CocoDataset or None
        A split that the search does not see, for the report.
    cache : ProposerCache or None
        Of the results of proposers; None is the user's.

    Yields
    ------
    TuneProgress
        At the start, after every task, and at the end, where the state is ``done``.

    Raises
    ------
    BoxscopeError
        The folder holds another search, is locked, or cannot be written; not one image can be used; not one
        trial was done in time.
    """
    try:
        folder.refuse_foreign_work()
        with folder.lock():
            folder.begin(config.settings(), _about(config, valid))
            search = Search(config, folder, cache)
            search.resume(limits.minutes, limits.trials)
            yield from _written(search, ProgressFile(folder), limits, executor, workers, valid, cache)
    except OSError as error:
        raise BoxscopeError(f"cannot be written ({os_reason(error)})", folder.path) from error


def _written(
    search: Search,
    file: ProgressFile,
    limits: Limits,
    executor: Executor,
    workers: int,
    valid: CocoDataset | None,
    cache: ProposerCache | None,
) -> Iterator[TuneProgress]:
    """Yield the progress, written to its file as well, however the search ends."""
    progress = search.progress
    try:
        file.write(progress)
        yield progress
        for _ in search.rounds(executor, workers, limits.minutes, limits.trials):
            progress = search.progress
            file.write(progress)
            yield progress
        progress = search.progress
        report = Report(search.config, search.trials, progress, valid, cache)
        for measured, to_measure in report.run(executor, workers, search.folder):
            progress = replace(search.progress, measured=measured, to_measure=to_measure)
            file.write(progress)
            yield progress
        search.folder.write_report(report.as_dict())
    except BaseException as error:
        end = replace(progress, state="stopped")
        if isinstance(error, Exception):
            end = replace(progress, state="failed", error=str(error))
        with suppress(OSError, BoxscopeError):
            file.write(end)
        raise
    progress = replace(progress, state="done")
    file.write(progress)
    yield progress


def _about(config: TuneConfig, valid: CocoDataset | None) -> dict[str, Any]:
    """Return what readers of the folder want to know besides the settings."""
    dataset = config.dataset
    return {
        "annotations": str(dataset.annotations),
        "images_dir": str(dataset.images_dir),
        "valid": None if valid is None else str(valid.annotations),
        "valid_images_dir": None if valid is None else str(valid.images_dir),
        "proposer": config.space.base.proposer.name,
        "images": list(config.sample),
        "file_names": [dataset.file_names[index] for index in config.sample],
        "objects": list(config.objects),
        "rungs": rungs(len(config.sample)),
    }
