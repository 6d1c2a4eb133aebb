"""The view Design of the page Export: which crops, how they are written, and the dry run."""

from typing import Any

import streamlit as st

from core.cutting import Cut
from core.datasets import CocoDataset
from core.export import FORMATS, DatasetKind, ExportConfig, ExportFolder
from core.parameters import parameters
from core.sampling import PRESETS, Sampling
from pages.ui.state import session
from pages.ui.state.choice import Choice
from pages.ui.state.roots import expect_export_inside, resolve_folder, short
from pages.ui.views import notices
from pages.ui.views.export import outcome, run_panel, shared_pictures
from pages.ui.views.export.choices import apply_preset, seed_preset
from pages.ui.views.export.dry_run import dry_run
from pages.ui.views.export_plan import ExportPlan, command, kind, plan, show_command
from pages.ui.widgets import controls
from pages.ui.widgets.markdown import code, literal

# Seconds that a run of the page waits for the dry run before it draws what is known.
_SECONDS = 0.4
_REFRESH = 1.0

_CAPS = ("max_positives", "max_negatives", "set_positives", "set_negatives")
_FURTHER = ("crop_min_side", "crop_nms", "seed")
_CUT = tuple(spec.name for spec in parameters(Cut))


def draw() -> None:
    """Draw the view."""
    chosen = session.choice()
    dataset, split = notices.opened_dataset(chosen), kind(chosen.split)
    with st.container():
        shared_pictures.warn(dataset, chosen)
    settings, run = st.columns([1, 2.4], gap="large")
    with settings, st.container(key=session.part("settings")):
        _which_crops(chosen)
        _how_written()
    chosen, planned = session.choice(), plan()
    with run, st.container(key=session.part("outcome")):
        _outcome(dataset, split, chosen, planned)
    show_command(dataset, chosen, planned)


def _which_crops(chosen: Choice) -> None:
    """Draw the settings of the sampling; one that depends on another is drawn only where it matters."""
    st.subheader("Which crops", divider="gray")
    st.selectbox(
        "Preset",
        list(PRESETS),
        key=seed_preset(chosen, plan()),
        on_change=apply_preset,
        placeholder="none of these",
        help="Sets the label rule on the left and all that stands below; `article` also the proposer and the "
        "order.\n\n"
        + "\n\n".join(f"**{literal(name)}** {preset.description}" for name, preset in PRESETS.items()),
    )
    top = chosen.setup.top
    st.toggle(
        f"Only the top {top:,} of each image" if top else "Only the proposals shown",
        key=session.seed(ExportPlan, "export_top"),
        persist_state="session",
        help="On: no proposal beyond those that Explore shows. Off: all of them. Ranks do not change.",
    )
    negatives = _settings("negatives_first", "negatives")["negatives"]
    if negatives == "bins":
        _settings("bins", "per_bin")
    if _settings("ratio")["ratio"]:
        _settings("ratio_over")
    _settings("truth_boxes", "empty_images")
    with st.expander("Caps"):
        _settings(*_CAPS)
    with st.expander("Boxes near objects"):
        if _settings("jitter")["jitter"]:
            _settings("jitter_shift", "jitter_scale", "jitter_iou")
    with st.expander("Too small, too alike, chance"):
        _settings(*_FURTHER)


def _how_written() -> None:
    """Draw the settings of the crop window, the format and the output folder."""
    st.subheader("How they are written", divider="gray")
    _settings("labels")
    with st.expander("How a crop looks"):
        if _settings(*(name for name in _CUT if name != "quality"))["encoding"] == "jpeg":
            _settings("quality")
    name = st.radio(
        "Format",
        list(FORMATS),
        captions=[item.summary for item in FORMATS.values()],
        key=session.seed(ExportPlan, "format"),
        persist_state="session",
    )
    if FORMATS[name].sharded:
        st.number_input(
            "Images in a shard",
            min_value=1,
            key=session.seed(ExportPlan, "shard_images"),
            persist_state="session",
            help="Their crops make one file. Small shards lose little when a run is killed; large ones make "
            "fewer, larger files.",
        )
    st.text_input(
        "Output folder",
        key=session.seed(ExportPlan, "out"),
        persist_state="session",
        help="The export lies in its folder train or valid.",
    )


def _settings(*names: str) -> dict[str, Any]:
    return controls.settings(Sampling(), "sampling", only=names)


@notices.errors_drawn()
def _outcome(dataset: CocoDataset, split: DatasetKind, chosen: Choice, planned: ExportPlan) -> None:
    """Draw the dry run, the run and the contact sheet, or the error that prevents them."""
    config = ExportConfig(
        dataset,
        split,
        planned.setup(chosen),
        planned.sampling,
        planned.format,
        planned.shards,
    )
    folder = ExportFolder(resolve_folder(planned.out) / split)
    expect_export_inside(folder.path)
    arguments = command(dataset, chosen, planned)
    if folder.state == "running":
        run_panel.job(config, folder, arguments)
        st.caption("The dry run waits for the end of this one: both would want the same cores.")
        return
    st.subheader("What would be written", divider="gray")
    st.caption(
        f"{literal(split)} · {len(dataset):,} images of {code(short(dataset.annotations))} · "
        f"**{chosen.setup.proposer.name}** and the label rule as set on the left"
    )
    trial = dry_run(config)
    state = trial.update(folder, _SECONDS)
    interval = None if state.done else _REFRESH
    st.fragment(outcome.numbers, run_every=interval)(config, trial, folder, interval is not None)
    run_panel.job(config, folder, arguments)
    st.subheader("Contact sheet", divider="gray")
    st.fragment(outcome.sheet, run_every=interval)(config, trial, folder, session.all_choices())
