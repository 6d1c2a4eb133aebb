"""What follows from the results that are kept of a whole set, once it is measured."""

import streamlit as st

from core.datasets import CocoDataset
from core.evaluation import SetCoverage
from core.evaluation.survey import other_order
from core.pipeline import Setup
from core.ranking import ORDER_TEXTS
from pages.ui.state import queue
from pages.ui.state.choice import Choice


def draw(dataset: CocoDataset, choice: Choice, figures: SetCoverage) -> None:
    """Draw what another order would find, as soon as it is known; no proposer is run for it."""
    other = other_order(choice.setup)
    if other is None:
        return
    others = queue.of_set(dataset, other, choice.recall)
    if others is None:
        _ordering(dataset, other)
    else:
        st.html(f'<p class="whole-set"><span>{_by_order(other, others.found - figures.found)}</span></p>')


@st.fragment(run_every=1.0)
def _ordering(dataset: CocoDataset, other: Setup) -> None:
    """Rank the kept proposals in another order, in the background."""
    indices = queue.whole_set(dataset)
    if queue.survey(dataset, other).measure(indices) == len(indices):
        st.rerun()


def _by_order(other: Setup, more: int) -> str:
    difference = f"{abs(more):,} {'more' if more > 0 else 'fewer'}" if more else "as many"
    return f"Ranked by {ORDER_TEXTS[other.ranked_by]}: {difference} found"
