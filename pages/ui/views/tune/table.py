"""Tables of a search's figures: rows of its report, as HTML."""

import html
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.evaluation.bootstrap import Interval
from pages.ui.widgets.intervals import cell


def interval(value: float | None, bounds: Sequence[float] | None) -> Interval:
    """Return a figure of a report as an interval, NaN where there is none."""
    nothing = math.nan, math.nan
    return Interval(math.nan if value is None else value, *(bounds or nothing))


def cells(figures: Mapping[str, Any], budget: int) -> list[str]:
    """Return the cells of average recall, proposals and milliseconds of figures on a split."""
    value, seconds = figures["average_recall"][str(budget)], figures["seconds_per_image"]
    shown = cell(interval(value, figures["interval"]))
    return [td(shown), td(f"{figures['proposals_per_image']:,.0f}"), td(f"{1000 * seconds:,.1f}")]


def td(text: str) -> str:
    """Return a cell of a table."""
    return f"<td>{text}</td>"


def table(heads: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells that are HTML already."""
    head = "".join(f"<th>{html.escape(text)}</th>" for text in heads)
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    return f'<div class="evaluation"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
