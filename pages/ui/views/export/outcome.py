"""What an export would write, as estimated by its dry run: figures, boxes by IoU, sample crops."""

import os

import streamlit as st

from core import wording
from core.export import DryRun, DryRunState, Estimate, ExportConfig, ExportFolder
from core.export.estimate.sizes import cuts_crops
from core.export.incomplete import without_masks
from pages.ui.components.chart import chart
from pages.ui.state import session
from pages.ui.state.choices import Choices
from pages.ui.views import notices
from pages.ui.views.export import contact_sheet
from pages.ui.widgets import charts
from pages.ui.widgets.figures import figures
from pages.ui.widgets.markdown import literal


@notices.errors_drawn()
def numbers(config: ExportConfig, trial: DryRun, folder: ExportFolder, growing: bool) -> None:
    """Draw what would be written, in numbers, and the page again once the dry run is done."""
    state = trial.update(folder, 0.0)
    if growing and state.done:
        st.rerun()
    _figures(config, state)
    # Containers that are always there, filled or not, so that the elements below keep their position.
    classes, bar, basis = (st.container() for _ in range(3))
    if config.classes.by_category and state.looked_at:
        with classes:
            _by_class(config, state)
    if state.looked_at < state.target:
        text = f"Estimating: {state.looked_at:,} of {state.target:,} images. Nothing is written."
        bar.progress(state.looked_at / state.target, text=text)
    basis.caption(_basis(config, state.estimate))


@notices.errors_drawn()
def details(config: ExportConfig, trial: DryRun, folder: ExportFolder, chosen: Choices) -> None:
    """Draw the boxes by IoU, and some crops of what would be written."""
    state = trial.update(folder, 0.0)
    st.subheader("Boxes by IoU", divider="gray")
    if not state.looked_at:
        st.caption("Looking at the first image …")
        return
    chart(
        key=session.page_key("export", "outcomes"),
        figure=charts.outcomes_chart(state.outcomes, state.inside, config.setup.rule),
        label="Boxes by their highest IoU with an object, and what becomes of them.",
    )
    st.caption(f"{literal(state.inside.text())} {_of_how_many(state, 'Boxes')}")
    if remark := without_masks(config.dataset, config.setup.rule):
        st.caption(f"{literal(remark)}.")
    st.subheader("Sample crops", divider="gray")
    if not state.estimate.crops:
        st.caption("With these settings no crop is written.")
        return
    contact_sheet.sheet(config, state, chosen)
    none = "" if cuts_crops(config) else "This format cuts no crops; they would look like this. "
    st.caption(none + _of_how_many(state, "Crops"))


def _figures(config: ExportConfig, state: DryRunState) -> None:
    """Draw the figures, each with the bounds of its interval."""
    cores = os.cpu_count() or 1
    estimate = state.estimate.with_workers(cores)
    is_exact = estimate.exact or estimate.counted
    has_size = bool(estimate.cut) or not estimate.crops or not cuts_crops(config)
    drawn = {
        "crops": ("crops", _count, is_exact, True),
        "positive": ("positives", _count, is_exact, True),
        "negative": ("negatives", _count, is_exact, True),
        "on disk": ("bytes", _size, estimate.low.bytes == estimate.high.bytes, has_size),
        f"time, {wording.count(cores, 'core')}": ("seconds", _duration, False, has_size),
    }
    for column, (label, (name, text_of, exact, known)) in zip(st.columns(5), drawn.items(), strict=True):
        value, low, high = (text_of(getattr(part, name)) for part in (estimate, estimate.low, estimate.high))
        range_text = "exact" if exact else _range(low, high)
        known = known and bool(state.looked_at)
        column.metric(
            literal(label),
            ("" if exact else "≈ ") + value if known else "…",
            range_text if known else "not known yet",
            delta_color="off",
            delta_arrow="off",
            border=True,
        )


def _by_class(config: ExportConfig, state: DryRunState) -> None:
    """Draw how many crops of each class would be written."""
    about = "" if state.estimate.exact else "≈ "
    names = [f"{number} {name}" for number, name in enumerate(config.classes.names)]
    counts = [f"{about}{count:,}" for count in state.estimate.by_class]
    figures(dict(zip(names, counts, strict=True)))


def _range(low: str, high: str) -> str:
    """Return a short text on an interval."""
    if low == high:
        return "estimate"
    return f"from {low}" if high == "?" else wording.span(low, high)


def _count(number: int | None) -> str:
    return "?" if number is None else f"{number:,}"


def _size(number: int | None) -> str:
    return "?" if number is None else wording.size(number)


def _duration(seconds: float | None) -> str:
    return "?" if seconds is None else wording.duration(seconds)


def _basis(config: ExportConfig, estimate: Estimate) -> str:
    if estimate.exact:
        text = f"Counts are exact (all {wording.count(estimate.images, 'image')})."
    elif estimate.counted:
        text = "Counts are exact: the interrupted export had counted all images."
    else:
        text = (
            f"Estimated from {estimate.looked_at:,} of {estimate.images:,} images, evenly spread, with 95 % "
            "confidence intervals."
        )
    if not cuts_crops(config):
        text += " This format cuts no crops."
    elif estimate.cut:
        text += f" Size estimated from {wording.count(estimate.cut, 'sample crop')}."
    for images, what in ((estimate.skipped, "cannot be used"), (estimate.no_negatives, "give no negatives")):
        if images:
            first = f"{images[0]['file']}: {images[0]['reason']}"
            number = f"{len(images):,} of {wording.count(estimate.looked_at, 'image')}"
            text += f" {number} {literal(what)}, for example {literal(first)}."
    return text


def _of_how_many(state: DryRunState, things: str) -> str:
    if state.shown_images == state.estimate.images:
        return ""
    return f"{things} of {state.shown_images:,} of {state.estimate.images:,} images."
