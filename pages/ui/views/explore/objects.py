"""The objects of an image: a row for each, whether a proposal finds it, and why not."""

import html
from collections.abc import Sequence

import streamlit as st

from core import wording
from core.boxes import Boxes
from core.datasets import CocoDataset
from core.evaluation import RecallRule
from core.evaluation.evaluation import ALL
from core.evaluation.misses import REASONS
from core.evaluation.outcome import Limit
from core.pipeline import Proposals
from core.truth import Truth
from pages.ui.components.colours import colour
from pages.ui.server.tables import object_names
from pages.ui.state import cached
from pages.ui.views.explore import false_positives

# A reason where a least score is chosen; the viewer has it as well.
_BELOW, _BELOW_HELP = "score too low", "A proposal finds it, but its score is below the least one."


def draw(
    dataset: CocoDataset,
    truth: Truth,
    result: cached.ImageResult,
    limit: Limit,
    recall: RecallRule,
    reasons: Sequence[str],
    searches: bool,
) -> None:
    """Draw a row for each object: its nearest proposal among those shown, whether that finds it, why not.

    A missed one has a button that asks which settings find it, where `searches`.

    The viewer lights both where a row is pointed at, and zooms to them on a click, see ``pointing.js``.
    """
    best, proposals = result.outcome.best(limit), result.proposals
    if not len(best.iou):
        return
    boxes = truth.boxes[best.row]
    columns = zip(
        range(len(best.row)),
        object_names(dataset, truth),
        boxes[:, 2:] - boxes[:, :2],
        best.iou,
        best.rank,
        best.passes(recall),
        result.records.first_found(recall),
        reasons or [""] * len(best.row),
        strict=True,
    )
    head = "<tr><th>object</th><th>size, px</th><th>best IoU</th><th>nearest<br>proposal</th></tr>"
    rows = "".join(_object_row(dataset, proposals, limit, searches, *values) for values in columns)
    # Not st.dataframe: its code is a megabyte that the first picture would wait for.
    st.html(f'<table class="objects">{head}{rows}</table>')


def _object_row(
    dataset: CocoDataset,
    proposals: Proposals,
    limit: Limit,
    searches: bool,
    number: int,
    name: str,
    size: Boxes,
    iou: float,
    rank: int,
    found: bool,
    finder: int,
    reason: str,
) -> str:
    """Return the row of an object: a bar in the colour of its class, and the rank of its nearest proposal.

    Below the row of a missed object stands the first proposal beyond those shown that finds it. A row says in
    its data which object and which proposal it means.
    """
    nearest = f"#{rank}{false_positives.scored(dataset, proposals, rank)}" if rank >= 0 else "none"
    if not found:
        if 0 <= finder < (limit.top or ALL):
            reason = _BELOW
        title = html.escape(REASONS.get(reason, _BELOW_HELP))
        why = f'<small class="why" title="{title}">{reason}</small>' if reason else ""
        nearest += f"<small>missed</small>{why}"
    further = ""
    if not found and finder >= 0:
        beyond = f"#{finder} finds it, {_outside(proposals, limit, finder)}"
        button = f'<td colspan="4"><button>{beyond}</button></td>'
        further = f'<tr class="missed" {_pointing(number, finder)}>{button}</tr>'
    if not found and searches:
        button = f'<button class="search" data-search="{number}">Which settings find it?</button>'
        further += f'<tr class="missed"><td colspan="4">{button}</td></tr>'
    bar = f'<i style="width: {iou:.0%}; background: {colour(iou)}"></i>'
    return (
        f'<tr class="{"found" if found else "missed"}" {_pointing(number, rank)}>'
        f"<td><button>{html.escape(name)}</button></td>"
        f"<td>{size[0]:.0f} × {size[1]:.0f}</td><td><span>{bar}</span>{wording.iou(iou)}</td>"
        f"<td>{nearest}</td></tr>"
        f"{further}"
    )


def _outside(proposals: Proposals, limit: Limit, rank: int) -> str:
    """Return why a proposal does not count."""
    if rank >= (limit.top or ALL) or proposals.scores is None:
        return f"outside the top {limit.top:,}"
    return f"with a score of {wording.score(proposals.scores[rank])}"


def _pointing(number: int, rank: int) -> str:
    return f'data-object="{number}"' + (f' data-rank="{rank}"' if rank >= 0 else "")
