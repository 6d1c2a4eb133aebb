"""What follows from the results that are kept of a whole set, once it is measured."""

import html
from urllib.parse import urlencode

import streamlit as st

from core import wording
from core.datasets import CocoDataset
from core.evaluation import SetCoverage
from core.evaluation.evaluation import ALL, BUDGETS
from core.evaluation.misses import REASONS
from core.proposals.store import boxes_setup
from pages.ui.state import cached, evaluations, queue, session
from pages.ui.state.queue import Criteria
from pages.ui.views import orders
from pages.ui.views.background import until_measured

# Seconds that running a proposer without its own filters may take without being asked for.
_QUICK = 5.0
_ASKED = session.page_key("explore", "reasons_asked")


def draw(dataset: CocoDataset, criteria: Criteria, figures: SetCoverage, seconds: float) -> None:
    """Draw what another order would find, and why objects are missed, as soon as it is known.

    Parameters
    ----------
    dataset : CocoDataset
    criteria : Criteria
    figures : SetCoverage
        Of the whole set under it.
    seconds : float
        What one image takes.
    """
    missed = figures.objects - figures.found
    lines = [orders.found_by_other(dataset, criteria, figures), _missed(dataset, criteria, missed, seconds)]
    if any(lines):
        st.html(f'<p class="whole-set"><span>{"<br>".join(filter(None, lines))}</span></p>')


def _missed(dataset: CocoDataset, criteria: Criteria, missed: int, seconds: float) -> str:
    """Return why objects are missed as HTML, empty where none is, and where it is not known yet."""
    if not missed or criteria.score is not None:  # the reasons are of a number of proposals alone
        return ""
    setup, indices = criteria.setup, queue.whole_set(dataset)
    survey = evaluations.reason_survey(dataset, setup, criteria.recall.recall_iou, setup.top or ALL)
    if survey.done(indices) == len(indices):
        counts = survey.counts(indices)
        return "Missed: " + ", ".join(_link(criteria, reason, count) for reason, count in counts.items())
    is_filtered = setup.proposer.unfiltered() != setup.proposer
    takes = seconds * min(missed, len(indices)) if is_filtered else 0.0
    asked = (cached.dataset_key(dataset), boxes_setup(setup))
    if takes <= _QUICK or session.remembered(_ASKED) == asked:
        until_measured(survey, indices)
    else:
        st.button(
            f"Why they are missed (about {wording.duration(takes)})",
            icon=":material/help_center:",
            type="tertiary",
            on_click=session.remember,
            args=(_ASKED, asked),
            help="The proposer runs again without its own filters on the images where an object is missed.",
        )
    return ""


def _link(criteria: Criteria, reason: str, count: int) -> str:
    """Return the number of objects missed for a reason as a link to their images on the page Evaluate."""
    budget = {"budget": "all" if not criteria.setup.top else str(criteria.setup.top)}
    query = {
        **session.all_choices().spell(),
        **(budget if (criteria.setup.top or ALL) in BUDGETS else {}),
        "fails": "reasons",
        "missed_as": reason,
    }
    address, title = (html.escape(text) for text in (f"evaluate?{urlencode(query)}", REASONS[reason]))
    return f'<a href="{address}" target="_self" title="{title}">{reason} {count:,}</a>'
