"""The figures of each setup in a row, with their intervals."""

import html
from collections.abc import Sequence

import streamlit as st

from core.evaluation.bootstrap import Interval
from core.evaluation.evaluation import Evaluation
from core.evaluation.summary import AVERAGE_AT, Summary, above, average_recalls, summary
from core.ranking import ORDER_TEXTS
from pages.ui.components.choosing import choosing_rows
from pages.ui.state import evaluations, session
from pages.ui.state.evaluations import Measured
from pages.ui.views.evaluate.choices import pick_setup
from pages.ui.views.evaluate.drawn import Drawn
from pages.ui.views.evaluate.setups import Compared
from pages.ui.widgets.intervals import cell, difference_cell


def draw(drawn: Drawn, shown: list[Compared], measured: Measured) -> None:
    """Draw the table."""
    page, iou = drawn.page, drawn.iou
    has_classes = len(drawn.dataset.categories) > 1  # of one, the MABO is the ABO
    first = "all" if page.budget == "all" else f"{page.most:,}"
    heads = {
        "setup": "The proposer and what differs from its defaults; below it the order of its proposals",
        **{f"AR@{at:,}": f"Average recall by the first {at:,} proposals an image" for at in AVERAGE_AT},
        f"recall {iou:.2f} @{first}": f"Objects found at IoU {iou:.2f} by the first {first} proposals",
        f"ABO @{first}": "Mean best overlap of the objects",
        **({f"MABO @{first}": "Mean of the ABO of each class"} if has_classes else {}),
        "to the present": "How much larger AR@100 is than that of the present setup on the same images; "
        "faint where it cannot be told from chance: the 95 % interval holds 0",
        "proposals": f"Mean number an image, of the first {first}",
        "ms": "Mean time that the proposer took for an image, milliseconds",
    }
    rows = []
    for each, made, other in zip(shown, measured.evaluations, measured.others, strict=True):
        if made is not None:
            figures = evaluations.made(summary, made, page.most, iou, page.matching)
            orders = evaluations.made(average_recalls, other, page.matching) if other else ()
            more = _to_present(each, made, measured, page.matching)
            cells = [*figures.average_recalls, figures.recall, figures.best_overlap]
            cells += [figures.mean_best_overlap] * has_classes
            rows.append(_row(each, figures, cells, orders, more, each.key == page.fails_of))
    head = "".join(
        f'<th title="{html.escape(text)}">{html.escape(name)}</th>' for name, text in heads.items()
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    st.html(f'<div class="evaluation">{table}</div>')
    key = session.page_key("evaluate", "rows")
    choosing_rows(key=key, leads_to="where-it-fails", on_row=lambda: pick_setup(key))


def _to_present(each: Compared, made: Evaluation, measured: Measured, matching: str) -> Interval | None:
    present = measured.evaluations[0]
    return (
        None if each.is_present or present is None else evaluations.made(above, made, present, 100, matching)
    )


def _row(
    each: Compared,
    figures: Summary,
    intervals: Sequence[Interval],
    others: Sequence[float],
    more: Interval | None,
    is_chosen: bool,
) -> str:
    cells = [f"<td>{cell(interval)}</td>" for interval in intervals]
    cells.append(difference_cell(more, "AR@100"))
    cells += [f"<td>{figures.proposals:,.0f}</td>", f"<td>{_milliseconds(figures.seconds)}</td>"]
    name = f"<button>{each.style.swatch}<b>{html.escape(each.name)}</b></button>"
    title = f"{figures.objects:,} objects in {figures.images:,} images. A click lists the worst ones below"
    order = f"<small>{html.escape(each.order)}{_other_order(each, others)}</small>"
    chosen = f'data-row="{html.escape(each.key)}" aria-current="{str(is_chosen).lower()}"'
    return f'<tr title="{title}" {chosen}><td>{name}{order}</td>{"".join(cells)}</tr>'


def _other_order(each: Compared, others: Sequence[float]) -> str:
    """Return what average recall the other order gives, as HTML; empty before it is measured."""
    if each.other is None or not others:
        return ""
    if others[0] != others[0]:  # there are no objects
        return ""
    title = ", ".join(f"AR@{at:,} {value:.3f}" for at, value in zip(AVERAGE_AT, others, strict=True))
    name = html.escape(ORDER_TEXTS[each.other.order])
    return f' · <span title="{title}">{name}: AR@100 {others[AVERAGE_AT.index(100)]:.3f}</span>'


def _milliseconds(seconds: float) -> str:
    value = seconds * 1000
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"
