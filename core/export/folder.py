"""The folder of one export: what lies where, and what that says about its state."""

from dataclasses import dataclass
from typing import Any, ClassVar

from core.errors import BoxscopeError
from core.export.formats import FORMATS
from core.files import AnyPath, files_at
from core.files.atomic import write_json
from core.runs import Parts, RunFolder

# In the summary: the rule that labels follow now, where it is another; and the one under way, if any.
RELABEL = ("relabelled", "relabelling")


@dataclass(frozen=True)
class ExportFolder(RunFolder):
    """OUT/SPLIT. While a run is unfinished, ``.work/`` in it holds what the next run goes on from.

    Attributes
    ----------
    path : Path or RemotePath
    """

    writer: ClassVar[str] = "an export"

    @property
    def manifest(self) -> AnyPath:
        """A row a crop."""
        return self.path / "manifest.parquet"

    @property
    def summary(self) -> AnyPath:
        """Settings and counts; written last, its presence means complete."""
        return self.path / "export.json"

    @property
    def parts(self) -> Parts:
        """The manifest's rows of each shard; a part means that the shard is done."""
        return Parts(self.work, "part", ".parquet")

    @property
    def offers(self) -> Parts:
        """What the images of each shard offer, see :mod:`core.export.counting`."""
        return Parts(self.work, "offers")

    def read_summary(self) -> dict[str, Any] | None:
        """Return the summary of a finished export, None where it is not finished.

        Raises
        ------
        BoxscopeError
            There is a file of that name which is none of ours.
        """
        return self.read_json(self.summary, settings=dict, counts=dict)

    def read_finished(self) -> dict[str, Any]:
        """Return the summary of an export whose crops can be read.

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
        self.check_lock()
        files_at(self.path).sync_names()
        write_json(self.summary, summary, self.work)
        files_at(self.path).sync_names()

    def read_settings(self) -> dict[str, Any] | None:
        """Return the settings of the export that lies here, finished or not; None where there is none.

        Where labels were written anew, the rule that they follow now is one of the settings.
        """
        summary = self.read_summary()
        return self.read_plan() if summary is None else settings_of(summary)

    @property
    def is_finished(self) -> bool:
        """Whether there is a summary."""
        return self.summary.exists()

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


def settings_of(summary: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a finished export, with what was done to its labels since."""
    rules = {key: summary[key] for key in RELABEL if key in summary}
    words = {
        key: f"{'from' if rule['inclusive'] == 'true' else 'above'} {rule['iou']}"
        for key, rule in rules.items()
    }
    return {**summary["settings"], **words}
