"""The two charts: recall or average recall by the number of proposals, and recall by the IoU threshold."""

import streamlit as st

from core.evaluation.evaluation import ALL, Evaluation
from core.evaluation.summary import budgets_to, recalls_by_budget, recalls_by_iou
from pages.ui.components.chart import Follows, chart
from pages.ui.state import evaluations, session
from pages.ui.state.evaluations import Measured
from pages.ui.views.evaluate.choices import BUDGET, BUDGET_TEXTS, first_proposals
from pages.ui.views.evaluate.drawn import Drawn
from pages.ui.views.evaluate.setups import Compared
from pages.ui.widgets import evaluation_charts as charts
from pages.ui.widgets.evaluation_charts import Curve


def draw(drawn: Drawn, shown: list[Compared], measured: Measured) -> None:
    """Draw the charts."""
    known = [(each, made) for each, made in zip(shown, measured.evaluations, strict=True) if made is not None]
    left, right = st.columns(2, gap="medium")
    with left:
        _by_budget(drawn, known)
    with right:
        _by_iou(drawn, known)


def _by_budget(drawn: Drawn, known: list[tuple[Compared, Evaluation]]) -> None:
    of = None if drawn.page.curve == "average" else drawn.iou
    budgets = budgets_to(max(int(made.proposals.max()) for _, made in known))
    curves = [
        Curve(
            each.name,
            each.style,
            budgets,
            evaluations.made(recalls_by_budget, made, tuple(budgets), of, drawn.page.matching),
        )
        for each, made in known
    ]
    title = "average recall" if of is None else f"recall at IoU {of:.2f}"
    parts = {
        name: charts.with_line(None if number == ALL else number) for name, number in BUDGET_TEXTS.items()
    }
    chart(
        key=session.page_key("evaluate", "by_budget"),
        figure=charts.by_budget(curves, title),
        label=f"{title} by the number of proposals, a line for each setup",
        follows=Follows(BUDGET, parts),
    )


def _by_iou(drawn: Drawn, known: list[tuple[Compared, Evaluation]]) -> None:
    recalls = [evaluations.made(recalls_by_iou, made, drawn.page.matching) for _, made in known]
    curves = [
        Curve(each.name, each.style, made.thresholds, of[-1])
        for (each, made), of in zip(known, recalls, strict=True)
    ]
    parts = {
        name: charts.with_values([of[row] for of in recalls])
        | charts.with_title(f"recall by {first_proposals(name)}")
        for row, name in enumerate(BUDGET_TEXTS)
    }
    chart(
        key=session.page_key("evaluate", "by_iou"),
        figure=charts.by_iou(curves, "recall", drawn.iou),
        label="recall by the first proposals, by the IoU threshold, a line for each setup",
        follows=Follows(BUDGET, parts),
    )
