"""Why objects of the image are missed, which may take a further run of the proposer."""

import streamlit as st

from core.datasets import CocoDataset
from core.evaluation import Records
from core.evaluation.evaluation import ALL
from core.pipeline import Setup
from pages.ui.state import evaluations
from pages.ui.state.choice import Choice

# Seconds that a script waits: reasons from kept proposals, and those of a quick proposer, are there by then.
_PATIENCE = 0.1


def reasons(dataset: CocoDataset, index: int, choice: Choice, records: Records) -> list[str]:
    """Return why each object is missed, "" for one that is found; empty where none is, or not known yet.

    Where it is not known yet, the page runs again as soon as it is.
    """
    setup, iou, budget = choice.setup, choice.recall.recall_iou, choice.setup.top or ALL
    if records.best(budget).passes(choice.recall).all():
        return []
    known = evaluations.image_reasons(dataset, index, setup, iou, budget, _PATIENCE)
    if known is None:
        _asking(dataset, index, setup, iou, budget)
    return known or []


@st.fragment(run_every=0.5)
def _asking(dataset: CocoDataset, index: int, setup: Setup, iou: float, budget: int) -> None:
    if evaluations.image_reasons(dataset, index, setup, iou, budget, 0.0) is not None:
        st.rerun()
