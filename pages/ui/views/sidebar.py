"""The sidebar of every page: which data set, which proposer, and everything else that decides the boxes."""

import streamlit as st

from core.errors import BoxscopeError
from core.labelling import LabelRule
from core.pipeline import Setup
from core.proposers import PROPOSERS
from pages.ui.state import cached, opened, session
from pages.ui.state.choice import TOP, Choice
from pages.ui.widgets import controls


def draw() -> None:
    """Draw the sidebar."""
    with st.sidebar:
        _choose_dataset()
        _choose_setup()


def _choose_dataset() -> None:
    st.selectbox(
        "Data set",
        opened.folders(),
        key=session.seed(Choice, "dataset"),
        persist_state="session",
        help="Open another one on the page Data set.",
        on_change=session.leave_image,
    )
    try:
        names = list(cached.splits(session.choice().dataset))
    except BoxscopeError:
        return  # the page says what is wrong
    st.selectbox(
        "Split",
        names,
        key=opened.seed_split(names),
        persist_state="session",
        help="Which file of annotations.",
        on_change=session.leave_image,
    )


def _choose_setup() -> None:
    name = st.selectbox(
        "Proposer",
        list(PROPOSERS),
        key=session.seed_proposer(),
        persist_state="session",
        help="\n\n".join(f"**{name}** {proposer.summary}" for name, proposer in PROPOSERS.items()),
    )
    controls.live_settings(PROPOSERS[name](), name)
    plain = Setup(top=TOP)
    controls.settings(plain, "setup", skip=("min_side", "nms", "top"))
    controls.live_settings(LabelRule(), "rule")
    with st.expander("Filters"):
        controls.live_settings(plain, "setup", skip=("order", "top"))
