"""The setups that are compared: the present one, those kept beside it, and the baselines; chips for them."""

import html
from typing import NamedTuple

import streamlit as st

from core.pipeline import Setup
from core.proposals.store import boxes_setup
from core.proposers import FullImage, Grid
from core.ranking import ORDER_TEXTS
from pages.ui.components.colours import SERIES
from pages.ui.state import preset_files, session
from pages.ui.state.choice import Choice
from pages.ui.state.kept import MOST, keep, remove
from pages.ui.state.setups import for_command, in_other_order, name_of, offered_setups, setup_of, spelled
from pages.ui.views.evaluate.choices import EvaluateChoice, added_key, keep_added
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
    def key(self) -> str:
        """What choices name it by: empty for the present one, whichever that is."""
        return "" if self.is_present else self.text

    @property
    def other(self) -> Setup | None:
        """The setup in the order to compare with; None where it proposes one box."""
        return in_other_order(self.setup)

    @property
    def for_command(self) -> str:
        """The setup as the command line takes it, its order named."""
        return for_command(self.setup)

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
    """Return the setups that can be added with a click, by name: proposers, presets and other orders."""
    there = {each.setup for each in shown}
    offered = offered_setups(shown[0].setup, preset_files.by_name(session.choice()))
    return {name: setup for name, setup in offered.items() if setup not in there}
