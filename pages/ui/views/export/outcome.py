"""What an export would come to, as far as its dry run knows: figures, boxes by IoU, the contact sheet."""

import os
from dataclasses import replace

import streamlit as st

from core.export import FORMATS, Estimate, ExportConfig, ExportFolder
from core.export.config import shard_count
from pages.ui.state.choice import Choice
from pages.ui.views import notices
from pages.ui.views.export import contact_sheet
from pages.ui.views.export.dry_run import DryRun, Found
from pages.ui.widgets.words import counted, duration, size

# Bytes of a manifest at least, mostly and at most, of a shard and of a row. On CrackForest a shard took
# 3,000, a row 4 with the grid and 15 with selective search. A shard without crops takes none, and boxes at
# random places pack worse.
_SHARD = (1000, 3000, 5000)
_ROW = (3, 15, 40)


@notices.said()
def numbers(config: ExportConfig, tried: DryRun, folder: ExportFolder, growing: bool) -> None:
    """Draw what would be written, in numbers and by IoU; once more when the dry run has come to its end."""
    from pages.ui.widgets import charts  # Plotly: what shows no chart does without it

    found = tried.go_on(folder, 0.0)
    if growing and found.done:
        st.rerun()
    _figures(config, found)
    # Places that are there whether filled or not: what comes below them stays the same element.
    bar, basis, chart, below = (st.container() for _ in range(4))
    if found.looked_at < found.wanted:
        words = f"Looked at {found.looked_at:,} of {found.wanted:,} images; nothing is written."
        bar.progress(found.looked_at / found.wanted, text=words)
    basis.caption(_basis(config, found.estimate))
    if found.looked_at:
        chart.plotly_chart(
            charts.fates_chart(found.fates, config.setup.rule),
            width="stretch",
            config=charts.CONFIG,
            alt="Boxes by their best IoU with an object, and what becomes of them.",
        )
        below.caption(_of_how_many(found, "Boxes"))


@notices.said()
def sheet(config: ExportConfig, tried: DryRun, folder: ExportFolder, chosen: Choice) -> None:
    """Draw some crops of what would be written."""
    found = tried.go_on(folder, 0.0)
    if not found.looked_at:
        st.caption("Looking at the first image …")
        return
    if not found.estimate.crops:
        st.caption("With these settings nothing is written: no crop to show.")
        return
    contact_sheet.sheet(config, found, chosen)
    none = "" if _cuts(config) else "No crop is cut: they would look like this. "
    st.caption(none + _of_how_many(found, "Crops"))


def _cuts(config: ExportConfig) -> bool:
    return FORMATS[config.format].needs_pixels


def _with_manifest(config: ExportConfig, guess: Estimate) -> Estimate:
    """Put the bytes of the manifest where crops would be, if none are cut."""
    if _cuts(config):
        return guess
    shards = shard_count(config)

    def size(end: int, crops: int | None) -> int | None:
        return None if crops is None else min(shards, crops) * _SHARD[end] + crops * _ROW[end]

    return replace(
        guess,
        bytes=size(1, guess.crops),
        low=replace(guess.low, bytes=size(0, guess.low.crops)),
        high=replace(guess.high, bytes=size(2, guess.high.crops)),
    )


def _figures(config: ExportConfig, found: Found) -> None:
    """Draw the figures, each with the ends of its interval."""
    cores = os.cpu_count() or 1
    guess = _with_manifest(config, found.estimate.on(cores))
    sure, weighed = guess.exact or guess.counted, bool(guess.cut) or not guess.crops
    drawn = {
        "crops": ("crops", _count, sure, True),
        "positive": ("positives", _count, sure, True),
        "negative": ("negatives", _count, sure, True),
        "on disk": ("bytes", _size, guess.low.bytes == guess.high.bytes, weighed),
        f"time, {counted(cores, 'core')}": ("seconds", _duration, False, weighed),
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
    """Put the ends of an interval into few words: a unit that both have is said once."""
    if low == high:
        return "estimate"
    if high == "?":
        return f"from {low}"
    number, _, unit = low.partition(" ")
    return f"{number if number == '0' or high.endswith(f' {unit}') else low} – {high}"


def _count(number: int | None) -> str:
    return "?" if number is None else f"{number:,}"


def _size(number: int | None) -> str:
    return "?" if number is None else size(number)


def _duration(seconds: float | None) -> str:
    return "?" if seconds is None else duration(seconds)


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
    if not _cuts(config):
        text += "; no crop is cut."
    else:
        text += f"; {counted(guess.cut, 'crop')} cut to see what one weighs." if guess.cut else "."
    if guess.skipped:
        first = guess.skipped[0]
        text += f" {len(guess.skipped):,} of them cannot be used, as {first['file']}: {first['reason']}"
    return text


def _of_how_many(found: Found, things: str) -> str:
    if found.steady == found.estimate.images:
        return ""
    return f"{things} of {found.steady:,} of {found.estimate.images:,} images."
