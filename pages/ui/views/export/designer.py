"""The view Design of the page Export.

It reads from top to bottom: sampling preset, format and folder, what would be written, start. All other
settings are below, beside the boxes by IoU and sample crops.
"""

from contextlib import suppress
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.cutting import Cut
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.export import FORMATS, DatasetKind, ExportConfig, ExportFolder
from core.parameters import parameters
from core.sampling import ARTICLE_TITLE, ARTICLE_URL, PRESETS, Sampling
from pages.ui.state import session
from pages.ui.state.choice import Choice
from pages.ui.state.roots import expect_export_inside, from_home, resolve_folder
from pages.ui.views import notices, orders
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
    head = st.container(key=session.part("head"))
    settings, details = st.columns([1, 2.4], gap="large")
    with head:
        _main_settings(split)
    with settings, st.container(key=session.part("settings")):
        _sampling(dataset, chosen)
        _crops()
    chosen, planned = session.choice(), plan()
    _outcome(dataset, split, chosen, planned, head, details.container(key=session.part("outcome")))
    show_command(dataset, chosen, planned)


def _main_settings(split: DatasetKind) -> None:
    """Draw the settings that every export needs: sampling preset, format and folder."""
    preset, format, folder = st.columns([1, 1.4, 1.4])
    preset.selectbox(
        "Sampling preset",
        list(PRESETS),
        key=seed_preset(session.choice(), plan()),
        on_change=apply_preset,
        placeholder="custom settings",
        help="Sets the label rule and which proposals become crops, and nothing of the proposals themselves: "
        f"those are the *Preset* on the left. `article` is after [{ARTICLE_TITLE}]({ARTICLE_URL}).\n\n"
        + "\n\n".join(f"**{literal(name)}** {preset.description}" for name, preset in PRESETS.items()),
    )
    format.selectbox(
        "Format",
        list(FORMATS),
        format_func=lambda name: f"{name}: {FORMATS[name].summary}",
        key=session.seed(ExportPlan, "format"),
        persist_state="session",
        help="\n\n".join(f"**{literal(name)}** {item.summary}" for name, item in FORMATS.items()),
    )
    folder.text_input(
        "Output folder",
        key=session.seed(ExportPlan, "out"),
        persist_state="session",
        help=f"The export is written to its subfolder {code(split)}.",
    )
    with suppress(BoxscopeError):  # drawn where the numbers would be
        st.caption(f"Writes to {code(from_home(resolve_folder(plan().out) / split))}.")


def _sampling(dataset: CocoDataset, chosen: Choice) -> None:
    """Draw the settings of the sampling; one that depends on another is drawn only where it matters."""
    st.subheader("Sampling", divider="gray")
    top = chosen.setup.top
    st.toggle(
        f"Only the top {top:,} of each image" if top else "Only the proposals shown",
        key=session.seed(ExportPlan, "export_top"),
        persist_state="session",
        help="On: no proposal beyond those that Explore shows. Off: all of them. Ranks do not change.",
    )
    orders.draw(dataset, chosen)
    negatives = _settings("negatives_first", "negatives")["negatives"]
    if negatives == "bins":
        _settings("bins", "per_bin")
    if _settings("ratio")["ratio"]:
        _settings("ratio_over")
    _settings("truth_boxes", "empty_images")
    with st.expander("Limits"):
        _settings(*_CAPS)
    with st.expander("Augmentation: jittered ground truth"):
        if _settings("jitter")["jitter"]:
            _settings("jitter_shift", "jitter_scale", "jitter_iou")
    with st.expander("Minimum size, deduplication, seed"):
        _settings(*_FURTHER)


def _crops() -> None:
    """Draw the settings of the crops and their files."""
    st.subheader("Crops", divider="gray")
    _settings("labels")
    with st.expander("Crop geometry and encoding"):
        if _settings(*(name for name in _CUT if name != "quality"))["encoding"] == "jpeg":
            _settings("quality")
    if FORMATS[plan().format].sharded:
        st.number_input(
            "Images per shard",
            min_value=1,
            key=session.seed(ExportPlan, "shard_images"),
            persist_state="session",
            help="The crops of this many images make one file. With small shards an interrupted run loses "
            "little; large ones make fewer, larger files.",
        )


def _settings(*names: str) -> dict[str, Any]:
    return controls.settings(Sampling(), "sampling", only=names)


def _outcome(
    dataset: CocoDataset,
    split: DatasetKind,
    chosen: Choice,
    planned: ExportPlan,
    head: DeltaGenerator,
    details: DeltaGenerator,
) -> None:
    """Draw dry run and run at the head, boxes and crops as details; or the error that prevents them."""
    with head, notices.errors_drawn():
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
            st.caption("The estimate is paused while the export runs.")
            return
        trial = dry_run(config)
        state = trial.update(folder, 0.0 if run_panel.is_pressed() else _SECONDS)
        interval = None if state.done else _REFRESH
        st.fragment(outcome.numbers, run_every=interval)(config, trial, folder, interval is not None)
        run_panel.job(config, folder, arguments, state.why_nothing)
        with details:
            st.fragment(outcome.details, run_every=interval)(config, trial, folder, session.all_choices())
