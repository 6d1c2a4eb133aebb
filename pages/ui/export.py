"""The parts of the page Export."""

import os
from pathlib import Path

import streamlit as st

from core.cutting import Cut
from core.dataset import CocoDataset
from core.errors import BoxscopeError
from core.export import DatasetKind, Estimate, ExportConfig, ExportFolder
from core.parameters import parameters
from core.sampling import PRESETS, Sampling
from pages.ui import cached, controls, jobs, state
from pages.ui.roots import resolve, short

# How long a page may look at images before it shows its estimate.
_SECONDS = 2.0
_REFRESH = 1.0


# What is asked first; the rest waits in two drawers.
_FIRST = ("negatives_first", "negatives", "ratio", "truth_boxes", "empty_images")
_LOOKS = tuple(spec.name for spec in parameters(Cut))


def sampling_controls(chosen: state.Choice) -> str:
    """Draw what is exported and where to; returns the folder as typed."""
    st.subheader("What is written", divider="gray")
    st.selectbox(
        "Preset",
        list(PRESETS),
        key=state.seed_preset(chosen),
        on_change=state.take_preset,
        placeholder="your own settings",
        help="Sets the label rule on the left and all that stands below.\n\n"
        + "\n\n".join(f"**{name}** {preset.words}" for name, preset in PRESETS.items()),
    )
    st.toggle(
        f"Only the top {chosen.setup.top} of each image" if chosen.setup.top else "Only the proposals shown",
        key=state.seed("export_top", False),
        persist_state="session",
        help="On: no proposal beyond those that Explore shows. Off: all of them. Ranks do not change.",
    )
    names = [spec.name for spec in parameters(Sampling)]
    controls.settings(Sampling(), "sampling", skip=tuple(name for name in names if name not in _FIRST))
    with st.expander("More on which crops"):
        controls.settings(Sampling(), "sampling", skip=(*_FIRST, *_LOOKS))
    with st.expander("How a crop looks"):
        controls.settings(Sampling(), "sampling", skip=tuple(name for name in names if name not in _LOOKS))
    return st.text_input(
        "Output folder",
        key=state.seed("out", chosen.out),
        persist_state="session",
        help="The export lies in its folder train or valid.",
    )


def configuration(dataset: CocoDataset, split: DatasetKind, chosen: state.Choice) -> ExportConfig | None:
    """Make the configuration of the export, or say which settings do not fit together."""
    try:
        return ExportConfig(dataset, split, chosen.export_setup, chosen.sampling)
    except BoxscopeError as error:
        st.error(str(error), icon=":material/tune:")
        return None


def output_folder(text: str, split: DatasetKind) -> Path | None:
    """Resolve the output folder, or say why it cannot be one."""
    try:
        return resolve(text)
    except BoxscopeError as error:
        st.error(str(error), icon=":material/folder_off:")
        return None


def dry_run(config: ExportConfig) -> None:
    """Draw what the export would write."""
    guess = cached.estimate(config, _SECONDS)
    st.subheader("Exactly" if guess.exact else "Estimate", divider="gray")
    about = "" if guess.exact else "≈ "
    columns = st.columns(5)
    columns[0].metric("images", f"{guess.images:,}", border=True)
    columns[1].metric("positive", f"{about}{guess.positives:,}", border=True)
    columns[2].metric("negative", f"{about}{guess.negatives:,}", border=True)
    columns[3].metric("on disk", f"{about}{jobs.size(guess.bytes)}", border=True)
    columns[4].metric("time", f"≈ {jobs.duration(guess.seconds / (os.cpu_count() or 1))}", border=True)
    st.caption(_basis(guess))


def _basis(guess: Estimate) -> str:
    text = f"From {guess.looked_at} of {guess.images} images, scaled up; nothing is written."
    if guess.exact:
        text = f"From all {guess.images} images; nothing is written."
    if guess.skipped:
        text += f" {len(guess.skipped)} of them cannot be used: {guess.skipped[0]['reason']}"
    return text


def job(config: ExportConfig, folder: ExportFolder, words: list[str]) -> None:
    """Draw the run in a folder: start, progress, cancel, resume, the finished numbers."""
    st.subheader("Run", divider="gray")
    st.caption(f"`{short(folder.path)}`")
    if folder.state == "running":
        _running(folder)
    else:
        _idle(config, folder, words)


@st.fragment(run_every=_REFRESH)
def _running(folder: ExportFolder) -> None:
    if folder.state != "running":
        st.rerun()
    jobs.progress_panel(folder)
    if st.button("Cancel", icon=":material/stop_circle:", help="What is finished is kept."):
        jobs.cancel(folder)


def _idle(config: ExportConfig, folder: ExportFolder, words: list[str]) -> None:
    same = folder.read_settings() == config.settings
    if folder.state == "done":
        st.success(
            "Finished." if same else "Finished, with other settings than those chosen now.",
            icon=":material/check_circle:",
        )
        jobs.finished_panel(folder)
    elif folder.state != "empty":
        progress = folder.read_progress() or {}
        st.warning(f"Stopped. {progress.get('error', '')}", icon=":material/pause_circle:")
        jobs.progress_panel(folder)
    if folder.state == "empty":
        _start("Start the export", words, folder, primary=True)
    elif not same:
        _start("Overwrite with the settings chosen now", [*words, "--overwrite"], folder)
    elif folder.state != "done":
        _start("Resume", words, folder, primary=True)


def _start(label: str, words: list[str], folder: ExportFolder, primary: bool = False) -> None:
    if not st.button(label, type="primary" if primary else "secondary", icon=":material/play_arrow:"):
        return
    try:
        with st.spinner("Starting …"):
            jobs.start(words, folder)
    except (BoxscopeError, OSError) as error:
        st.error(str(error), icon=":material/error:")
        return
    st.rerun()
