"""The view Browse of the page Export: the crops of a finished export, filtered, with links to Explore."""

import dataclasses
from contextlib import suppress
from pathlib import Path

import streamlit as st

from core import wording
from core.cli.spelling import as_typed
from core.errors import BoxscopeError
from core.export import ExportFolder
from core.export.gallery import ANY, CropFilter, Gallery
from core.labelling import NEGATIVE, POSITIVE
from core.parameters import parameters
from core.sampling import Source
from pages.ui.components.gallery import gallery
from pages.ui.jobs import register
from pages.ui.server import addresses, open_exports
from pages.ui.state import opened, session
from pages.ui.state.choice import Choice
from pages.ui.state.choices import Choices
from pages.ui.state.roots import resolve, resolve_folder, short
from pages.ui.views import notices
from pages.ui.views.export import origin
from pages.ui.views.export.choices import ExportChoice, seed_browse, seed_filter
from pages.ui.views.export_plan import ExportPlan, kind, plan
from pages.ui.widgets import progress
from pages.ui.widgets.figures import figures
from pages.ui.widgets.histogram import BINS, iou_histogram
from pages.ui.widgets.markdown import code, literal
from pages.ui.widgets.to_copy import to_copy

_REFRESH = 1.0

_SPECS = {spec.name: spec for spec in parameters(CropFilter)}


def draw() -> None:
    """Draw the view Browse of the page Export."""
    known = _known()
    which, numbers, manifest = st.columns([3, 7, 1.4], vertical_alignment="bottom", gap="medium")
    with which, st.container(key=session.part("which")):
        text = _choose(known)
    if not text:
        _nothing_finished(known)
        return
    try:
        folder = _export_in(resolve_folder(text))
    except BoxscopeError as error:
        st.error(literal(error), icon=":material/folder_off:")
        return
    try:
        crops = open_exports.gallery(folder)
    except BoxscopeError as error:
        _unavailable(folder, error)
        return
    with numbers:
        _numbers(folder, crops)
    manifest.link_button(
        "Manifest",
        addresses.manifest(folder),
        icon=":material/download:",
        width="stretch",
        help="manifest.parquet: one row per crop, with box, IoU, label, matched object.",
    )
    has_pixels = crops.format.needs_pixels
    if not len(crops) or not has_pixels:
        alone = "a manifest only, since its format cuts no crops."
        holds = "no crops." if has_pixels else alone
        st.info(f"This export holds {holds}", icon=":material/image_not_supported:")
        return
    st.fragment(_crops)(folder, crops)


def _choose(known: list[Path]) -> str | None:
    """Draw the choice of an export, and return its folder: a known one, or one that the user types."""
    names = [short(folder) for folder in known if (folder / "export.json").is_file()]
    first = session.read(ExportChoice).browse or next(iter(names), None)
    return st.selectbox(
        "Export",
        list(dict.fromkeys([*([first] if first else []), *names])),
        key=seed_browse(first),
        accept_new_options=True,
        placeholder="choose one, or type a folder" if names else "type the folder of a finished export",
        help="Those started from here, and what the output folder holds. Any other: type its folder.",
        persist_state="session",
    )


def _known() -> list[Path]:
    """Return the folders that may hold an export: those of the output folder, then those of the jobs."""
    in_output = []
    try:
        out = resolve(plan().out)
        in_output = [
            out / kind(session.choice().split),
            *sorted(path for path in out.glob("*") if path.is_dir()),
        ]
    except (BoxscopeError, OSError):
        pass  # the view Design shows the error of the output folder
    return list(dict.fromkeys([*in_output, *(job.folder for job in register.listed())]))


def _nothing_finished(known: list[Path]) -> None:
    """Draw that no export is finished, or wait for one that runs."""
    running = next((folder for folder in known if _runs(folder)), None)
    if running:
        _wait(running, "An export is running")
        return
    st.info(
        "No finished export yet. Start one in **Design**, or type the folder of one that is done.",
        icon=":material/photo_library:",
    )


def _runs(folder: Path) -> bool:
    with suppress(BoxscopeError):
        return folder.is_dir() and ExportFolder(folder).state == "running"
    return False


@st.fragment(run_every=_REFRESH)
def _wait(folder: Path, text: str) -> None:
    """Draw that an export is being written, and draw the page again when it is done."""
    if not _runs(folder):
        st.rerun()
    st.info(
        f"{text} in {code(short(folder))}: its crops can be browsed when that is done.",
        icon=":material/hourglass_top:",
    )


def _export_in(folder: Path) -> Path:
    """Return the folder, or where it holds no export, the split in it that does."""
    if not folder.is_dir() or ExportFolder(folder).state != "empty":
        return folder
    return next((path.parent for path in sorted(folder.glob("*/export.json"))), folder)


