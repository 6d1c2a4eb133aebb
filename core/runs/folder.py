"""The folder of a run: its lock, its settings and its progress, for the next run and for other processes."""

import json
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

from core.errors import BoxscopeError, Unreachable
from core.files import AnyPath, files_at, os_reason
from core.files.atomic import write_json
from core.files.lock import locked

# Names in the work folder: its lock or lease, plan and progress, the parts of tasks, what is kept of tasks
# that are not done, unfinished files.
_OWN = re.compile(
    r"lock|lease|(plan|progress)\.json|(part|offers)-\d+\.(json|parquet)|kept-[\d-]+\.(crops|offers)|.*\.tmp"
)


@dataclass(frozen=True)
class RunFolder:
    """A folder that one run at a time writes in; ``.work/`` in it holds what the next run resumes from.

    Attributes
    ----------
    path : Path or RemotePath
    """

    path: AnyPath

    # Names the writer of the files in the error about a file that it did not write.
    writer: ClassVar[str] = "a run"

    @property
    def work(self) -> AnyPath:
        """Path of the folder with what the next run resumes from, and with all incomplete files."""
        return self.path / ".work"

    @property
    def plan(self) -> AnyPath:
        """Path of the settings of an unfinished run: the mark by which the next run knows its files."""
        return self.work / "plan.json"

    def refuse_foreign_work(self) -> None:
        """Raise if the work folder holds a file that no run wrote: a finished run removes the folder.

        Raises
        ------
        BoxscopeError
            It names the file.
        """
        with self.listing():
            entries = files_at(self.work).entries(strict=True)
        for name in sorted((*entries.files, *entries.folders)):
            if not _OWN.fullmatch(name) or name in entries.links:
                raise BoxscopeError(
                    "no run of Boxscope wrote it, and a run removes this folder at its end: move it away, or "
                    "choose another folder",
                    self.work / name,
                )

    @contextmanager
    def listing(self) -> Iterator[None]:
        """Return a context in which a folder that cannot be listed is an error that names it.

        What lies there is not known: a run might replace a file of someone else.
        """
        try:
            yield
        except Unreachable:
            raise
        except OSError as error:
            raise BoxscopeError(
                f"cannot be read ({os_reason(error)})", error.filename or self.path
            ) from error

    def lock(self) -> AbstractContextManager[None]:
        """Return a context in which this process holds the lock of the folder, see :mod:`core.files.lock`.

        However the process ends, the lock is released.

        Raises
        ------
        BoxscopeError
            Another run writes here, or the folder cannot be written.
        """
        return locked(self.path, self.work)

    def check_lock(self) -> None:
        """Raise if this process has lost the lock of the folder: another run may be writing there.

        Raises
        ------
        BoxscopeError
            Its file was removed, or the lease of a folder behind a URL ran out.
        """
        files_at(self.work).check_lock()

    def leave(self) -> None:
        """Remove what locking the folder made in it, where a run writes nothing there."""
        files_at(self.work).remove_lock()
        files_at(self.path).remove_if_empty()

    @property
    def is_finished(self) -> bool:
        """Whether the folder holds the result of a finished run."""
        return False

    @property
    def state(self) -> str:
        """``running``, ``done``, ``stopped``, ``failed``, or ``empty`` where no run was started.

        A killed run cannot write that it stopped, but its lock is released: the state is then ``stopped``.
        """
        if files_at(self.work).is_locked():
            return "running"
        if self.is_finished:
            return "done"
        progress = self.read_progress()
        if progress is None:
            return "empty"
        if progress["state"] == "running" and files_at(self.work).is_locked():
            return "running"  # it has begun since
        return "failed" if progress["state"] == "failed" else "stopped"

    def read_plan(self) -> dict[str, Any] | None:
        """Return the settings of the unfinished run, None where there is none."""
        plan = self.read_json(self.plan, settings=dict)
        return None if plan is None else plan["settings"]

    def write_plan(self, settings: dict[str, Any]) -> None:
        """Write the settings, by which the next run knows whether it may resume here."""
        write_json(self.plan, {"settings": settings}, self.work)

    def read_progress(self) -> dict[str, Any] | None:
        """Return how far the run is, or was when it stopped; None where there is none."""
        return self.read_json(self.work / "progress.json", state=str, images=int)

    def write_progress(self, progress: dict[str, Any]) -> None:
        """Write how far the run is, for other processes to read.

        Raises
        ------
        BoxscopeError
            The lock of the folder was lost.
        """
        self.check_lock()
        write_json(self.work / "progress.json", progress, self.work)

    def remove_temporary(self) -> None:
        """Remove the incomplete files that a killed run left."""
        files_at(self.work).remove_temporary()

    def remove_work(self) -> None:
        """Remove the work folder of a finished run, and the folder itself if that leaves it empty."""
        files_at(self.work).remove_tree()
        files_at(self.path).remove_if_empty()

    def read_json(self, path: AnyPath, **kinds: type) -> dict[str, Any] | None:
        """Return the object in a JSON file, None where there is no file.

        Parameters
        ----------
        path : Path or RemotePath
        **kinds : type
            Types of the values that the object must have, by their keys.

        Raises
        ------
        BoxscopeError
            It cannot be read, or was not written by a run.
        """
        try:
            value = json.loads(path.read_bytes())
        except FileNotFoundError:
            return None
        except Unreachable:
            raise
        except (OSError, ValueError) as error:
            raise BoxscopeError(f"cannot be read ({error})", path) from error
        if not isinstance(value, dict) or not all(isinstance(value.get(key), kinds[key]) for key in kinds):
            raise BoxscopeError(f"got another file of that name, expected one that {self.writer} wrote", path)
        return value
