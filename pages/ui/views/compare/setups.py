"""The two setups: A is that of the sidebar, B is chosen from a list or typed."""

import html

import streamlit as st

from core.errors import BoxscopeError
from core.pipeline import Setup
from pages.ui.state.setups import name_of, offered_setups, preset_of, setup_of, spelled
from pages.ui.views.compare import choices
from pages.ui.views.compare.drawn import Drawn, Side
from pages.ui.widgets.markdown import literal


def draw(drawn: Drawn) -> None:
    """Draw the setup A, and the widget that chooses B."""
    first, second = drawn.sides
    present = drawn.chosen.setup
    texts = list(dict.fromkeys([second.text, *map(spelled, offered_setups(present).values())]))
    left, right = st.columns(2, gap="small", vertical_alignment="center")
    left.html(
        f'<p class="side"><b class="letter">A</b> {html.escape(_name(first.setup))} <small>present setup · '
        f"{html.escape(first.order)}</small></p>"
    )
    with right, st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.html('<p class="side"><b class="letter">B</b></p>', width="content")
        st.selectbox(
            "B: choose a setup, or type one such as grid nms=0.8",
            texts,
            format_func=_text,
            key=choices.seed_against(second.setup),
            persist_state="session",
            accept_new_options=True,
            on_change=choices.accept_against,
            args=(present, second.text),
            label_visibility="collapsed",
        )
        st.html(f'<p class="side"><small>{html.escape(second.order)}</small></p>', width="content")
    if wrong := choices.wrong():
        st.error(literal(wrong), icon=":material/error:")


def heading(side: Side, found: int, objects: int) -> str:
    """Return the line above the picture of a side, as HTML."""
    some = f"finds {found:,} of {objects:,} here" if objects else "no objects here"
    return f'<p class="side"><b class="letter">{side.letter}</b> <small>{some}</small></p>'


def _text(text: str) -> str:
    """Return what the list shows of a setup; a text that names none as it is."""
    try:
        return _name(setup_of(text))
    except BoxscopeError:
        return text


def _name(setup: Setup) -> str:
    preset = preset_of(setup)
    return f"{name_of(setup)} · preset {preset}" if preset else name_of(setup)
