"""The page Tune: a search for the settings of a proposer that fit the data set, as it runs and afterwards."""

import html
import time

import streamlit as st

from core import wording
from core.datasets import CocoDataset
from core.tuning.watching import Watched, searches
from pages.ui.jobs.searches import parent
from pages.ui.state import session
from pages.ui.state.choice import Choice
from pages.ui.state.known import set_name
from pages.ui.views import notices, orders, titles
from pages.ui.views.tune import front, new_search, picked, progress, report
from pages.ui.views.tune.choices import TuneChoice

# Seconds between two drawings while a search runs.
_REFRESH = 1.0


def draw() -> None:
    """Draw the page."""
    chosen = session.choice()
    dataset = notices.opened_dataset(chosen)
    titles.show("Tune")
    _head(dataset, chosen)
    orders.draw(dataset, chosen)
    found = searches([parent()], dataset)
    new_search.draw(dataset, chosen, is_open=not found)
    if found:
        shown = _chosen(found)
        state = shown.folder.state
        st.fragment(_view, run_every=_REFRESH if state == "running" else None)(dataset, chosen, shown, state)
    else:
        st.caption("No search of this split yet.")
    session.save()


def _head(dataset: CocoDataset, chosen: Choice) -> None:
    images, objects = len(dataset), int(dataset.object_counts.sum())
    counts = f"{wording.count(images, 'image')}, {wording.count(objects, 'object')}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title("Tune", width="content")
        st.html(f'<p class="progress"><b>{html.escape(set_name(chosen.dataset))}</b> {counts}</p>')


def _chosen(found: list[Watched]) -> Watched:
    """Return the search that is shown, after drawing a choice where there are several."""
    names = {each.folder.path.name: each for each in found}
    wanted = session.read(TuneChoice).search
    if wanted not in names:
        wanted = next(iter(names))
        session.choose(TuneChoice, search=wanted)
    if len(names) > 1:
        st.selectbox(
            "Search",
            list(names),
            format_func=lambda name: _title(names[name]),
            key=session.seed(TuneChoice, "search"),
            on_change=lambda: session.choose(TuneChoice, trial=""),
            persist_state="session",
        )
    return names[session.read(TuneChoice).search]


def _title(search: Watched) -> str:
    begun = time.strftime("%d %b, %H:%M", time.localtime(search.begun))
    searched = wording.count(len(search.settings["search"]), "value")
    images = wording.count(len(search.about["images"]), "image")
    return f"{search.proposer}: {searched} on {images}, first {search.budget:,} · {begun}"


def _view(dataset: CocoDataset, chosen: Choice, before: Watched, state: str) -> None:
    """Draw the search that is shown; while it runs, again every second."""
    with notices.errors_drawn():
        present = before.folder.state  # asked before its files are read: those of an ended search are whole
        if present != state:
            st.rerun()
        search = Watched.of(before.folder) or before
        progress.draw(search, present)
        if not search.finished:
            if present == "running":
                st.info("The first trials are being measured …", icon=":material/hourglass_top:")
            return
        trial = picked.looked_at(search)
        left, right = st.columns([3, 2], gap="medium")
        with left:
            front.draw(search, trial)
        with right:
            picked.draw(search, trial, chosen)
        picked.images(search, trial, dataset, chosen)
        report.draw(search, is_running=present == "running")
    session.save()
