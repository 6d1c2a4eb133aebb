"""The status of a job, read from its folder and never from the register."""

from typing import Any, NamedTuple

from core.errors import BoxscopeError
from core.export import ExportFolder
from pages.ui.jobs import process
from pages.ui.jobs.register import Job


class JobStatus(NamedTuple):
    """The status of a job.

    Attributes
    ----------
    state : str
        ``running``, ``labels`` (being relabelled), ``done``, ``failed``, ``cancelled``, ``broken off``
        (killed before it could write why), ``half labelled`` (relabelling was interrupted), ``empty``
        (nothing was written), ``gone`` (the folder is missing).
    counts : dict
        ``images``, ``crops`` and so on, empty where nothing is known.
    error : str
        Why it failed.
    seconds : float or None
        Duration of the last run, None where it still runs or the duration is not known.
    """

    state: str
    counts: dict[str, Any]
    error: str = ""
    seconds: float | None = None

    @property
    def alive(self) -> bool:
        """Whether a process writes into the folder."""
        return self.state in ("running", "labels")

    @property
    def skipped(self) -> list[dict[str, str]]:
        """``file`` and ``reason`` of each image that could not be used."""
        return list(self.counts.get("skipped", ()))

    @property
    def no_negatives(self) -> list[dict[str, str]]:
        """``file`` and ``reason`` of each image whose truth may lack an object."""
        return list(self.counts.get("no_negatives", ()))


def job_status(job: Job) -> JobStatus:
    """Return the status of a job."""
    folder = ExportFolder(job.folder)
    if not job.folder.is_dir():
        return JobStatus("gone", {})
    try:
        return _status(folder, job)
    except BoxscopeError as error:
        return JobStatus("failed", {}, str(error))


def _status(folder: ExportFolder, job: Job) -> JobStatus:
    state, progress = folder.state, folder.read_progress() or {}
    summary = folder.read_summary() or {"counts": {}}
    half_labelled = "relabelling" in summary
    if state == "running":
        return JobStatus("labels", summary["counts"]) if half_labelled else JobStatus("running", progress)
    if state == "done":
        state = "half labelled" if half_labelled else "done"
        return JobStatus(state, summary["counts"], seconds=_duration(folder, job))
    if state == "empty":
        return JobStatus("empty", {}, process.last_line(folder))
    if state == "failed":
        error = progress.get("error") or process.last_line(folder)
        return JobStatus("failed", progress, error, progress.get("seconds"))
    # Without a progress, since another run has removed it after the state was asked for.
    state = "cancelled" if progress.get("state", "stopped") == "stopped" else "broken off"
    return JobStatus(state, progress, seconds=progress.get("seconds"))


def _duration(folder: ExportFolder, job: Job) -> float | None:
    """Return the seconds from the start to the last line of the log, which a run writes at its end."""
    try:
        return max(process.log_of(folder).stat().st_mtime - job.started, 0.0)
    except OSError:
        return None
