"""What a fitted order changes on a split that it was not fitted to: average recall before and after."""

import html
from collections.abc import Hashable
from typing import NamedTuple

import streamlit as st

from core import wording
from core.datasets import CocoDataset
from core.datasets.levels import AUTO
from core.evaluation.evaluation import Evaluation
from core.evaluation.summary import AVERAGE_AT, above, budgets_to, recalls_by_budget, summary
from core.export import DatasetKind
from core.pipeline import Setup
from core.proposals.store import boxes_setup
from core.proposers import make_proposer
from pages.ui.components.chart import chart
from pages.ui.components.colours import SERIES
from pages.ui.state import cached, evaluations, kept, opening, session
from pages.ui.state.choice import Choice
from pages.ui.state.setups import name_of
from pages.ui.views import export_plan
from pages.ui.widgets import evaluation_charts as charts
from pages.ui.widgets.evaluation_charts import Curve, Style
from pages.ui.widgets.intervals import cell, difference_cell
from pages.ui.widgets.markdown import code, literal

_REFRESH = 1.0
# Seconds that the page waits for the first image, by which it says what the others take.
_PATIENCE = 1.5
_ON = session.page_key("fit", "measured_on")
_ASKED = session.page_key("fit", "asked")
_COMPARES = session.page_key("fit", "compares")
# AR@k of the table; the difference is given at the second.
_AT = AVERAGE_AT[:2]


class _Order(NamedTuple):
    name: str
    setup: Setup
    style: Style


class _Measuring(NamedTuple):
    """What is measured: the split, its orders, the fitted one last, and what it is known by."""

    split: str
    dataset: CocoDataset
    orders: list[_Order]
    key: Hashable

    def measure(self, images: int | None = None, seconds: float = 0.0) -> evaluations.Measured:
        setups = [each.setup for each in self.orders]
        return evaluations.measure(self.dataset, setups, [None] * len(setups), seconds, images)


def draw(chosen: Choice, fitted: Setup, without_fit: str) -> None:
    """Draw average recall before and after on another split of the data set, once that is asked for.

    Parameters
    ----------
    chosen : Choice
    fitted : Setup
        With the fitted file.
    without_fit : str
        The proposer whose order is the best without a fit.

    Raises
    ------
    BoxscopeError
        The other split cannot be opened.
    """
    others = {name: path for name, path in opening.splits(chosen).items() if name != chosen.split}
    if not others:
        st.caption(
            "The data set has no other split to measure it on: on the images that it was fitted to its "
            "figures are too high."
        )
        return
    names = sorted(others, key=lambda name: export_plan.kind(name) != DatasetKind.VALID)
    split = st.selectbox(
        "Before and after, measured on",
        names,
        key=_ON,
        persist_state="session",
        help="A split that the order was not fitted to.",
        width=260,
    )
    dataset = cached.dataset(others[split], opening.images_dir(chosen.images), chosen.grey or AUTO)
    key = cached.dataset_key(dataset), fitted, fitted.proposer.state()
    of = _Measuring(split, dataset, _orders(chosen.setup, fitted, without_fit), key)
    if session.remembered(_ASKED) != key:
        _offer(of)
        return
    measured = of.measure()
    st.fragment(_drawn, run_every=None if measured.is_done else _REFRESH)(of, chosen, measured.is_done)


def _orders(present: Setup, fitted: Setup, without_fit: str) -> list[_Order]:
    """Return the present setup, the best order without a fit and the fitted one, each once."""
    before, after = boxes_setup(present), boxes_setup(fitted)
    orders = {before: f"before: {name_of(before)}"}
    if without_fit:
        orders.setdefault(boxes_setup(Setup(make_proposer(without_fit))), f"without a fit: {without_fit}")
    orders.pop(after, None)
    orders[after] = "after: fitted"
    styles = [Style(SERIES[number]) for number in range(1, len(orders))] + [Style(SERIES[0])]
    return [_Order(name, setup, style) for (setup, name), style in zip(orders.items(), styles, strict=True)]