@notices.errors_drawn()
def _unavailable(folder: Path, error: BoxscopeError) -> None:
    """Draw why an export cannot be browsed, and what can be done."""
    export = ExportFolder(folder)
    state = export.state
    if state == "running":
        has_summary = export.summary.exists()
        _wait(folder, "Labels are being rewritten" if has_summary else "An export is running")
    elif rule := (export.read_summary() or {}).get("relabelling"):
        st.warning(
            "Relabelling was interrupted: some labels are old, some are new. This command completes it:",
            icon=":material/label_off:",
        )
        command = ["-m", "core", "relabel", short(folder), "--positive", rule["iou"]]
        command += ["--inclusive"] if rule["inclusive"] == "true" else []
        command += ["--ignore-inside", rule["ignore_inside"]] if "ignore_inside" in rule else []
        command += ["--ignore-mask", rule["ignore_mask"]] if "ignore_mask" in rule else []
        to_copy(as_typed(command))
    elif state in ("stopped", "failed"):
        st.warning("This export is not finished. Resume it in **Jobs**.", icon=":material/pause_circle:")
    else:
        st.error(literal(error), icon=":material/folder_off:")


def _numbers(folder: Path, crops: Gallery) -> None:
    settings, counts = crops.summary["settings"], crops.summary["counts"]
    figures(
        {
            "images": counts["images"],
            "crops": counts["crops"],
            "positive": int((crops.label == POSITIVE).sum()),
            "negative": int((crops.label == NEGATIVE).sum()),
            "on disk": progress.on_disk(ExportFolder(folder), counts),
            "format": settings["format"],
            "proposer": settings["setup"].get("proposer", "?"),
        }
    )


def _crops(folder: Path, crops: Gallery) -> None:
    """Draw filters, histogram and crops; a filter draws these again, and nothing else."""
    left, right = st.columns([3, 2], gap="large")
    with left, st.container(key=session.part("filters")):
        _filters(crops)
    crop_filter = session.read(ExportChoice).crop_filter
    with right:
        counts = crops.histogram(crop_filter, BINS)
        is_open = crop_filter == CropFilter(iou=crop_filter.iou, order=crop_filter.order)
        title = f"{wording.count(int(counts.sum()), 'crop')}{'' if is_open else ' that match'}, by IoU"
        low, high = crop_filter.iou
        iou_histogram(counts, title, "crop", within=(low, high))
    datasets = opened.datasets()
    source = origin.origin(folder, crops.summary, session.choice(), datasets, datasets)
    if source.reason:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(
                f":material/link_off: {literal(source.reason)}: its crops cannot be opened in Explore.",
                width="content",
            )
            st.page_link("dataset.py", label="Data set", icon=":material/folder_open:", width="content")
    gallery(
        key=session.page_key("export", "gallery"),
        export=folder,
        crop_filter=crop_filter,
        dataset=source.dataset,
        view=None if source.view is None else _link(source.view).spell(),
        top=0 if source.view is None else source.view.of(Choice).setup.top,
    )
    session.save()


def _link(view: Choices) -> Choices:
    """Return the choices of a link to Explore: the way back finds the plan and this export as they were."""
    planned = dataclasses.replace(plan(), sampling=view.of(ExportPlan).sampling)
    return view.replace(planned, session.read(ExportChoice))


def _filters(crops: Gallery) -> None:
    """Draw the controls of the filter; its value is read from the session."""
    _label_and_source(crops)
    _iou_name_and_order()


def _label_and_source(crops: Gallery) -> None:
    positives = int((crops.label == POSITIVE).sum())
    labels = {ANY: len(crops), "positive": positives, "negative": len(crops) - positives}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.segmented_control(
            _SPECS["label"].label,
            list(labels),
            required=True,
            format_func=lambda name: f"{_SPECS['label'].choice_text(name)} {labels[name]:,}",
            key=seed_filter("label"),
            persist_state="session",
        )
        if (crops.source != Source.PROPOSAL).any() or session.read(ExportChoice).crop_filter.source != ANY:
            st.segmented_control(
                _SPECS["source"].label,
                _SPECS["source"].choices,
                required=True,
                format_func=_SPECS["source"].choice_text,
                key=seed_filter("source"),
                help=_SPECS["source"].help,
                persist_state="session",
            )


def _iou_name_and_order() -> None:
    iou, name, order = st.columns(3, vertical_alignment="bottom", gap="medium")
    iou.slider(
        _SPECS["iou"].label,
        0.0,
        1.0,
        step=0.01,
        key=seed_filter("iou"),
        help=_SPECS["iou"].help,
        persist_state="session",
    )
    name.text_input(
        _SPECS["name"].label,
        key=seed_filter("name"),
        placeholder="search file names",
        icon=":material/search:",
        persist_state="session",
    )
    order.selectbox(
        _SPECS["order"].label,
        _SPECS["order"].choices,
        format_func=_SPECS["order"].choice_text,
        key=seed_filter("order"),
        persist_state="session",
    )
