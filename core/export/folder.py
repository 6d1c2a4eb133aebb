"""The folder of one export: its files, and its state by which of them exist."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, ClassVar

from core.errors import BoxscopeError
from core.export import ownership
from core.export.formats import FORMATS
from core.files import AnyPath, files_at
from core.files.atomic import write_json
from core.runs import Parts, RunFolder, ticked

# Keys of the summary: the rule of a relabelling, where it is not the export's own; that of one under way.
RELABEL = ("relabelled", "relabelling")
# What is done with an image of a shard, as it is counted until the shard is done.
WRITTEN, COUNTED = "written", "counted"


@dataclass(frozen=True)
class ExportFolder(RunFolder):
    """OUT/SPLIT. While a run is unfinished, ``.work/`` in it holds what the next run resumes from.

    Attributes
    ----------
    path : Path or RemotePath
    """

    writer: ClassVar[str] = "an export"

    @property
    def manifest(self) -> AnyPath:
        """Path of the manifest, a row per crop."""
        return self.path / "manifest.parquet"

    @property
    def summary(self) -> AnyPath:
        """Path of the settings and counts; written last, its presence means complete."""
        return self.path / "export.json"

    @property
    def parts(self) -> Parts:
        """Files with the manifest's rows of each shard; a part means that the shard is done."""
        return Parts(self.work, "part", ".parquet")

    @property
    def offers(self) -> Parts:
        """Files with the offers of each shard's images, see :mod:`core.export.counting`."""
        return Parts(self.work, "offers")

    def read_summary(self) -> dict[str, Any] | None:
        """Return the summary of a finished export, None where it is not finished.

        Raises
        ------
        BoxscopeError
            There is a file of that name that no export wrote.
        """
        return self.read_json(self.summary, settings=dict, counts=dict)

    def read_finished(self) -> dict[str, Any]:
        """Return the summary of an export whose crops can be read.

        Raises
        ------
        BoxscopeError
            It is not finished, or its relabelling is not.
        """
        summary = self.read_summary()
        if summary is None:
            raise BoxscopeError("no finished export (no export.json)", self.path)
        if "relabelling" in summary:
            raise BoxscopeError("its relabelling was broken off: relabel again to go on", self.path)
        return summary

    def read_progress(self) -> dict[str, Any] | None:
        """Return how far the run is, or was when it stopped; None where there is none.

        Returns
        -------
        dict or None
            The fields of :class:`core.export.Progress`, which counts images by finished shards. ``counted``
            includes the images of unfinished shards. So does ``processed``, which is added: they are kept.
        """
        progress = super().read_progress()
        if progress is None:
            return None
        kept = progress["images"] + len(progress.get("skipped", ()))
        total = progress.get("total", kept)
        written = progress.get("resumed_at", 0) + ticked(self.work, WRITTEN)
        counted = progress.get("counted_before", 0) + ticked(self.work, COUNTED)
        progress["processed"] = min(max(kept, written), total)
        progress["counted"] = min(max(progress.get("counted", 0), counted), total)
        return progress

    def write_summary(self, summary: dict[str, Any]) -> None:
        """Write the summary; all other files of the export must be written before."""
        self.check_lock()
        files_at(self.path).sync_names()
        write_json(self.summary, summary, self.work)
        files_at(self.path).sync_names()

    def read_settings(self) -> dict[str, Any] | None:
        """Return the settings of the export in the folder, finished or not; None where there is none.

        After a relabelling, its label rule is one of the settings.
        """
        summary, plan = self._read_marks()
        return plan if summary is None else settings_of(summary)

    def _read_marks(self) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
        """Return the summary and the settings in the plan, None where there is none."""
        summary, plan = self.read_summary(), self.read_plan()
        if summary is None and plan is None:
            summary = self.read_summary()  # a run may have finished between the two
        return summary, plan

    @property
    def is_finished(self) -> bool:
        """Whether the folder holds a summary."""
        return self.summary.exists()

    def clear(self) -> None:
        """Remove an export, finished or not; files that it did not write stay.

        Until all is gone the plan marks the folder: whatever ends the process, the next run knows whose the
        rest is.
        """
        settings = self.read_settings()
        if settings is None:
            return
        if self.is_finished:
            self.work.mkdir(exist_ok=True)
            self.write_plan(settings)
        for path in (self.summary, self.manifest):
            path.unlink(missing_ok=True)
        form = FORMATS.get(settings.get("format", ""))
        if form is not None:
            form.clear(self.path)
        files_at(self.work).remove_matching("*.parquet")
        files_at(self.work).remove_matching("kept-*")
        files_at(self.work).remove_matching("*.json", lambda name: name != self.plan.name)
        self.plan.unlink(missing_ok=True)
        files_at(self.work).remove_if_empty()

    def refuse_foreign(self, stems: Collection[str] | None = None) -> None:
        """Raise if a run would replace or remove a file that no export wrote, see :mod:`.ownership`.

        Parameters
        ----------
        stems : collection of str or None
            What the names of the run's crops start with; None for any.

        Raises
        ------
        BoxscopeError
            It names the file. Overwriting replaces exports, not such files.
        """
        try:
            summary, plan = self._read_marks()
        except BoxscopeError as error:
            if isinstance(error.__cause__, NotADirectoryError):
                raise BoxscopeError("cannot be written (Not a directory)", self.path) from error
            raise
        settings = plan if summary is None else summary["settings"]
        self.refuse_foreign_work()
        with self.listing():
            if settings is None:
                names = files_at(self.work).entries(strict=True).files
                unmarked = [
                    self.work / name for name in names if name.startswith(("part-", "offers-", "kept-"))
                ]
                for path in [self.manifest, *unmarked]:
                    if path.exists():
                        ownership.refuse(path)
            for path in ownership.foreign_crops(self.path, settings, summary, stems):
                ownership.refuse(path)


def settings_of(summary: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a finished export, with the rule of a later relabelling."""
    texts = {key: _rule_text(summary[key]) for key in RELABEL if key in summary}
    return {**summary["settings"], **texts}


def _rule_text(rule: dict[str, str]) -> str:
    threshold = f"{'from' if rule['inclusive'] == 'true' else 'above'} {rule['iou']}"
    limits = (f"{name} {text}" for name, text in rule.items() if name.startswith("ignore_"))
    return ", ".join([threshold, *limits])
