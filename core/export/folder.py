"""The folder of one export: what lies where, and what that says about its state."""

import fcntl
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from core.errors import BoxscopeError
from core.export import disk
from core.export.names import is_crop_name, is_shard_name

# In the summary: the rule that labels follow now, where it is another; and the one under way, if any.
RELABEL = ("relabelled", "relabelling")


@dataclass(frozen=True)
class ExportFolder:
    """OUT/SPLIT. While a run is unfinished, ``.work/`` in it holds what the next run goes on from.

    Attributes
    ----------
    path : Path
    """

    path: Path

    @property
    def manifest(self) -> Path:
        """A row a crop."""
        return self.path / "manifest.parquet"

    @property
    def summary(self) -> Path:
        """Settings and counts; written last, its presence means complete."""
        return self.path / "export.json"

    @property
    def work(self) -> Path:
        """What an unfinished run leaves for the next one, and all that is not whole yet."""
        return self.path / ".work"

    def part(self, number: int) -> Path:
        """Give the path of a shard's part of the manifest; its presence means the shard is done."""
        return self.work / f"part-{number:06d}.parquet"

    def counts(self, number: int) -> Path:
        """Give the path of what a shard's images offer; see :mod:`core.export.counting`."""
        return self.work / f"offers-{number:06d}.json"

    def temporary(self, number: int) -> Path:
        """Give the folder where a shard's crops wait until all are written."""
        return self.work / f"crops-{number:06d}"

    def read_summary(self) -> dict[str, Any] | None:
        """Read the summary of a finished export, None where it is not finished.

        Raises
        ------
        BoxscopeError
            There is a file of that name which is none of ours.
        """
        return _read_json(self.summary, settings=dict, counts=dict)

    def write_summary(self, summary: dict[str, Any]) -> None:
        """Write the summary, after all else that an export holds is on disk."""
        disk.sync_names(self.path)
        disk.write_json(self.summary, summary, self.work)
        disk.sync_names(self.path)

    def read_plan(self) -> dict[str, Any] | None:
        """Read the settings of the unfinished run, None where there is none."""
        plan = _read_json(self.work / "plan.json", settings=dict)
        return None if plan is None else plan["settings"]

    def read_settings(self) -> dict[str, Any] | None:
        """Read the settings of the export that lies here, finished or not; None where there is none.

        Where labels were written anew, the rule that they follow now is one of the settings.
        """
        summary = self.read_summary()
        return self.read_plan() if summary is None else settings_of(summary)

    def write_plan(self, settings: dict[str, Any]) -> None:
        """Keep the settings for the run that may have to go on from here."""
        disk.write_json(self.work / "plan.json", {"settings": settings}, self.work)

    def read_progress(self) -> dict[str, Any] | None:
        """Read how far the run is, or was when it stopped; None where there is none."""
        return _read_json(self.work / "progress.json", state=str, images=int)

    def write_progress(self, progress: dict[str, Any]) -> None:
        """Say how far the run is, for whoever looks from another process."""
        disk.write_json(self.work / "progress.json", progress, self.work)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the folder for this process; the system frees it however the process ends.

        Raises
        ------
        BoxscopeError
            Another export writes here, or the folder cannot be written.
        """
        lock = FileLock(self.work / "lock")
        try:
            self.work.mkdir(parents=True, exist_ok=True)
            # A page that looks whether somebody writes here holds the lock for a moment.
            lock.acquire(timeout=1)
        except Timeout:
            raise BoxscopeError(f"{self.path}: another export is writing here") from None
        except OSError as error:
            raise BoxscopeError(f"{self.path}: cannot be written ({error.strerror})") from error
        try:
            yield
        finally:
            lock.release()

    @property
    def state(self) -> str:
        """Say ``running``, ``done``, ``stopped``, ``failed``, or ``empty`` where no export was started.

        A run that was killed left no word of it: it is stopped, since nobody holds the folder.
        """
        if self._busy:
            return "running"
        if self.summary.exists():
            return "done"
        progress = self.read_progress()
        if progress is None:
            return "empty"
        return "failed" if progress["state"] == "failed" else "stopped"

    @property
    def _busy(self) -> bool:
        # Not by FileLock, which makes the file where there is none: in a folder just finished.
        try:
            with (self.work / "lock").open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def sweep(self) -> None:
        """Remove what a killed run left half-written."""
        for path in [*self.work.glob("crops-*"), *self.work.glob("*.tmp")]:
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def close(self) -> None:
        """Remove the work folder of a finished run."""
        shutil.rmtree(self.work)

    def clear(self) -> None:
        """Remove an export, finished or not; files that are none of its own stay."""
        if self.read_settings() is None:
            return
        for path in [self.summary, self.manifest, *self.work.glob("*.parquet"), *self.work.glob("*.json")]:
            path.unlink(missing_ok=True)
        for path in self.path.glob("shard-*"):
            if is_shard_name(path.name):
                path.unlink()
        crops = self.path / "crops"
        for path in crops.rglob("*.*"):
            if path.is_file() and is_crop_name(path.name):
                path.unlink()
        for folder in (*crops.glob("*"), crops):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()


def settings_of(summary: dict[str, Any]) -> dict[str, Any]:
    """Give the settings of a finished export, with what was done to its labels since."""
    rules = {key: summary[key] for key in RELABEL if key in summary}
    words = {
        key: f"{'from' if rule['inclusive'] == 'true' else 'above'} {rule['iou']}"
        for key, rule in rules.items()
    }
    return {**summary["settings"], **words}


def _read_json(path: Path, **kinds: type) -> dict[str, Any] | None:
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise BoxscopeError(f"{path}: cannot be read ({error})") from error
    if not isinstance(value, dict) or not all(isinstance(value.get(key), kinds[key]) for key in kinds):
        raise BoxscopeError(f"{path}: got another file of that name, expected one that an export wrote")
    return value
