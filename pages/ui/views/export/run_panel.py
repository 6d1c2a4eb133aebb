"""The run of an export in the folder that is chosen: start, progress, cancel, resume."""

import streamlit as st

from core.export import ExportConfig, ExportFolder
from pages.ui.jobs import process
from pages.ui.state.roots import short
from pages.ui.views import notices
from pages.ui.views.export import difference
from pages.ui.views.export.choices import browse
from pages.ui.widgets.progress import finished_panel, progress_panel

_REFRESH = 1.0


def job(config: ExportConfig, folder: ExportFolder, words: list[str]) -> None:
    """Draw the run in a folder: start, progress, cancel, resume, the finished numbers."""
    st.subheader("Run", divider="gray")
    if folder.state == "running":
        _running(folder)
    else:
        _idle(config, folder, words)


@st.fragment(run_every=_REFRESH)
@notices.said()
def _running(folder: ExportFolder) -> None:
    if folder.state != "running":
        st.rerun()
    progress_panel(folder)
    pressed = st.button("Cancel", icon=":material/stop_circle:", help="What is finished is kept.")
    if pressed and not process.cancel(folder):
        st.toast("It has only just begun. Try again in a moment.", icon=":material/error:")


def _idle(config: ExportConfig, folder: ExportFolder, words: list[str]) -> None:
    # No settings, though a run has ended there: it could use no picture, and left nothing but its last word.
    now, there = folder.state, folder.read_settings()
    other = there is not None and there != config.settings
    if other:
        said = difference.words(folder, there, config)
        st.warning(f"Another export lies in `{short(folder.path)}`.  \n{said}", icon=":material/difference:")
    if now == "done":
        _finished(folder, other)
    elif now != "empty":
        progress = folder.read_progress() or {}
        st.warning(f"Stopped. {progress.get('error', '')}", icon=":material/pause_circle:")
        progress_panel(folder)
    if other:
        _overwrite(words, folder)
    elif there is None:
        _start("Start the export", words, folder, primary=True)
    elif now != "done":
        _start("Resume", words, folder, primary=True)


def _finished(folder: ExportFolder, other: bool) -> None:
    if not other:
        st.success("Finished.", icon=":material/check_circle:")
    finished_panel(folder)
    st.button(
        "Look at its crops",
        icon=":material/photo_library:",
        on_click=browse,
        args=(short(folder.path),),
    )


def _overwrite(words: list[str], folder: ExportFolder) -> None:
    """Ask before an export is removed: it may have taken days."""
    with st.popover("Overwrite it …", icon=":material/delete_sweep:"):
        st.markdown("Its crops and manifest are removed first. To keep them, choose another output folder.")
        _start("Overwrite with the settings chosen now", [*words, "--overwrite"], folder)


def _start(label: str, words: list[str], folder: ExportFolder, primary: bool = False) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(label, type="primary" if primary else "secondary", icon=":material/play_arrow:")
        st.caption(f"in `{short(folder.path)}`, in a process of its own: it outlives this page")
    if not pressed:
        return
    with notices.said():
        with st.spinner("Starting …"):
            process.start(words, folder)
        st.rerun()
