"""The two setups: A is that of the sidebar, B is chosen from a list or typed."""

import html
from collections.abc import Mapping, Sequence

import streamlit as st

from core.errors import BoxscopeError
from core.evaluation.compared_objects import ObjectResult
from core.evaluation.evaluation import Evaluation
from core.evaluation.summary import AVERAGE_AT, average_recalls
from core.pipeline import Setup
from core.ranking import ORDER_TEXTS
from pages.ui.state import evaluations, preset_files
from pages.ui.state.evaluations import Measured
from pages.ui.state.setups import offered_setups, setup_of, spelled, titled
from pages.ui.views.compare import choices
from pages.ui.views.compare.drawn import Drawn, Side
from pages.ui.widgets.markdown import literal


def draw(drawn: Drawn, measured: Measured) -> None:
    """Draw the setup A, and the widget that chooses B, with what each gives in its order and in another."""
    orders = [
        _orders(side, *made)
        for side, *made in zip(drawn.sides, measured.evaluations, measured.others, strict=True)
    ]
    first, second = drawn.sides
    present, named = drawn.chosen.setup, preset_files.by_name(drawn.chosen)
    texts = list(dict.fromkeys([second.text, *map(spelled, offered_setups(present, named).values())]))
    left, right = st.columns(2, gap="small")
    left.html(
        f'<p class="side setup"><b class="letter">A</b> {html.escape(titled(first.setup, named))} '
        "<small>present setup</small></p>"
    )
    left.html(f'<p class="side"><small>{html.escape(orders[0])}</small></p>')
    with right, st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.html('<p class="side"><b class="letter">B</b></p>', width="content")
        st.selectbox(
            "B: choose a setup, or type one such as grid nms=0.8",
            texts,
            format_func=lambda text: _text(text, named),
            key=choices.seed_against(second.setup),
            persist_state="session",
            accept_new_options=True,
            on_change=choices.accept_against,
            args=(present, second.text),
            label_visibility="collapsed",
        )
    right.html(f'<p class="side"><small>{html.escape(orders[1])}</small></p>')
    if wrong := choices.wrong():
        st.error(literal(wrong), icon=":material/error:")


def _orders(side: Side, made: Evaluation | None, other: Evaluation | None) -> str:
    """Return the order of a side, and once both are measured, the AR@100 in it and in the other order."""
    if side.other is None or made is None or other is None:
        return side.order
    at = AVERAGE_AT.index(100)
    own, others = (evaluations.made(average_recalls, each, "coco")[at] for each in (made, other))
    if own != own:  # there are no objects
        return side.order
    return f"{side.order}: AR@100 {own:.3f} · {ORDER_TEXTS[side.other.ranked_by]}: {others:.3f}"


def heading(side: Side, results: Sequence[ObjectResult] | None) -> str:
    """Return the line above the picture of a side, as HTML; None where the image cannot be measured."""
    if results is None:
        some = "not measured here"
    else:
        found = sum(each.is_found for each in results)
        some = f"finds {found:,} of {len(results):,} here" if results else "no objects here"
    return f'<p class="side"><b class="letter">{side.letter}</b> <small>{some}</small></p>'


def _text(text: str, named: Mapping[str, Setup]) -> str:
    """Return what the list shows of a setup; a text that names none as it is."""
    try:
        return titled(setup_of(text), named)
    except BoxscopeError:
        return text
