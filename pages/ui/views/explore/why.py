"""Why objects of the image are missed, which may take a further run of the proposer."""

import streamlit as st

from core.datasets import CocoDataset
from core.evaluation.outcome import Limit, Outcome
from core.evaluation.set_survey import ReasonSurvey
from pages.ui.state import evaluations
from pages.ui.state.choice import Choice

# Seconds that a script waits: reasons from kept proposals, and those of a quick proposer, are there by then.
_PATIENCE = 0.1


def reasons(dataset: CocoDataset, index: int, choice: Choice, outcome: Outcome, limit: Limit) -> list[str]:
    """Return why each object is missed, "" for one that is found; empty where none is, or not known yet.

    Empty too where the score leaves out proposals that are not the last ones. Where it is not known yet, the
    page runs again as soon as it is.
    """
    setup, recall = choice.setup, choice.recall
    budget = outcome.first_counted(limit)
    if budget is None or outcome.best(limit).passes(recall).all():
        return []
    survey = evaluations.reason_survey(dataset, setup, recall.recall_iou, budget)
    known = survey.of_image(index, _PATIENCE)
    if known is None:
        _asking(survey, index)
    return known or []


@st.fragment(run_every=0.5)
def _asking(survey: ReasonSurvey, index: int) -> None:
    if survey.of_image(index) is not None:
        st.rerun()
