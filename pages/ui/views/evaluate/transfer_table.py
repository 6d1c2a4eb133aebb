"""The figures of fitted files, and of orders without a fit, on several data sets, as a table in HTML."""

import html
from collections.abc import Hashable
from typing import NamedTuple

from core.datasets import CocoDataset
from core.evaluation.transfer import BUDGETS, AverageRecall
from core.pipeline import Setup
from core.proposers import Fitted
from pages.ui.state import cached, session
from pages.ui.widgets.intervals import cell

_KNOWN = session.page_key("transfer", "known")


class Row(NamedTuple):
    """An order.

    Attributes
    ----------
    name, note : str
        The file or proposer, and what is said of it.
    setup : Setup or None
        None for a file that cannot be used.
    fitted_to : str
        The name of the data set that it was fitted to, as far as that is known.
    """

    name: str
    note: str
    setup: Setup | None
    fitted_to: str = ""


class Column(NamedTuple):
    """A data set by its name."""

    name: str
    dataset: CocoDataset


class Table(NamedTuple):
    """Orders by data sets."""

    rows: list[Row]
    columns: list[Column]

    @property
    def setups(self) -> list[Setup]:
        """The orders that can be used."""
        return [row.setup for row in self.rows if row.setup is not None]

    @property
    def cells(self) -> list[tuple[Column, Setup]]:
        """What is measured, one data set after the other."""
        return [(column, setup) for column in self.columns for setup in self.setups]

    @property
    def missing(self) -> list[tuple[Column, Setup]]:
        """The cells that are not known yet."""
        return [pair for pair in self.cells if key(*pair) not in _known()]


def key(column: Column, setup: Setup) -> Hashable:
    """Return what the figures of a cell depend on."""
    return cached.dataset_key(column.dataset), setup, setup.proposer.state()


def remember(column: Column, setup: Setup, recall: AverageRecall | None) -> None:
    """Remember the figures of a cell, None where no image could be measured."""
    session.remember(_KNOWN, {**_known(), key(column, setup): recall})


def _known() -> dict[Hashable, AverageRecall | None]:
    return session.remembered(_KNOWN) or {}


def _recall(row: Row, column: Column) -> AverageRecall | None:
    return None if row.setup is None else _known().get(key(column, row.setup))


def as_html(table: Table) -> str:
    """Return the table, with the cells that are known so far."""
    names = "".join(f'<th colspan="{len(BUDGETS)}">{html.escape(each.name)}</th>' for each in table.columns)
    heads = "".join(f"<th>AR@{budget:,}</th>" for _ in table.columns for budget in BUDGETS)
    best = [_best_without_fit(table, column) for column in table.columns]
    rows = []
    for row in table.rows:
        cells = "".join(_cells(row, *pair) for pair in zip(table.columns, best, strict=True))
        name = f"<b>{html.escape(row.name)}</b><small>{html.escape(row.note)}</small>"
        rows.append(f"<tr><td>{name}</td>{cells}</tr>")
    head = f"<tr><th></th>{names}</tr><tr><th>order</th>{heads}</tr>"
    return f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"


def _best_without_fit(table: Table, column: Column) -> Row | None:
    """Return the best order without a fit on a data set, of those that are measured."""
    others = [row for row in table.rows if row.setup and not isinstance(row.setup.proposer, Fitted)]
    made = [(recall.total, row) for row in others if (recall := _recall(row, column))]
    return max(made, key=lambda pair: pair[0])[1] if made else None


def _cells(row: Row, column: Column, best: Row | None) -> str:
    recall = _recall(row, column)
    if recall is None:
        return "<td></td>" * len(BUDGETS)
    if row.fitted_to == column.name:
        title = "The images that it was fitted to: its figures on them are too high"
        values = (f"({recall.at(budget).value:.3f})<small>fitted to it</small>" for budget in BUDGETS)
        return "".join(f'<td class="chance" title="{title}">{value}</td>' for value in values)
    other = None if best in (None, row) else best
    return "".join(f"<td{_told(recall, column, other, at)}>{cell(recall.at(at))}</td>" for at in BUDGETS)


def _told(recall: AverageRecall, column: Column, best: Row | None, budget: int) -> str:
    """Return the attributes of a cell: how much the figure is above that of the best order without a fit."""
    other = None if best is None else _recall(best, column)
    more = None if other is None else recall.above(other, budget)
    if best is None or more is None:
        return ""
    title = f"{more.value:+.3f} ({more.low:+.3f} to {more.high:+.3f}) to {best.name}"
    title += "" if more.excludes_zero else ", cannot be told from chance"
    kind = "worse" if more.high < 0 else "better" if more.low > 0 else ""
    return f' class="{kind}" title="{html.escape(title)}"'
