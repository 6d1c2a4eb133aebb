"""What an export would come to, as far as its dry run knows: figures, boxes by IoU, the contact sheet."""

import os

import streamlit as st

from core import wording
from core.export import DryRun, DryRunState, Estimate, ExportConfig, ExportFolder
from core.export.estimate.sizes import cuts_crops
from pages.ui.state.choices import Choices
from pages.ui.views import notices
from pages.ui.views.export import contact_sheet


@notices.said()
def numbers(config: ExportConfig, tried: DryRun, folder: ExportFolder, growing: bool) -> None:
    """Draw what would be written, in numbers and by IoU; once more when the dry run has come to its end."""
    from pages.ui.widgets import charts  # Plotly: what shows no chart does without it

    found = tried.update(folder, 0.0)
    if growing and found.done:
        st.rerun()
    _figures(config, found)
    # Places that are there whether filled or not: what comes below them stays the same element.
    bar, basis, chart, below = (st.container() for _ in range(4))
    if found.looked_at < found.target:
        words = f"Looked at {found.looked_at:,} of {found.target:,} images; nothing is written."
        bar.progress(found.looked_at / found.target, text=words)
    basis.caption(_basis(config, found.estimate))
    if found.looked_at:
        chart.plotly_chart(
            charts.outcomes_chart(found.outcomes, config.setup.rule),
            width="stretch",
            config=charts.CONFIG,
            alt="Boxes by their best IoU with an object, and what becomes of them.",
        )
        below.caption(_of_how_many(found, "Boxes"))


@notices.said()
def sheet(config: ExportConfig, tried: DryRun, folder: ExportFolder, chosen: Choices) -> None:
    """Draw some crops of what would be written."""
    found = tried.update(folder, 0.0)
    if not found.looked_at:
        st.caption("Looking at the first image …")
        return
    if not found.estimate.crops:
        st.caption("With these settings nothing is written: no crop to show.")
        return
    contact_sheet.sheet(config, found, chosen)
    none = "" if cuts_crops(config) else "No crop is cut: they would look like this. "
    st.caption(none + _of_how_many(found, "Crops"))


def _figures(config: ExportConfig, found: DryRunState) -> None:
    """Draw the figures, each with the ends of its interval."""
    cores = os.cpu_count() or 1
    guess = found.estimate.with_workers(cores)
    sure, weighed = guess.exact or guess.counted, bool(guess.cut) or not guess.crops or not cuts_crops(config)
    drawn = {
        "crops": ("crops", _count, sure, True),
        "positive": ("positives", _count, sure, True),
        "negative": ("negatives", _count, sure, True),
        "on disk": ("bytes", _size, guess.low.bytes == guess.high.bytes, weighed),
        f"time, {wording.count(cores, 'core')}": ("seconds", _duration, False, weighed),
    }
    for column, (label, (name, words, exact, known)) in zip(st.columns(5), drawn.items(), strict=True):
        value, low, high = (words(getattr(part, name)) for part in (guess, guess.low, guess.high))
        range_words = "exact" if exact else _range(low, high)
        known = known and bool(found.looked_at)
        column.metric(
            label,
            ("" if exact else "≈ ") + value if known else "…",
            range_words if known else "not known yet",
            delta_color="off",
            delta_arrow="off",
            border=True,
        )


def _range(low: str, high: str) -> str:
    """Put the ends of an interval into few words."""
    if low == high:
        return "estimate"
    return f"from {low}" if high == "?" else wording.span(low, high)


def _count(number: int | None) -> str:
    return "?" if number is None else f"{number:,}"


def _size(number: int | None) -> str:
    return "?" if number is None else wording.size(number)


def _duration(seconds: float | None) -> str:
    return "?" if seconds is None else wording.duration(seconds)


def _basis(config: ExportConfig, guess: Estimate) -> str:
    if guess.exact:
        text = f"Exact but for disk and time: all {guess.images:,} images were looked at"
    elif guess.counted:
        text = "Exact but for disk and time: the run that was broken off had counted all images"
    else:
        text = (
            f"From {guess.looked_at:,} of {guess.images:,} images, evenly spread; in 95 of 100 cases the "
            "true number lies in the range"
        )
    if not cuts_crops(config):
        text += "; no crop is cut."
    else:
        text += f"; {wording.count(guess.cut, 'crop')} cut to see what one weighs." if guess.cut else "."
    if guess.skipped:
        first = guess.skipped[0]
        text += f" {len(guess.skipped):,} of them cannot be used, as {first['file']}: {first['reason']}"
    return text


def _of_how_many(found: DryRunState, things: str) -> str:
    if found.shown_images == found.estimate.images:
        return ""
    return f"{things} of {found.shown_images:,} of {found.estimate.images:,} images."
