"""The progress of an export, and the counts of a finished one."""

from typing import Any

import streamlit as st

from core import wording
from core.export import ExportFolder
from pages.ui.widgets.markdown import literal
from pages.ui.widgets.problems import image_list

CANCEL = "Images are kept in groups, each once it is finished. Those of an unfinished one are done again."
"""What cancelling does: a run keeps its images shard by shard."""


def stopped(folder: ExportFolder) -> str:
    """Return what a run that has ended early has kept, and why it failed where it did."""
    progress = folder.read_progress()
    if progress is None:
        return "Stopped before the first image was done: nothing is kept."
    if progress.get("error"):
        return str(progress["error"])
    kept, done, total = _kept(progress), progress["processed"], wording.count(progress["total"], "image")
    if is_counting(progress):
        return f"Stopped after counting {progress['counted']:,} of {total}, before the first crop."
    text = f"Stopped after {done:,} of {total}; {f'{kept:,} are' if kept else 'none is'} kept"
    if done == kept:
        return f"{text}."
    size = (folder.read_settings() or {}).get("shard_images", 1)
    return f"{text}, since images are kept in groups of {size:,}. Resume does the others again."


def _kept(progress: dict[str, Any]) -> int:
    """Return the images of finished shards, skipped ones included."""
    return int(progress["images"]) + len(progress["skipped"])


def panel(folder: ExportFolder, live: bool = True) -> None:
    """Draw the progress of a run, `live` while it goes on."""
    progress = folder.read_progress()
    if progress is None:
        st.progress(0.0, text="Starting …")
        return
    bar(progress, live)
    _counts(progress, on_disk(folder, progress))
    if live and progress["processed"] > _kept(progress):
        st.caption("These numbers are of finished groups of images.")


def bar(progress: dict[str, Any], live: bool = True) -> None:
    """Draw the progress bar of a run and, while it runs, its speed."""
    total = max(progress["total"], 1)
    if is_counting(progress):
        counted = f"{progress['counted']:,} of {progress['total']:,} images"
        text = f"counting: {counted}, for the limits over the whole set"
        st.progress(min(progress["counted"] / total, 1.0), text=text)
        return
    done = progress["processed"] if live else _kept(progress)
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
