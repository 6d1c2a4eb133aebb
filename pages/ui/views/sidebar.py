"""The sidebar: the data set, and on pages that use it the proposer and the rest of the setup."""

import dataclasses

import streamlit as st

from core.datasets.levels import AUTO
from core.errors import BoxscopeError
from core.evaluation import RecallRule
from core.parameters import own
from core.pipeline import Setup
from core.proposers import PROPOSERS, TILES, Proposer, in_tiles, make_proposer
from core.ranking import DEFAULT_ORDER, ORDER_TEXTS, SCORE
from pages.ui.components.link import copy_link
from pages.ui.state import held, opened, opening, session
from pages.ui.state.choice import TOP, Choice
from pages.ui.state.roots import resolve_quietly
from pages.ui.views import presets
from pages.ui.widgets import controls
from pages.ui.widgets.markdown import code, literal

# The number of boxes is chosen beside the picture.
_POST_PROCESSING = tuple(spec.name for spec in own(Setup) if spec.name not in ("order", "top"))


def draw(setup: bool) -> None:
    """Draw the sidebar.

    Parameters
    ----------
    setup : bool
        Whether the page uses the proposer and the rest of the setup.
    """
    with st.sidebar:
        _choose_dataset()
        copy_link(session.part("link"))
        if setup:
            _choose_setup()


def _choose_dataset() -> None:
    names = opened.shown_names()
    st.selectbox(
        "Data set",
        list(names),
        format_func=lambda dataset: names.get(dataset, dataset),
        key=session.seed(Choice, "dataset"),
        persist_state="session",
        help=f"Open: {code(resolve_quietly(session.choice().dataset))}. Others are on the page Data set.",
        on_change=opened.change_dataset,
    )
    try:
        splits = list(opening.splits(session.choice()))
        others = opening.other_files(session.choice())
    except BoxscopeError:
        return  # the page says what is wrong
    st.selectbox(
        "Split",
        splits,
        key=opened.seed_split(splits),
        persist_state="session",
        help="\n\n".join(
            [
                "The annotation file of the data set that is used.",
                *(f"{code(n)} {literal(others[n])}." for n in others),
            ]
        ),
        on_change=session.forget_image,
    )
    if others:
        st.caption(f"Without boxes: {', '.join(map(code, others))}")
    _choose_levels()


def _choose_levels() -> None:
    """Draw the grey levels, where the data set has pictures of more than 8 bits."""
    try:
        if not opening.open_chosen(dataclasses.replace(session.choice(), grey=AUTO)).deep.kinds:
            return
    except BoxscopeError:
        return  # the page says what is wrong
    st.text_input(
        "Grey levels",
        key=session.seed(Choice, "grey"),
        persist_state="session",
        help="Of pictures with more than 8 bits, the levels that are shown as 0 to 255, in crops too: auto "
        "takes those that the pictures use, full all of them, LOW-HIGH a range such as 0-4095. The page Data "
        "set says which levels are taken.",
    )


def _choose_order(proposer: Proposer) -> None:
    """Draw the order; the default one by what it is for the proposer."""
    spec = next(spec for spec in own(Setup) if spec.name == "order")
    default = ORDER_TEXTS[proposer.default_order]
    chosen = session.choice().setup
    scored = chosen.order == SCORE or chosen.proposer.has_scores
    st.selectbox(
        spec.label,
        [order for order in spec.choices if scored or order != SCORE],
        format_func=lambda choice: f"default: {default}" if choice == DEFAULT_ORDER else ORDER_TEXTS[choice],
        key=held.seed("setup", spec, spec.default),
        help=spec.help,
        persist_state="session",
    )


def _choose_setup() -> None:
    presets.choose()
    chosen = session.choice().setup.proposer.name
    name = st.selectbox(
        "Proposer",
        list(dict.fromkeys([*PROPOSERS, chosen, *in_tiles(chosen)])),  # a link may join several
        key=session.seed_proposer(),
        persist_state="session",
        help="\n\n".join(
            [
                *(f"**{literal(name)}** {proposer.summary}" for name, proposer in PROPOSERS.items()),
                f"**{TILES}…** The chosen one on overlapping tiles, for pictures of 12 megapixels and more.",
            ]
        ),
    )
    proposer = make_proposer(name)
    controls.live_settings(proposer, name)
    _choose_order(proposer)
    controls.live_settings(RecallRule(), "recall")
    controls.label_rule()
    with st.expander("Post-processing"):
        controls.live_settings(Setup(top=TOP), "setup", only=_POST_PROCESSING)
