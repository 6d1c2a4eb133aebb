"""The sidebar of every page: the data set, the proposer, and the rest of the setup."""

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
        on_change=session.forget_image,
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
        on_change=session.forget_image,
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
    default = Setup(top=TOP)
    controls.settings(default, "setup", skip=("min_side", "nms", "top"))
    controls.live_settings(LabelRule(), "rule")
    with st.expander("Filters"):
        controls.live_settings(default, "setup", skip=("order", "top"))
