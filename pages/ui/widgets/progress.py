"""The progress of an export, and the counts of a finished one."""

from typing import Any

import streamlit as st

from core import wording
from core.export import ExportFolder
from pages.ui.widgets.markdown import literal
from pages.ui.widgets.problems import image_list

CANCEL = "Keeps the images that are counted as done; those in progress are lost."
"""What cancelling does: a run keeps its images shard by shard, and counts them when a shard is finished."""


def stopped(progress: dict[str, Any] | None) -> str:
    """Return what a run that has ended early has kept, and why it failed where it did."""
    if progress is None:
        return "Stopped before the first image was done: nothing is kept."
    if progress.get("error"):
        return str(progress["error"])
    done, total = progress["images"] + len(progress["skipped"]), progress["total"]
    if not done:
        return f"Stopped at 0 of {wording.count(total, 'image')}: nothing is kept."
    return f"Stopped at {done:,} of {wording.count(total, 'image')}, {done:,} are kept."


def panel(folder: ExportFolder, live: bool = True) -> None:
    """Draw the progress of a run, `live` while it goes on."""
    progress = folder.read_progress()
    if progress is None:
        st.progress(0.0, text="Starting …")
        return
    bar(progress, live)
    _counts(progress, on_disk(folder, progress))


def bar(progress: dict[str, Any], live: bool = True) -> None:
    """Draw the progress bar of a run and, while it runs, its speed."""
    total = max(progress["total"], 1)
    if is_counting(progress):
        counted = f"{progress['counted']:,} of {progress['total']:,} images"
        text = f"counting: {counted}, for the limits over the whole set"
        st.progress(min(progress["counted"] / total, 1.0), text=text)
        return
    done = progress["images"] + len(progress["skipped"])
    if live and not done:
        st.progress(0.0, text=f"0 of {wording.count(progress['total'], 'image')}: the first are in progress")
        return
    pace = _pace(progress) if live else ""
    st.progress(min(done / total, 1.0), text=f"{done:,} of {progress['total']:,} images{pace}")


def is_counting(progress: dict[str, Any]) -> bool:
    """Return whether a run still counts the candidates of its images, which it does before the first crop."""
    begun = progress["images"] or progress["skipped"]
    return 0 < progress.get("counted", 0) < progress["total"] and not begun


def _pace(progress: dict[str, Any]) -> str:
    if not progress["images_per_second"]:
        return ""
    remaining = progress["seconds_left"]
    text = f" · {progress['images_per_second']:.1f} images/s · {progress['crops_per_second']:,.0f} crops/s"
    return text if remaining is None else f"{text} · {wording.duration(remaining)} left"


def finished(folder: ExportFolder) -> None:
    """Draw the counts of a finished export."""
    summary = folder.read_summary()
    if summary is None:
        return
    _counts(summary["counts"], on_disk(folder, summary["counts"]))
    for kind, name in (("skipped", "skipped"), ("no-negatives", "no_negatives")):
        image_list(summary["counts"].get(name, []), kind, f"finished {kind}")


def on_disk(folder: ExportFolder, counts: dict[str, Any]) -> str:
    """Return the size of the crops as text, or that of the manifest where there are no crops."""
    try:
        return wording.size(counts["bytes"] or folder.manifest.stat().st_size)
    except OSError:
        return wording.size(0)


def _counts(counts: dict[str, Any], size: str) -> None:
    columns = st.columns(5)
    skipped = len(counts["skipped"])
    figures = {"images": counts["images"], "crops": counts["crops"], "positive": counts["positives"]}
    figures |= {"negative": counts["negatives"], "on disk": size}
    for column, (label, value) in zip(columns, figures.items(), strict=True):
        column.metric(literal(label), value if isinstance(value, str) else f"{value:,}", border=True)
    if skipped:
        st.caption(f"{wording.count(skipped, 'image')} skipped so far.")