def _offer(of: _Measuring) -> None:
    """Draw the button that begins to measure, with what that takes: by the first image, which is measured."""
    images = len(evaluations.to_measure(of.dataset))
    seconds = evaluations.cost(of.measure(1, _PATIENCE), images - 1)
    about = "" if seconds is None else f", about {wording.duration(max(seconds, 1))}"
    asked = st.button(
        f"Measure before and after ({wording.count(images, 'image')}{about})",
        icon=":material/monitoring:",
        on_click=session.remember,
        args=(_ASKED, of.key),
        help="In the background.",
    )
    if asked:
        st.rerun()


def _drawn(of: _Measuring, chosen: Choice, was_done: bool) -> None:
    measured = of.measure()
    if measured.is_done != was_done:
        st.rerun()
    if not measured.is_done:
        text = f"{measured.done:,} of {wording.count(len(measured.indices), 'image')} measured"
        st.progress(measured.done / len(measured.indices), text=text)
        return
    known = [
        (each, made) for each, made in zip(of.orders, measured.evaluations, strict=True) if made is not None
    ]
    if not known:
        st.warning(f"No image of {code(of.split)} could be measured.", icon=":material/broken_image:")
        return
    curves, table = st.columns(2, gap="medium")
    with curves:
        _draw_chart(known)
    with table:
        st.html(f'<div class="evaluation">{_table(known)}</div>')
        if measured.failed:
            st.caption(f"{wording.count(measured.failed, 'image')} could not be measured.")
        _offer_comparison(of, chosen)


def _draw_chart(known: list[tuple[_Order, Evaluation]]) -> None:
    budgets = tuple(budgets_to(max(int(made.proposals.max()) for _, made in known)))
    curves = []
    for each, made in known:
        recalls = evaluations.made(recalls_by_budget, made, budgets, None, "coco")
        curves.append(Curve(each.name, each.style, budgets, recalls))
    figure = charts.by_budget(curves, "average recall", _AT[-1])
    chart(
        key=session.page_key("fit", "by_budget"),
        figure=figure,
        label="average recall by the number of proposals, a line for each order",
    )


def _table(known: list[tuple[_Order, Evaluation]]) -> str:
    heads = ["", *(f"AR@{at:,}" for at in _AT), *(f"fit − this, @{at:,}" for at in _AT)]
    rows = []
    for each, made in known:
        figures = evaluations.made(summary, made, _AT[-1], 0.5, "coco").average_recalls
        cells = [f"<td>{cell(figure)}</td>" for figure, _ in zip(figures, _AT, strict=False)]
        for at in _AT:
            is_fitted = made is known[-1][1]
            more = None if is_fitted else evaluations.made(above, known[-1][1], made, at, "coco")
            cells.append(difference_cell(more, f"AR@{at:,} of the fitted order less that of this one"))
        name = f"{each.style.swatch}<b>{html.escape(each.name)}</b>"
        rows.append(f"<tr><td>{name}</td>{''.join(cells)}</tr>")
    head = "".join(f"<th>{html.escape(text)}</th>" for text in heads)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _offer_comparison(of: _Measuring, chosen: Choice) -> None:
    """Draw the button that opens Evaluate on that split, with the present setup and the fitted one kept."""
    setups = chosen.setup, of.orders[-1].setup
    full = len(kept.with_others(*setups)) > kept.MOST
    st.button(
        f"Compare it on {literal(of.split)}",
        icon=":material/add_chart:",
        disabled=full,
        on_click=_compare,
        args=(setups, of.split),
        help="The page Evaluate with this split, this order and the present setup. It keeps at most "
        f"{kept.MOST:d} setups: where there are as many, remove one there first.",
        type="tertiary",
    )
    if session.remembered(_COMPARES):
        session.remember(_COMPARES, False)
        st.switch_page("evaluate.py")


def _compare(setups: tuple[Setup, ...], split: str) -> None:
    for setup in setups:
        kept.keep(setup)
    session.choose(Choice, split=split)
    session.forget_image()
    session.remember(_COMPARES, True)
