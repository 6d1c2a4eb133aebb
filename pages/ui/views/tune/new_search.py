"""What is searched, for how long, and the button that starts it."""

from pathlib import Path

import streamlit as st

from core import wording
from core.cli.spelling import as_typed, tune_command
from core.datasets import CocoDataset
from core.export import DatasetKind
from pages.ui.jobs import searches
from pages.ui.state import opening, session
from pages.ui.state.choice import Choice
from pages.ui.state.roots import short
from pages.ui.views import export_plan, notices
from pages.ui.views.tune import ranges
from pages.ui.views.tune.choices import BUDGETS, TuneChoice, show
from pages.ui.widgets.markdown import code
from pages.ui.widgets.to_copy import to_copy

_VALID = session.page_key("tune", "valid")
_NONE = "none"
_SEED = 0


def draw(dataset: CocoDataset, chosen: Choice, is_open: bool) -> None:
    """Draw the panel of a new search."""
    name = chosen.setup.proposer.name
    with (
        st.expander(f"New search: {code(name)}", expanded=is_open, icon=":material/tune:"),
        notices.errors_drawn(),
    ):
        _panel(dataset, chosen)


def _panel(dataset: CocoDataset, chosen: Choice) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        _numbers(dataset)
        valid = _valid_split(chosen)
        start = st.container(width="content")
    st.caption(
        "The settings of the proposer in the sidebar, its order and its filters are searched on a sample of "
        "this split; those without a tick keep the value of the sidebar."
    )
    searched = ranges.draw(chosen.setup.proposer)
    page = session.read(TuneChoice)
    setup, budget, sample = chosen.setup, int(page.tune_budget), page.sample
    pressed = start.button("Start", icon=":material/play_arrow:", type="primary", disabled=not searched)
    if not searched:
        st.caption("Nothing is ticked.")
    # Last of all: the fingerprint of a large data set takes a second, once.
    folder = searches.folder_of(dataset.fingerprint, setup.spell(), searched, valid, budget, sample)
    command = tune_command(
        short(dataset.annotations),
        short(folder.path),
        setup,
        searched,
        None if valid is None else short(valid),
        page.minutes,
        budget,
        sample,
        _SEED,
        images_dir=short(dataset.images_dir) if chosen.images else None,
        levels=dataset.levels,
        follow_links=dataset.follow_links,
    )
    if pressed:
        with st.spinner("Starting …"):
            searches.start(command, folder)
        show(folder.path.name)
        st.rerun()
    st.caption("Command line for this search")
    to_copy(as_typed(command))


def _numbers(dataset: CocoDataset) -> None:
    st.number_input(
        "Minutes",
        min_value=1,
        max_value=24 * 60,
        key=session.seed(TuneChoice, "minutes"),
        persist_state="session",
        help="The report on the valid split comes after. It can be ended at any time, and go on later.",
        width=110,
    )
    st.selectbox(
        "Proposals that count",
        BUDGETS,
        format_func=lambda text: f"first {int(text):,}",
        key=session.seed(TuneChoice, "tune_budget"),
        persist_state="session",
        help="Average recall by so many proposals an image is what the search looks for.",
        width=170,
    )
    st.number_input(
        "Images at most",
        min_value=2,
        key=session.seed(TuneChoice, "sample"),
        persist_state="session",
        help=f"Of the {wording.count(len(dataset), 'image')} of this split, drawn at random by a fixed seed.",
        width=140,
    )


def _valid_split(chosen: Choice) -> Path | None:
    """Draw the choice of the split that the search does not see, and return its annotations."""
    files = opening.splits(chosen)
    present = chosen.split if chosen.split in files else next(iter(files))
    others = {name: path for name, path in files.items() if name != present}
    names = sorted(others, key=lambda name: export_plan.kind(name) != DatasetKind.VALID)
    taken = st.selectbox(
        "Judged on",
        [*names, _NONE],
        key=_VALID,
        persist_state="session",
        help="A split that the search does not see: on its own images what it finds looks too good.",
        width=170,
    )
    return others.get(taken)
