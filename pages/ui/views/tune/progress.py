"""How far a search is, and what ends it or goes on with it."""

from typing import Any

import streamlit as st

from core import wording
from core.tuning.watching import Watched
from pages.ui.jobs import searches
from pages.ui.state.roots import short
from pages.ui.widgets.markdown import code, literal

_TEXTS = {"done": "Done", "stopped": "Ended before its time", "failed": "Failed", "running": "Running"}


def draw(search: Watched, state: str) -> None:
    """Draw it; `state` is that of the folder."""
    progress = search.folder.read_progress() or {}
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.markdown(f"**{_TEXTS.get(state, state)}** · {_counts(search, progress)}", width="content")
        if state == "running":
            st.button("Cancel", icon=":material/stop:", on_click=searches.cancel, args=(search.folder,))
    if state == "running":
        st.progress(_share(progress), text=literal(_left(progress)))
    if state == "failed":
        text = progress.get("error") or searches.last_line(search.folder)
        st.error(literal(text), icon=":material/error:")
    elif state == "stopped":
        st.caption(
            "What has ended is kept. *Start* with the same settings goes on; more minutes may be given. The "
            f"report comes at the end. Its folder is {code(short(search.folder.path))}."
        )
    if skipped := progress.get("skipped"):
        st.caption(f"{wording.count(len(skipped), 'image')} could not be measured and are left out.")


def _counts(search: Watched, progress: dict[str, Any]) -> str:
    pruned = sum(trial.state == "pruned" for trial in search.trials)
    early = f", {pruned:,} of them ended early" if pruned else ""
    parts = [f"{wording.count(len(search.trials), 'trial')}{early}"]
    if search.best is not None:
        recall = search.best.recall(search.budget)
        parts.append(f"best AR@{search.budget:,} {recall:.3f}, front of {len(search.front)}")
    seconds = progress.get("elapsed")
    if seconds:
        parts.append(f"{wording.duration(seconds)} on {len(search.about['images']):,} images")
    return literal(" · ".join(parts))


def _share(progress: dict[str, Any]) -> float:
    if progress.get("to_measure"):
        return min(float(progress["measured"] / progress["to_measure"]), 1.0)
    minutes = progress.get("minutes")
    return min(float(progress.get("elapsed", 0.0)) / (60 * minutes), 1.0) if minutes else 0.0


def _left(progress: dict[str, Any]) -> str:
    if progress.get("to_measure"):
        return f"report: {progress['measured']:,} of {progress['to_measure']:,} images of the valid split"
    left = progress.get("seconds_left")
    return f"{wording.duration(max(left, 1))} left, then the report" if left else "the report is next"
