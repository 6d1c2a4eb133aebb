"""The view Jobs of the page Export: all exports that were started from the page, each as a card."""

import shlex
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from core import wording
from core.cli.spelling import as_typed
from core.errors import BoxscopeError
from core.export import DEFAULT_FORMAT, ExportFolder
from pages.ui.jobs import process, register
from pages.ui.jobs.register import Job
from pages.ui.jobs.status import JobStatus, job_status
from pages.ui.server import addresses
from pages.ui.state.roots import expect_export_inside, short
from pages.ui.views.export.choices import (
    browse,
    job_key,
    jobs_page,
    seed_jobs_page,
    show_design,
    use_folder,
)
from pages.ui.widgets import progress
from pages.ui.widgets.figures import figures
from pages.ui.widgets.markdown import code, literal
from pages.ui.widgets.problems import image_list
from pages.ui.widgets.to_copy import to_copy

_REFRESH = 1.0
_PAGE = 10


class _Badge(NamedTuple):
    """The label of a state, its colour and icon, and a help text."""

    label: str
    colour: str
    icon: str
    help: str = ""


_BADGES = {
    "running": _Badge("Running", "blue", "progress_activity"),
    "labels": _Badge("Relabelling", "blue", "label", "Its labels are being rewritten."),
    "done": _Badge("Done", "green", "check_circle"),
    "failed": _Badge("Failed", "red", "error"),
    "cancelled": _Badge(
        "Cancelled",
        "orange",
        "stop_circle",
        "Images that are finished are kept; Resume does the others.",
    ),
    "broken off": _Badge(
        "Broken off",
        "orange",
        "power_off",
        "The process was killed, or the machine went down. Images that are finished are kept; "
        "Resume does the others.",
    ),
    "half labelled": _Badge(
        "Half relabelled",
        "orange",
        "label_off",
        "Rewriting its labels was interrupted; Browse says what to do.",
    ),
    "empty": _Badge("Nothing written", "red", "error"),
    "gone": _Badge(
        "Folder gone", "gray", "folder_off", "It was moved or removed. Remove the job from this list."
    ),
}
_RESUMABLE = ("cancelled", "broken off", "failed", "empty")


