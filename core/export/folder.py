"""The folder of one export: what lies where, and what that says about its state."""

import json
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from core.errors import BoxscopeError, Unreachable
from core.export.formats import FORMATS
from core.files import AnyPath, files_at
from core.files.atomic import write_json
from core.files.lock import locked

# In the summary: the rule that labels follow now, where it is another; and the one under way, if any.
RELABEL = ("relabelled", "relabelling")


@dataclass(frozen=True)
class ExportFolder:
    """OUT/SPLIT. While a run is unfinished, ``.work/`` in it holds what the next run goes on from.

    Attributes
    ----------
    path : Path or RemotePath
    """

    path: AnyPath

    @property
    def manifest(self) -> AnyPath:
        """A row a crop."""
        return self.path / "manifest.parquet"

    @property
    def summary(self) -> AnyPath:
        """Settings and counts; written last, its presence means complete."""
        return self.path / "export.json"

    @property
    def work(self) -> AnyPath:
        """What an unfinished run leaves for the next one, and all that is not whole yet."""
        return self.path / ".work"

    def part(self, number: int) -> AnyPath:
        """Give the path of a shard's part of the manifest; its presence means the shard is done."""
        return self.work / f"part-{number:06d}.parquet"

    def counts(self, number: int) -> AnyPath:
        """Give the path of what a shard's images offer; see :mod:`core.export.counting`."""
        return self.work / f"offers-{number:06d}.json"

    @property
    def parts_done(self) -> set[int]:
        """The numbers of the shards that are done."""
        return _numbers(self.work.glob("part-*.parquet"))

    @property
    def counts_done(self) -> set[int]:
        """The numbers of the shards whose offers are counted."""
        return _numbers(self.work.glob("offers-*.json"))

    def read_summary(self) -> dict[str, Any] | None:
        """Read the summary of a finished export, None where it is not finished.

        Raises
        ------
        BoxscopeError
            There is a file of that name which is none of ours.
        """
        return _read_json(self.summary, settings=dict, counts=dict)

    def read_finished(self) -> dict[str, Any]:
        """Read the summary of an export whose crops can be read.

        Raises
        ------
        BoxscopeError
            It is not finished, or its labels are half written anew.
        """
        summary = self.read_summary()
        if summary is None:
            raise BoxscopeError("no finished export (no export.json)", self.path)
        if "relabelling" in summary:
            raise BoxscopeError("its relabelling was broken off: relabel again to go on", self.path)
        return summary

    def write_summary(self, summary: dict[str, Any]) -> None:
        """Write the summary, after all else that an export holds is on disk."""
        files_at(self.work).check_lock()
        files_at(self.path).sync_names()
        write_json(self.summary, summary, self.work)
        files_at(self.path).sync_names()

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
        write_json(self.work / "plan.json", {"settings": settings}, self.work)

    def read_progress(self) -> dict[str, Any] | None:
        """Read how far the run is, or was when it stopped; None where there is none."""
        return _read_json(self.work / "progress.json", state=str, images=int)

    def write_progress(self, progress: dict[str, Any]) -> None:
        """Say how far the run is, for whoever looks from another process.

        Raises
        ------
        BoxscopeError
            The folder is not held any more.
        """
        files_at(self.work).check_lock()
        write_json(self.work / "progress.json", progress, self.work)

    def lock(self) -> AbstractContextManager[None]:
        """Hold the folder for this process; however that ends, it comes free, see :mod:`core.files.lock`.

        Raises
        ------
        BoxscopeError
            Another export writes here, or the folder cannot be written.
        """
        return locked(self.path, self.work)

    @property
    def state(self) -> str:
        """Say ``running``, ``done``, ``stopped``, ``failed``, or ``empty`` where no export was started.

        A run that was killed left no word of it: it is stopped, since nobody holds the folder.
        """
        if files_at(self.work).is_locked():
            return "running"
        if self.summary.exists():
            return "done"
        progress = self.read_progress()
        if progress is None:
            return "empty"
        return "failed" if progress["state"] == "failed" else "stopped"

    def sweep(self) -> None:
        """Remove what a killed run left half-written."""
        files_at(self.work).remove_temporary()

    def close(self) -> None:
        """Remove the work folder of a finished run."""
        files_at(self.work).remove_tree()

    def clear(self) -> None:
        """Remove an export, finished or not; files that are none of its own stay."""
        if self.read_settings() is None:
            return
        for path in (self.summary, self.manifest):
            path.unlink(missing_ok=True)
        for pattern in ("*.parquet", "*.json"):
            files_at(self.work).remove_matching(pattern)
        for form in FORMATS.values():  # what an overwrite that was broken off left may be another's
            form.clear(self.path)


def _numbers(paths: Iterable[AnyPath]) -> set[int]:
    return {int(path.stem.rpartition("-")[2]) for path in paths}


def settings_of(summary: dict[str, Any]) -> dict[str, Any]:
    """Give the settings of a finished export, with what was done to its labels since."""
    rules = {key: summary[key] for key in RELABEL if key in summary}
    words = {
        key: f"{'from' if rule['inclusive'] == 'true' else 'above'} {rule['iou']}"
        for key, rule in rules.items()
    }
    return {**summary["settings"], **words}


def _read_json(path: AnyPath, **kinds: type) -> dict[str, Any] | None:
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except Unreachable:
        raise
    except (OSError, ValueError) as error:
        raise BoxscopeError(f"cannot be read ({error})", path) from error
    if not isinstance(value, dict) or not all(isinstance(value.get(key), kinds[key]) for key in kinds):
        raise BoxscopeError("got another file of that name, expected one that an export wrote", path)
    return value
