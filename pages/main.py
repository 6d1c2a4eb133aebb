"""The frame of every page: navigation, and the one sidebar that says what is looked at and how."""

from contextlib import suppress
from pathlib import Path

import streamlit as st

from core.errors import BoxscopeError
from core.labelling import LabelRule
from core.pipeline import Setup
from core.proposers import PROPOSERS
from pages.ui.server import startup
from pages.ui.state import cached, session
from pages.ui.views import notices
from pages.ui.widgets import controls

UI = Path(__file__).parent / "ui"

st.set_page_config(page_title="Boxscope", page_icon=str(UI / "icon.svg"), layout="wide")
st.html(UI / "page.css")
st.logo(str(UI / "logo.svg"), size="large", icon_image=str(UI / "icon.svg"))

page = st.navigation(
    [
        st.Page("explore.py", title="Explore", icon=":material/image_search:", default=True),
        st.Page("export.py", title="Export", icon=":material/output:"),
        st.Page("dataset.py", title="Data set", icon=":material/folder_open:"),
    ]
)


def choose_dataset() -> None:
    """Draw the choice of data set and split."""
    st.selectbox(
        "Data set",
        session.opened(),
        key=session.seed("dataset", session.choice().dataset),
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
        key=session.seed_split(names),
        persist_state="session",
        help="Which file of annotations.",
        on_change=session.leave_image,
    )


def choose_setup() -> None:
    """Draw the choice of proposer and of everything else that decides the boxes."""
    name = st.selectbox(
        "Proposer",
        list(PROPOSERS),
        key=session.seed("proposer", session.choice().setup.proposer.name),
        persist_state="session",
        help="\n\n".join(f"**{name}** {proposer.summary}" for name, proposer in PROPOSERS.items()),
    )
    controls.live_settings(PROPOSERS[name](), name)
    plain = Setup(top=session.TOP)
    controls.settings(plain, "setup", skip=("min_side", "nms", "top"))
    controls.live_settings(LabelRule(), "rule")
    with st.expander("Filters"):
        controls.live_settings(plain, "setup", skip=("order", "top"))


wrong = session.restore()
with st.sidebar:
    choose_dataset()
    choose_setup()
if wrong:
    st.toast(wrong, icon=":material/link_off:", duration="long")
with suppress(notices.PageEnded):
    page.run()
session.save(session.choice())
startup.settle()
