"""The run of an export in the chosen folder: start, progress, cancel, resume."""

import streamlit as st

from core import wording
from core.datasets.restricted import outside
from core.export import ExportConfig, ExportFolder
from pages.ui.jobs import process
from pages.ui.state import session
from pages.ui.state.roots import expect_export_inside, short
from pages.ui.views import notices
from pages.ui.views.export import difference
from pages.ui.views.export.choices import browse
from pages.ui.widgets import progress
from pages.ui.widgets.markdown import code, literal
from pages.ui.widgets.to_copy import to_copy

_REFRESH = 1.0
_START = session.page_key("export", "start")


def is_pressed() -> bool:
    """Return whether this run of the page is to start or resume an export, which should not wait."""
    return bool(session.remembered(_START))


def job(config: ExportConfig, folder: ExportFolder, arguments: list[str], nothing: str = "") -> None:
    """Draw the run in a folder: start, progress, cancel, resume, and the counts of a finished one.

    Parameters
    ----------
    config : ExportConfig
    folder : ExportFolder
    arguments : list of str
        The command line that starts it.
    nothing : str
        Why it would write no crop and cannot be started; empty where it can.
    """
    if folder.state == "running":
        _running(folder, len(config.dataset))
    else:
        _idle(config, folder, arguments, nothing)


@st.fragment(run_every=_REFRESH)
@notices.errors_drawn()
def _running(folder: ExportFolder, images: int) -> None:
    if folder.state != "running":
        st.rerun()
    progress.panel(folder, images)
    pressed = st.button("Cancel", icon=":material/stop_circle:", help=literal(progress.CANCEL))
    if pressed and not process.cancel(folder):
        st.toast("The export has only just started. Try again in a moment.", icon=":material/error:")


def _idle(config: ExportConfig, folder: ExportFolder, arguments: list[str], nothing: str) -> None:
    refused = outside(config.dataset)
    if refused:
        # The run would read them: a process of its own knows no such folders.
        pictures = wording.count(len(refused), "picture")
        text = f"{pictures} outside the folders this app may use, as {code(refused[0])}"
        st.error(f"{text}: `BOXSCOPE_ROOTS` sets them.", icon=":material/folder_off:")
        return
    images = len(config.dataset)
    # A folder without settings may hold an ended run all the same: one that could use no picture.
    state, existing = folder.state, folder.read_settings()
    other = existing if existing != config.settings else None
    differs = other is not None
    if other is not None:
        text = difference.as_markdown(folder, other, config)
        st.warning(
            f"{code(short(folder.path))} holds an export with other settings.  \n{text}",
            icon=":material/difference:",
        )
    if state == "done":
        _finished(folder, differs)
    elif state != "empty":
        st.warning(literal(progress.stopped(folder)), icon=":material/pause_circle:")
        progress.panel(folder, images, live=False)
    if config.dataset.refusals and (differs or state != "done"):
        if not _anyway(config):
            return
        arguments = [*arguments, "--anyway"]
    if differs:
        _overwrite(arguments, folder, images, nothing)
    elif existing is None:
        _start("Start the export", arguments, folder, images, nothing, primary=True)
    elif state != "done":
        _start("Resume", arguments, folder, images, nothing, primary=True)


def _finished(folder: ExportFolder, differs: bool) -> None:
    if not differs:
        st.success("Finished.", icon=":material/check_circle:")
        to_copy(str(folder.path))
    progress.finished(folder)
    st.button(
        "Browse crops",
        icon=":material/photo_library:",
        on_click=browse,
        args=(short(folder.path),),
    )


def _anyway(config: ExportConfig) -> bool:
    """Draw why the export is refused, and return whether the user wants what is certain all the same."""
    st.error(
        literal(f"The export is refused: {'; '.join(config.dataset.refusals)}."), icon=":material/block:"
    )
    return st.checkbox(
        "Export anyway",
        help="Writes what is certain. Images whose truth may lack an object give no negatives.",
    )


def _overwrite(arguments: list[str], folder: ExportFolder, images: int, nothing: str) -> None:
    """Draw the button that overwrites an export, behind a question: the export may have taken days."""
    with st.popover("Overwrite it …", icon=":material/delete_sweep:"):
        st.markdown("Its crops and manifest are removed first. To keep them, choose another output folder.")
        _start("Overwrite with the new settings", [*arguments, "--overwrite"], folder, images, nothing)


def _start(
    label: str, arguments: list[str], folder: ExportFolder, images: int, nothing: str, primary: bool = False
) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(
            label,
            key=_START,
            type="primary" if primary else "secondary",
            icon=":material/play_arrow:",
            disabled=bool(nothing),
        )
        st.caption(literal(nothing) or "Runs in the background; you can close this page.")
    if not pressed:
        return
    with notices.errors_drawn():
        expect_export_inside(folder.path)
        # From what the page knows: the process takes seconds until it can say as much.
        kept = 0 if "--overwrite" in arguments else (folder.read_progress() or {}).get("processed", 0)
        progress.starting(images, kept)
        process.start(arguments, folder)
        st.rerun()
