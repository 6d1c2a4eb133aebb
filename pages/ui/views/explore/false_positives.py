"""The false positives of an image: proposals of a high score where no object is."""

import html

import streamlit as st

from core import wording
from core.datasets import CocoDataset
from core.evaluation import RecallRule
from core.evaluation.outcome import Limit
from core.pipeline import Proposals
from core.ranking import SCORE
from pages.ui.components.colours import colour
from pages.ui.server.tables import category_name
from pages.ui.state import cached, session
from pages.ui.views import export_plan

# Rows at once: those after them are reached by a key.
_MOST = 8
# Negatives of an image in an export of hard ones, where no other number is chosen.
_HARD = 50


def draw(dataset: CocoDataset, result: cached.ImageResult, limit: Limit, recall: RecallRule) -> None:
    """Draw a row for each false positive, the highest score first; nothing for proposals without scores.

    The viewer lights the box where a row is pointed at, and zooms to it on a click, see ``pointing.js``.
    """
    proposals = result.proposals
    if proposals.scores is None:
        return
    ranks = result.outcome.false_positives(limit, recall).tolist()
    if not ranks:
        st.caption("No false positive: each proposal shown overlaps an object by the recall threshold.")
        return
    category = "<th>class</th>" if _names_classes(dataset, proposals) else ""
    head = f"<tr><th>false positive</th><th>score</th>{category}<th>best IoU</th></tr>"
    rows = "".join(_row(dataset, proposals, rank) for rank in ranks[:_MOST])
    more = f" The first {_MOST} are listed." if len(ranks) > _MOST else ""
    st.html(f'<table class="objects">{head}{rows}</table>')
    st.caption(
        f"{wording.count(len(ranks), 'false positive')}, the highest score first; the key f goes to the next."
        f"{more}",
        help="Proposals shown that overlap no object by the recall threshold, crowd regions apart.",
    )
    sampling = export_plan.plan().sampling
    st.page_link(
        "export.py",
        label="Export hard negatives",
        icon=":material/output:",
        query_params={
            **session.all_choices().spell(),
            "negatives": SCORE,
            "max_negatives": str(sampling.max_negatives or _HARD),
        },
        help="The negatives of the highest scores of each image, over the whole set: what the page Export "
        "writes, and how many, is chosen there.",
    )


def _row(dataset: CocoDataset, proposals: Proposals, rank: int) -> str:
    assert proposals.scores is not None
    iou = float(proposals.labels.iou[rank])
    bar = f'<i style="width: {iou:.0%}; background: {colour(iou)}"></i>'
    name = f"<td>{_category(dataset, proposals, rank)}</td>" if _names_classes(dataset, proposals) else ""
    return (
        f'<tr data-rank="{rank}"><td><button>#{rank}</button></td>'
        f"<td>{wording.score(proposals.scores[rank])}</td>{name}"
        f"<td><span>{bar}</span>{wording.iou(iou)}</td></tr>"
    )


def scored(dataset: CocoDataset, proposals: Proposals, rank: int) -> str:
    """Return the score and the category of a proposal as HTML, empty where it has none."""
    if proposals.scores is None:
        return ""
    name = f"<br>{_category(dataset, proposals, rank)}" if _names_classes(dataset, proposals) else ""
    return f"<small>score {wording.score(proposals.scores[rank])}{name}</small>"


def _names_classes(dataset: CocoDataset, proposals: Proposals) -> bool:
    """Return whether proposals name classes of which there are several."""
    return proposals.categories is not None and len({*dataset.categories, *proposals.categories.tolist()}) > 1


def _category(dataset: CocoDataset, proposals: Proposals, rank: int) -> str:
    assert proposals.categories is not None
    return html.escape(category_name(dataset, int(proposals.categories[rank])))
