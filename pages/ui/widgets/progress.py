"""The progress of an export, and the counts of a finished one."""

from typing import Any

import streamlit as st

from core import wording
from core.export import ExportFolder
from pages.ui.widgets.markdown import literal
from pages.ui.widgets.problems import image_list

CANCEL = "Images that are finished are kept: Resume does the others."
"""What cancelling does."""


def stopped(folder: ExportFolder) -> str:
    """Return what a run that has ended early has kept, and why it failed where it did."""
    progress = folder.read_progress()
    if progress is None:
        return "Stopped before the first image was done: nothing is kept."
    if progress.get("error"):
        return str(progress["error"])
    kept, total = progress["processed"], wording.count(progress["total"], "image")
    if progress["counted"] and not kept:
        counted = f"{progress['counted']:,}"
        return (
            f"Stopped after counting {counted} of {total}, before the first crop; {counted} are kept. "
            "Resume does the others."
        )
    if not kept:
        return f"Stopped before the first of {total} was done: nothing is kept."
    return f"Stopped at {kept:,} of {total}, kept {kept:,}. Resume does the others."


def _in_shards(progress: dict[str, Any]) -> int:
    """Return the images of finished shards, skipped ones included."""
    return int(progress["images"]) + len(progress["skipped"])


def starting(images: int, kept: int = 0) -> None:
    """Draw the progress of a run over a number of images, some of them kept, before its process begins."""
    st.progress(
        min(kept / max(images, 1), 1.0), text=f"{kept:,} of {wording.count(images, 'image')}: starting"
    )


def panel(folder: ExportFolder, images: int, live: bool = True) -> None:
    """Draw the progress of a run over a number of images, `live` while it goes on."""
    progress = folder.read_progress()
    if progress is None:
        starting(images)
        return
    bar(progress, live)
    _counts(progress, on_disk(folder, progress))
    if progress["processed"] > _in_shards(progress):
        st.caption("These numbers are of finished groups of images; the bar counts the others too.")


def bar(progress: dict[str, Any], live: bool = True) -> None:
    """Draw the progress bar of a run and, while it runs, its speed."""
    total = max(progress["total"], 1)
    if is_counting(progress):
        counted = f"{progress['counted']:,} of {progress['total']:,} images"
        text = f"counting: {counted}, for the limits over the whole set"
        st.progress(min(progress["counted"] / total, 1.0), text=text)
        return
    done = progress["processed"]
    images = wording.count(progress["total"], "image")
    if live and not done:
        st.progress(0.0, text=f"0 of {images}: the first are in progress")
        return
    text = f"{done:,} of {images}{_pace(progress)}" if live else f"{done:,} of {images} kept"
    st.progress(min(done / total, 1.0), text=text)


def is_counting(progress: dict[str, Any]) -> bool:
    """Return whether a run still counts the candidates of its images, which it does before the first crop."""
    return 0 < progress["counted"] < progress["total"] and not progress["processed"]


def _pace(progress: dict[str, Any]) -> str:
    if not progress["images_per_second"]:
        return ""
    remaining = (progress["total"] - progress["processed"]) / progress["images_per_second"]
    text = f" · {progress['images_per_second']:.1f} images/s · {progress['crops_per_second']:,.0f} crops/s"
    return f"{text} · {wording.duration(remaining)} left"


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
