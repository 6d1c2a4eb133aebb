"""Which order the proposals are in, and what they and another order find in the whole set, once measured."""

import streamlit as st

from core.datasets import CocoDataset
from core.evaluation import SetCoverage
from core.evaluation.survey import other_order
from core.ranking import ORDER_TEXTS
from pages.ui.state import queue
from pages.ui.state.choice import Choice
from pages.ui.state.queue import Criteria
from pages.ui.views.background import until_measured
from pages.ui.widgets.markdown import literal


def draw(dataset: CocoDataset, chosen: Choice) -> None:
    """Draw the order, and what it and the other one find where the whole set has been measured."""
    setup, recall = chosen.setup, chosen.recall
    figures = queue.of_set(dataset, Criteria(setup, recall))
    found, other = "", ""
    if figures is not None:
        among = f"top {setup.top:,}" if setup.top else "all"
        count = f"{figures.found:,} / {figures.objects:,}"
        found = f" Whole set, recall @{recall.recall_iou:g}, {among}: {count} found."
        other = found_by_other(dataset, Criteria(setup, recall), figures)
    st.caption(f"Ranked by {ORDER_TEXTS[setup.ranked_by]}.{found}" + (f" {literal(other)}." if other else ""))


def found_by_other(dataset: CocoDataset, criteria: Criteria, figures: SetCoverage) -> str:
    """Return what another order finds; empty for no other, and while it is measured, which begins here.

    Parameters
    ----------
    dataset : CocoDataset
    criteria : Criteria
    figures : SetCoverage
        Of the whole set under it.
    """
    other = other_order(criteria.setup)
    if other is None:
        return ""
    others = queue.of_set(dataset, criteria._replace(setup=other))
    if others is None:
        until_measured(queue.survey(dataset, other), queue.whole_set(dataset))  # no proposer is run for it
        return ""
    return f"Ranked by {ORDER_TEXTS[other.ranked_by]}: {_difference(others.found - figures.found)} found"


def _difference(more: int) -> str:
    return f"{abs(more):,} {'more' if more > 0 else 'fewer'}" if more else "as many"
