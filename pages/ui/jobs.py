"""The panel of an export that runs in a process of its own, and its start and end.

The page only reads what the run writes beside its output, so a reload, a second tab and a restart of
the server see the same run.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import streamlit as st

from core.errors import BoxscopeError
from core.export import ExportFolder

_PROJECT = Path(__file__).parents[2]


def start(words: list[str], folder: ExportFolder) -> None:
    """Start an export in a process that outlives this server.

    Parameters
    ----------
    words : list of str
        The command behind the name of Python, see :func:`core.options.export_command`.
    folder : ExportFolder
        Where it will write; its words go to a file of its name and ``.log`` beside it.
    """
    folder.path.mkdir(parents=True, exist_ok=True)
    log = folder.path.parent / f"{folder.path.name}.log"
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(_PROJECT), os.environ.get("PYTHONPATH", "")]),
    }
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, *words],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
            env=environment,
        )
    _wait_for_start(process, folder, log)


def _wait_for_start(process: "subprocess.Popen[bytes]", folder: ExportFolder, log: Path) -> None:
    """Wait until the run holds its folder, so that the page that redraws shows it."""
    for _ in range(100):
        if folder.state == "running":
            return
        try:
            code = process.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            continue
        if code:
            raise BoxscopeError(
                (log.read_text().strip().splitlines() or [f"the export ended with code {code}"])[-1]
            )
        return


def cancel(folder: ExportFolder) -> None:
    """Ask the run to stop; what it has finished is kept, and the next run goes on from there."""
    progress = folder.read_progress()
    if folder.state == "running" and progress:
        os.kill(progress["pid"], signal.SIGTERM)


def progress_panel(folder: ExportFolder) -> None:
    """Draw how far the run is; redraws itself while it runs."""
    progress = folder.read_progress()
    if progress is None:
        st.progress(0.0, text="Starting …")
        return
    done = progress["images"] + len(progress["skipped"])
    st.progress(done / max(progress["total"], 1), text=_pace(progress, done))
    _counts(progress)


def _pace(progress: dict[str, Any], done: int) -> str:
    left = progress["seconds_left"]
    return (
        f"{done} of {progress['total']} images · {progress['images_per_second']:.1f} images/s · "
        f"{progress['crops_per_second']:.0f} crops/s" + ("" if left is None else f" · {duration(left)} left")
    )


def finished_panel(folder: ExportFolder) -> None:
    """Draw the numbers of a finished export."""
    summary = folder.read_summary()
    if summary is None:
        return
    _counts(summary["counts"])
    skipped = summary["counts"]["skipped"]
    if skipped:
        st.warning(f"{len(skipped)} images could not be used.", icon=":material/warning:")
        st.dataframe(skipped, hide_index=True, width="stretch")


def _counts(counts: dict[str, Any]) -> None:
    columns = st.columns(5)
    skipped = len(counts["skipped"])
    words = {"images": counts["images"], "crops": counts["crops"], "positive": counts["positives"]}
    words |= {"negative": counts["negatives"], "on disk": size(counts["bytes"])}
    for column, (label, value) in zip(columns, words.items(), strict=True):
        column.metric(label, value if isinstance(value, str) else f"{value:,}", border=True)
    if skipped:
        st.caption(f"{skipped} images skipped so far.")


def size(count: float) -> str:
    """Give a number of bytes as a person reads it."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def duration(seconds: float) -> str:
    """Give a time as a person reads it."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
