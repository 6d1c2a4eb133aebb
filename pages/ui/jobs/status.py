"""How a job stands: what its folder says, never what somebody wrote down."""

from typing import Any, NamedTuple

from core.errors import BoxscopeError
from core.export import ExportFolder
from pages.ui.jobs import process
from pages.ui.jobs.register import Job


class Standing(NamedTuple):
    """How a job stands, as its folder says.

    Attributes
    ----------
    state : str
        ``running``, ``labels`` (they are being written anew), ``done``, ``failed``, ``cancelled``,
        ``broken off`` (killed: nobody could leave word), ``half labelled`` (writing labels anew was broken
        off), ``empty`` (nothing was written), ``gone`` (the folder is).
    counts : dict
        ``images``, ``crops`` and so on, empty where nothing is known.
    error : str
        Why it failed.
    seconds : float or None
        What the last run took, None where it still runs or nothing says so.
    """

    state: str
    counts: dict[str, Any]
    error: str = ""
    seconds: float | None = None

    @property
    def alive(self) -> bool:
        """Whether somebody writes there."""
        return self.state in ("running", "labels")

    @property
    def skipped(self) -> list[dict[str, str]]:
        """``file`` and ``reason`` of each image that could not be used."""
        return list(self.counts.get("skipped", ()))


def standing(job: Job) -> Standing:
    """Return how a job stands."""
    folder = ExportFolder(job.folder)
    if not job.folder.is_dir():
        return Standing("gone", {})
    try:
        return _standing(folder, job)
    except BoxscopeError as error:
        return Standing("failed", {}, str(error))


def _standing(folder: ExportFolder, job: Job) -> Standing:
    state, progress = folder.state, folder.read_progress() or {}
    summary = folder.read_summary() or {"counts": {}}
    half = "relabelling" in summary
    if state == "running":
        return Standing("labels", summary["counts"]) if half else Standing("running", progress)
    if state == "done":
        return Standing("half labelled" if half else "done", summary["counts"], seconds=_took(folder, job))
    if state == "empty":
        return Standing("empty", {}, process.last_line(folder))
    if state == "failed":
        error = progress.get("error") or process.last_line(folder)
        return Standing("failed", progress, error, progress.get("seconds"))
    state = "cancelled" if progress["state"] == "stopped" else "broken off"
    return Standing(state, progress, seconds=progress.get("seconds"))


def _took(folder: ExportFolder, job: Job) -> float | None:
    """Return the seconds from the start to the last word: a run says at its end what it wrote."""
    try:
        return max(process.log_of(folder).stat().st_mtime - job.started, 0.0)
    except OSError:
        return None
