"""A run over a data set that can be interrupted at any moment and resumed."""

import os
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, Generic, TypeVar

from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.executors import Engine
from core.files import AnyPath, os_reason
from core.runs.changes import changes
from core.runs.folder import RunFolder
from core.runs.parts import Stage
from core.runs.progress import Progress, ProgressFile

P = TypeVar("P", bound=Progress)


class Run(ABC, Generic[P]):
    """A run in which every task leaves a file, by which the next run knows that it is done.

    A subclass defines the tasks (:meth:`stage`) and how their parts become the result (:meth:`join`); it
    overrides other methods where it needs more. The result must depend on the settings alone: not on
    executor, order or interruptions.

    Parameters
    ----------
    dataset : CocoDataset
    folder : RunFolder
        Locked while the run goes on.
    output : Path or RemotePath
        What the run writes; named in errors of the disk.
    settings : dict
        All that decides the result, as plain values that are equal after a round trip through JSON.
    start : Progress
        Of a run that has done nothing yet.
    """

    def __init__(
        self, dataset: CocoDataset, folder: RunFolder, output: AnyPath, settings: dict[str, Any], start: P
    ) -> None:
        self.dataset = dataset
        self.folder = folder
        self.output = output
        self.settings = settings
        self.start = start

    @abstractmethod
    def stage(self) -> Stage[Any, dict[str, Any]]:
        """Return the tasks; each returns its counts, see :meth:`Progress.add`."""

    @abstractmethod
    def join(self, progress: P) -> None:
        """Make the result from the parts, complete or not at all."""

    def counts(self, numbers: list[int]) -> Iterator[dict[str, Any]]:
        """Return the counts of tasks that are done, read from their parts."""
        return (part["counts"] for part in self.stage().parts.read(numbers))

    def begun(self, done: list[int]) -> int:
        """Return how many images of tasks that are not `done` need not be done again; by default none."""
        return 0

    def finished(self) -> P | None:
        """Return the progress of a finished run, None where there is something to do."""
        return None

    def refuse_other_settings(self, settings: dict[str, Any]) -> None:
        """Raise if the unfinished run that the folder holds must be kept; otherwise its parts are removed.

        Parameters
        ----------
        settings : dict
            Of that run; they differ from those of this one.
        """

    def refuse_foreign(self) -> None:
        """Raise if the run would replace or remove a file that no run wrote."""

    def abandon(self, progress: P) -> None:
        """Remove all that the run wrote, since what it read has changed.

        Parameters
        ----------
        progress : Progress
            With the error.
        """
        self.folder.remove_work()

    def discard(self) -> None:
        """Remove the parts of a run with other settings."""
        self.stage().parts.remove()

    def prepare(self, progress: P, executor: Executor, workers: int) -> Iterator[P]:
        """Yield the progress of work that must precede the tasks; by default there is none."""
        return iter(())

    def is_empty(self, progress: P) -> bool:
        """Return whether the result would hold nothing: by default, whether not one image can be used."""
        return bool(progress.skipped) and not progress.images

    def refuse_empty(self, progress: P) -> None:
        """Raise, since the result would hold nothing, after removing what the run wrote.

        Raises
        ------
        BoxscopeError
        """
        self.folder.remove_work()
        first = min(progress.skipped, key=lambda image: image["file"])
        number = "its one image" if progress.total == 1 else f"any of its {progress.total} images"
        raise BoxscopeError(
            f"cannot use {number}, nothing is written; {first['file']}: {first['reason']}",
            self.dataset.annotations,
        )

    def disk_error(self, error: OSError) -> str:
        """Return in one line why the output cannot be written."""
        # Arrow's messages are longer than those of the system.
        reason = os.strerror(error.errno) if error.errno else os_reason(error)
        if isinstance(error, FileNotFoundError | NotADirectoryError):
            return f"{reason}: it, or a part of it, was removed while it was written"
        return reason

    def execute(self, executor: Executor, workers: int = 1) -> Iterator[P]:
        """Run the tasks that earlier runs have not done; the last progress has the state ``done``.

        Parameters
        ----------
        executor : Executor
            See :mod:`core.executors`.
        workers : int
            How many tasks may be under way, twice over, so that no worker waits.

        Yields
        ------
        Progress
            At the start, after every part, and at the end.

        Raises
        ------
        BoxscopeError
            Another run has locked the folder, or left it unfinished with other settings; the output cannot
            be written; a task lost its worker again and again; not one image can be used.
        """
        try:
            self.folder.refuse_foreign_work()  # before the lock, whose file would lie among those of others
            with self.folder.lock():
                self._refuse_foreign()
                finished = self.finished()
                if finished is None:
                    yield from self._execute(executor, workers)
                else:
                    yield finished
        except OSError as error:
            raise BoxscopeError(self.disk_error(error), self.output) from error

    def _refuse_foreign(self) -> None:
        """Raise as :meth:`refuse_foreign`: locked, since another run that goes on changes whose a file is."""
        try:
            self.refuse_foreign()
        except BoxscopeError:
            self.folder.leave()
            raise

    def _execute(self, executor: Executor, workers: int) -> Iterator[P]:
        self._plan()
        stage = self.stage()
        begin, file = time.perf_counter(), ProgressFile(self.folder)
        done = stage.done()
        progress = self._resumed(done)
        # Just before the progress: what the last run counted is among them, and is counted anew from here on.
        self.folder.remove_temporary()
        try:
            file.write(progress)
            yield progress
            if isinstance(executor, Engine):
                executor.require_paths(self.dataset.images_dir, self.folder.work)
            for step in self.prepare(progress, executor, workers):
                progress = replace(step, seconds=time.perf_counter() - begin)
                file.write(progress)
                yield progress
            progress = replace(progress, before=time.perf_counter() - begin)
            with self._marked():
                for counts in stage.run(executor, workers, done):
                    progress = replace(progress.add(counts), seconds=time.perf_counter() - begin)
                    file.write(progress)
                    yield progress
            self._finish(progress)
        except BaseException as error:
            _write_end(file, progress, error)
            raise
        yield replace(progress, state="done", seconds=time.perf_counter() - begin)

    def _plan(self) -> None:
        """Remove parts that a run with other settings left, then write the settings of this one."""
        settings = self.folder.read_plan()
        if settings != self.settings:
            if settings is not None:
                self.refuse_other_settings(settings)
            self.discard()  # also where there is no plan: the settings of such parts are unknown
        self.folder.write_plan(self.settings)

    @contextmanager
    def _marked(self) -> Iterator[None]:
        """Return a context that, left by an error, writes the plan again where someone removed it.

        Without it, the next run takes what this one wrote for files of others, and refuses to replace them.
        """
        try:
            yield
        except BaseException:
            with suppress(OSError, BoxscopeError):
                if self.folder.path.exists() and not self.folder.plan.exists():
                    self.folder.work.mkdir(exist_ok=True)
                    self.folder.write_plan(self.settings)
            raise

    def _resumed(self, done: list[int]) -> P:
        progress = replace(self.start, pid=os.getpid())
        for counts in self.counts(done):
            progress = progress.add(counts)
        progress = progress.resumed()
        return replace(progress, resumed_at=progress.resumed_at + self.begun(done))

    def _finish(self, progress: P) -> None:
        if self.is_empty(progress):
            self.refuse_empty(progress)
        if changed := changes(self.dataset):
            message = (
                f"{' and '.join(changed)} changed while it was written, it would mix two states: nothing is "
                "kept of it, run again"
            )
            self.abandon(replace(progress, state="failed", error=f"{self.output}: {message}"))
            raise BoxscopeError(message, self.output)
        with self._marked():
            self.folder.check_lock()
            self.join(progress)
        self.folder.remove_work()


def _write_end(file: ProgressFile, progress: Progress, error: BaseException) -> None:
    end = replace(progress, state="stopped")
    if isinstance(error, Exception):
        end = replace(progress, state="failed", error=str(error))
    with suppress(OSError, BoxscopeError):  # a full disk, or a folder that is gone
        file.write(end)
