"""The setups that are compared: the present one, those kept beside it, and the baselines; chips for them."""

import dataclasses
import html
from typing import NamedTuple

import streamlit as st

from core.cli import setups
from core.pipeline import Setup
from core.proposers import PROPOSERS, FullImage, Grid
from core.ranking import ORDER_TEXTS
from core.store import boxes_setup
from pages.ui.components.colours import SERIES
from pages.ui.state import session
from pages.ui.state.choice import Choice
from pages.ui.views.evaluate.choices import (
    MOST,
    EvaluateChoice,
    added_key,
    keep,
    keep_added,
    remove,
    setup_of,
    spelled,
)
from pages.ui.widgets.evaluation_charts import Style
from pages.ui.widgets.markdown import literal

_BASELINES = {"grid": (Setup(Grid()), "dash"), "full-image": (Setup(FullImage()), "dot")}


class Compared(NamedTuple):
    """A setup of the page.

    Attributes
    ----------
    setup : Setup
        With the settings that boxes depend on.
    name : str
        The proposer and what differs from the defaults.
    style : Style
    is_present, is_kept : bool
        Whether it is that of the sidebar; whether it is kept, so that it can be removed.
    """

    setup: Setup
    name: str
    style: Style
    is_present: bool = False
    is_kept: bool = False

    @property
    def text(self) -> str:
        """The setup as a link spells it."""
        return spelled(self.setup)

    @property
    def other(self) -> Setup | None:
        """The setup in the other order, the proposer's or by area; None where it proposes one box."""
        if isinstance(self.setup.proposer, FullImage):
            return None
        return dataclasses.replace(self.setup, order="own" if self.setup.ranked_by == "area" else "area")

    @property
    def for_command(self) -> str:
        """The setup as the command line takes it, its order named."""
        texts = self.setup.with_order_named().changes()
        return " ".join(f"{name}={text}" for name, text in texts.items())

    @property
    def order(self) -> str:
        """The order of its proposals."""
        return ORDER_TEXTS[self.setup.ranked_by]


def compared(chosen: Choice, page: EvaluateChoice) -> list[Compared]:
    """Return the setups of the page, each once: the present one, the kept ones, then the baselines."""
    present = boxes_setup(chosen.setup)
    kept = [boxes_setup(setup_of(text)) for text in page.setups]
    shown = [Compared(present, name_of(present), Style(SERIES[0]), True, present in kept)]
    for number, setup in enumerate(kept, start=1):
        if setup != present:
            shown.append(Compared(setup, name_of(setup), Style(SERIES[number]), is_kept=True))
    for name, (setup, dash) in _BASELINES.items():
        if setup not in {each.setup for each in shown}:
            shown.append(Compared(setup, name, Style("#8C8C8C", dash)))
    return shown


def name_of(setup: Setup) -> str:
    """Return the proposer of a setup and what differs from its defaults, as ``grid nms=0.8``."""
    return setups.name(boxes_setup(setup))


def chips(shown: list[Compared], chosen: Choice) -> None:
    """Draw a chip for each setup, a click removes it; and what adds one."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=session.part("chips")):
        for number, each in enumerate(shown):
            _chip(each, number)
        full = sum(each.is_kept for each in shown) >= MOST
        st.button(
            "Keep the present setup",
            icon=":material/keep:",
            on_click=keep,
            args=(chosen.setup,),
            disabled=full or shown[0].is_kept,
            help="It stays in the comparison while you change the setup in the sidebar.",
            type="tertiary",
        )
        offered = _offered(shown)
        st.selectbox(
            "Add a proposer",
            list(offered),
            index=None,
            placeholder=f"at most {MOST} are kept" if full else "Add a proposer …",
            disabled=full,
            key=added_key(),
            on_change=keep_added,
            args=(offered,),
            label_visibility="collapsed",
            width=250,
        )


def _chip(each: Compared, number: int) -> None:
    role = "present setup" if each.is_present else "" if each.is_kept else "baseline"
    key = session.page_key("evaluate", f"chip {number}")
    with st.container(horizontal=True, vertical_alignment="center", gap=None, width="content", key=key):
        name = f"<b>{html.escape(each.name)}</b> <small>{role}</small>"
        st.html(f'<span class="chip">{each.style.swatch}{name}</span>', width="content")
        if each.is_kept:
            st.button(
                "",
                icon=":material/close:",
                key=session.page_key("evaluate", f"remove {each.text}"),
                on_click=remove,
                args=(each.text,),
                help=f"Remove {literal(each.name)} from the comparison.",
                type="tertiary",
            )


def _offered(shown: list[Compared]) -> dict[str, Setup]:
    """Return the setups that can be added with a click, by name: presets of proposers, and other orders."""
    proposers = [
        made
        for kind in PROPOSERS.values()
        for plain in [kind()]
        for made in [plain, *(plain.of_preset(name) for name in plain.preset_names)]
        if made is not None
    ]
    present = shown[0].setup
    setups = [
        *(Setup(proposer) for proposer in proposers),
        *(Setup(present.proposer, order, present.min_side, present.nms) for order in ORDER_TEXTS),
    ]
    there = {each.setup for each in shown}
    return {name_of(setup): setup for setup in map(boxes_setup, setups) if setup not in there}