def draw() -> None:
    """Draw the view Jobs of the page Export."""
    jobs = [(job, job_status(job)) for job in register.listed()]
    if not jobs:
        _nothing_yet()
        return
    running = [job for job, status in jobs if status.alive]
    rest = [(job, status) for job, status in jobs if not status.alive]
    st.caption(_summary([status.state for _, status in jobs]))
    if running:
        _running(running)
    pages = -(-len(rest) // _PAGE)
    for job, status in rest[_first(pages) :][:_PAGE]:
        with st.container(border=True):
            _card(job, status)
    if pages > 1:
        st.pagination(pages, key=seed_jobs_page(pages))


def _first(pages: int) -> int:
    return (jobs_page(pages) - 1) * _PAGE


def _nothing_yet() -> None:
    with st.container(border=True):
        st.markdown("#### :material/work_history: No jobs yet")
        st.markdown(
            "Exports started in **Design** are listed here, with their progress, counts and errors. "
            "They run in the background, also while the page is closed or the server restarts."
        )
        st.button("To Design", icon=":material/tune:", on_click=show_design)


def _summary(states: list[str]) -> str:
    counts = {name: states.count(name) for name in _BADGES if name in states}
    return " · ".join(f"{count:,} {_BADGES[name].label.lower()}" for name, count in counts.items())


@st.fragment(run_every=_REFRESH)
def _running(running: list[Job]) -> None:
    """Draw the running jobs repeatedly; when one has ended, draw the page again."""
    now = [(job, job_status(job)) for job in running]
    if not all(status.alive for _, status in now):
        st.rerun()
    for job, status in now:
        with st.container(border=True):
            _card(job, status)


def _card(job: Job, status: JobStatus) -> None:
    _title(job, status)
    if status.state == "running" and not status.counts:
        st.progress(0.0, text="Starting …")
    elif status.state in ("running", *_RESUMABLE) and "total" in status.counts:
        progress.bar(status.counts, live=status.state == "running")
    if status.error:
        st.error(literal(status.error), icon=":material/error:")
    if status.counts.get("crops"):
        figures(_numbers(job, status))
    for kind, images in (("skipped", status.skipped), ("no-negatives", status.no_negatives)):
        image_list(images, kind, job_key(kind, job.token))
    with st.container(horizontal=True, gap="small"):
        _actions(job, status)


def _title(job: Job, status: JobStatus) -> None:
    badge = _BADGES[status.state]
    mark = f":{badge.colour}-badge[:material/{badge.icon}: {badge.label}]"
    annotations = job.annotations and short(job.annotations)
    format = job.option("--format") or DEFAULT_FORMAT
    facts = [annotations, job.option("--proposer"), format, f"started {_when(job.started)}"]
    if status.seconds:
        facts.append(f"{'took' if status.state == 'done' else 'ran'} {wording.duration(status.seconds)}")
    text = " · ".join(fact for fact in facts if fact)
    st.markdown(f"{mark} &nbsp; **{literal(short(job.folder))}** &nbsp; :gray[{literal(text)}]")
    if badge.help:
        st.caption(badge.help)


def _when(seconds: float) -> str:
    """Return a time as text, such as ``yesterday 14:05``."""
    then = datetime.fromtimestamp(seconds)
    days = (datetime.now().date() - then.date()).days
    return f"{('today', 'yesterday')[days] if 0 <= days < 2 else f'{then:%Y-%m-%d}'} {then:%H:%M}"


def _numbers(job: Job, status: JobStatus) -> dict[str, int | str]:
    counts = status.counts
    return {
        "images": counts["images"],
        "crops": counts["crops"],
        "positive": counts["positives"],
        "negative": counts["negatives"],
        "written": progress.on_disk(ExportFolder(job.folder), counts),
    }


def _actions(job: Job, status: JobStatus) -> None:
    folder, out = ExportFolder(job.folder), short(job.folder.parent)
    if status.state == "running":
        _button(job, "Cancel", "stop_circle", literal(progress.CANCEL), lambda: _cancel(folder))
    if status.state in _RESUMABLE and _button(
        job, "Resume", "play_arrow", "Continues after the images that are done."
    ):
        _resume(job)
    if status.state in ("done", "half labelled"):
        _button(job, "Browse", "photo_library", "Shows its crops.", lambda: browse(short(job.folder)))
    if status.state == "done":
        help = "manifest.parquet: one row per crop."
        st.link_button("Manifest", addresses.manifest(job.folder), icon=":material/download:", help=help)
    if status.state != "gone" and not status.alive:
        use = lambda: use_folder(out)  # noqa: E731
        _button(job, "Reuse this folder", "drive_file_move", f"Design then writes to {code(out)}.", use)
    if not status.alive:
        help = "Removes it from this list. Its files stay."
        _button(job, "Remove from list", "playlist_remove", help, lambda: register.forget(job))
    with st.popover("Command", icon=":material/terminal:", help="The folder and the command line, to copy."):
        st.caption("Folder")
        to_copy(str(job.folder))
        st.caption("Command")
        to_copy(_as_typed(job))
        st.caption("Log")
        to_copy(str(process.log_of(folder)))


def _button(job: Job, label: str, icon: str, help: str, action: Callable[[], None] | None = None) -> bool:
    return st.button(
        label,
        key=job_key(label, job.token),
        icon=f":material/{icon}:",
        help=help,
        on_click=action,
        type="primary" if label == "Resume" else "secondary",
    )


def _cancel(folder: ExportFolder) -> None:
    if process.cancel(folder):
        st.toast("Stopping. Images that are finished are kept.", icon=":material/stop_circle:")
    else:
        st.toast("It cannot be stopped from here just now. Try again in a moment.", icon=":material/error:")


def _resume(job: Job) -> None:
    try:
        expect_export_inside(job.folder)
        with st.spinner("Starting …"):
            process.resume(job)
    except (BoxscopeError, OSError) as error:
        st.toast(literal(error), icon=":material/error:", duration="long")
        return
    st.rerun()


def _as_typed(job: Job) -> str:
    command = as_typed(list(job.arguments))
    return (
        command
        if job.working_folder == Path.cwd().resolve()
        else f"cd {shlex.quote(str(job.working_folder))}\n{command}"
    )
