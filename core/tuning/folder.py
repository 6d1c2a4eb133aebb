"""The folder of a search: a line for each trial, readable while the search runs.

========================= ===========================================================================
``tune.json``             ``settings`` that decide the trials, and ``about``: paths, images and objects
                          of the sample, what is searched; written first
``trials.jsonl``          a line for each trial that has ended, see :class:`core.tuning.trial.Trial`
``boxes.json``            boxes fitted to the training split, the baseline ``learned-boxes`` of the report
``report.json``           what the search found, see :mod:`core.tuning.report`; written last, removed when
                          the search goes on
``.work/progress.json``   how far the search is, while it runs or after it was ended
========================= ===========================================================================
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from core.errors import BoxscopeError
from core.files import LockHeld, files_at, os_reason
from core.files.atomic import write_json
from core.runs import RunFolder
from core.tuning.config import differing
from core.tuning.trial import Trial


@dataclass(frozen=True)
class TuneFolder(RunFolder):
    """The folder that a search writes, on a disk.

    Attributes
    ----------
    path : Path
    """

    path: Path

    writer: ClassVar[str] = "a search"

    @property
    def plan(self) -> Path:
        """Path of the settings of the search."""
        return self.path / "tune.json"

    @property
    def trials_path(self) -> Path:
        """Path of the trials, a line each."""
        return self.path / "trials.jsonl"

    @property
    def report_path(self) -> Path:
        """Path of the report."""
        return self.path / "report.json"

    @property
    def is_finished(self) -> bool:
        """Whether the last search came to its end, and was reported."""
        return self.report_path.exists()

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Return a context in which this process alone writes here, see :class:`RunFolder`."""
        try:
            unlock = files_at(self.work).lock()
        except LockHeld:
            raise BoxscopeError("another search is writing here", self.path) from None
        except OSError as error:
            raise BoxscopeError(f"cannot be written ({os_reason(error)})", self.path) from error
        try:
            yield
        finally:
            unlock()

    def begin(self, settings: dict[str, Any], about: dict[str, Any]) -> None:
        """Write the settings of the search, or raise if the folder holds another one.

        Raises
        ------
        BoxscopeError
            It holds the trials of other settings, or files of others.
        """
        present = self.read_plan()
        if present is None:
            self._refuse_foreign()
        elif words := differing(settings, present):
            raise BoxscopeError(
                f"holds the trials of another search, which differs by {words}: choose another folder, or "
                "remove this one",
                self.path,
            )
        write_json(self.plan, {"settings": settings, "about": about}, self.work)

    def _refuse_foreign(self) -> None:
        with self.listing():
            entries = files_at(self.path).entries(strict=True)
        for name in sorted({*entries.files, *entries.folders} - {self.work.name}):
            self.leave()
            raise BoxscopeError(
                "no search wrote it, and a search takes a folder of its own: choose another", self.path / name
            )

    def about(self) -> dict[str, Any] | None:
        """Return what the search is about, None where there is none."""
        found = self.read_json(self.plan, settings=dict, about=dict)
        return None if found is None else found["about"]

    def trials(self) -> list[Trial]:
        """Return the trials so far by number, without a line that a killed search left unfinished."""
        try:
            lines = self.trials_path.read_bytes().split(b"\n")[:-1]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise BoxscopeError(f"cannot be read ({os_reason(error)})", self.trials_path) from error
        try:
            found = {trial.number: trial for trial in (Trial.of(json.loads(line)) for line in lines)}
        except (ValueError, TypeError, KeyError) as error:
            raise BoxscopeError("got a line that no search wrote", self.trials_path) from error
        return [found[number] for number in sorted(found)]

    def append(self, trials: list[Trial]) -> None:
        """Write the lines of trials that have ended; one that is not whole does not count."""
        self.check_lock()
        text = "".join(f"{json.dumps(trial.as_dict())}\n" for trial in trials)
        with open(self.trials_path, "ab") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())

    def mend(self) -> None:
        """Remove a line that a killed search left unfinished."""
        try:
            with open(self.trials_path, "r+b") as file:
                data = file.read()
                file.truncate(data.rfind(b"\n") + 1)
        except FileNotFoundError:
            return

    def remove_report(self) -> None:
        """Remove the report of the trials so far: more are to come."""
        self.report_path.unlink(missing_ok=True)

    def write_report(self, report: dict[str, Any]) -> None:
        """Write the report, complete or not at all."""
        write_json(self.report_path, report, self.work)

    def report(self) -> dict[str, Any] | None:
        """Return the report, None where there is none."""
        return self.read_json(self.report_path, best=dict, front=list)
