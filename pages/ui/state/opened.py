"""Which data sets are open, and which image and box of the chosen one."""

import streamlit as st

from pages.ui.state import session
from pages.ui.state.choice import FIRST_DATASET, Choice


def ask_open(folder: str) -> None:
    """Choose a data set from the next run on: a widget's value cannot change once it is drawn."""
    st.session_state["opening"] = folder


def open_asked() -> None:
    """Choose the data set that :func:`ask_open` was told of; before any widget is drawn."""
    folder = st.session_state.pop("opening", None)
    if folder is not None:
        earlier = st.session_state.get("opened", [])
        st.session_state["opened"] = list(dict.fromkeys([*earlier, folder]))
        session.choose(Choice, dataset=folder)
        session.leave_image()


def folders() -> list[str]:
    """List the data sets to choose from: those opened in this session, the chosen one first of all."""
    names = [session.choice().dataset, FIRST_DATASET, *st.session_state.get("opened", [])]
    return list(dict.fromkeys(names))


def seed_split(names: list[str]) -> str:
    """Set the widget of the split to one of the splits there are; returns its key."""
    if st.session_state.get("split") not in names:
        session.choose(Choice, split=names[0])
    return "split"


def go_to(image_id: int | None) -> None:
    """Choose an image, None for no other one than before."""
    if image_id is not None:
        go_to_image(image_id)


def go_to_image(image_id: int) -> None:
    """Choose an image."""
    session.choose(Choice, image=str(image_id))


def box(of: str) -> int | None:
    """Return the rank that a link leads to, as long as it is one among the same boxes: those of `of`."""
    state = st.session_state
    if state.get("box_of") not in (None, "", of):
        leave_box()
    if state.get("box_of") is None or not state.get("box"):
        return None
    state["box_of"] = of
    return int(state["box"])


def leave_box() -> None:
    """Forget the box that a link led to."""
    keep_box(None)


def keep_box(rank: int | None) -> None:
    """Let a link lead to the box that is clicked here, None for no box."""
    st.session_state.update({"box": "" if rank is None else str(rank), "box_of": None})


def show_top(count: int) -> None:
    """Choose how many proposals are shown, 0 for all."""
    st.session_state["setup.top"] = count
