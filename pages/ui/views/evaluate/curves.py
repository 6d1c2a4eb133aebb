"""The two charts: recall or average recall by the number of proposals, and recall by the IoU threshold."""

import streamlit as st

from core.evaluation.figures import recall_by_iou
from core.evaluation.summary import budgets_to, recalls_by_budget
from pages.ui.components.chart import chart
from pages.ui.state import evaluations, session
from pages.ui.state.evaluations import Measured
from pages.ui.views.evaluate.drawn import Drawn
from pages.ui.views.evaluate.setups import Compared
from pages.ui.widgets import evaluation_charts as charts
from pages.ui.widgets.evaluation_charts import Curve


def draw(drawn: Drawn, shown: list[Compared], measured: Measured) -> None:
    """Draw the charts."""
    known = [(each, made) for each, made in zip(shown, measured.evaluations, strict=True) if made is not None]
    matching, iou, budget = drawn.page.matching, drawn.iou, drawn.page.most
    of = None if drawn.page.curve == "average" else iou
    most = max(int(made.proposals.max()) for _, made in known)
    budgets = budgets_to(most)
    by_budget = [
        Curve(
            each.name,
            each.style,
            budgets,
            evaluations.made(recalls_by_budget, made, tuple(budgets), of, matching),
        )
        for each, made in known
    ]
    by_iou = [
        Curve(each.name, each.style, made.thresholds, evaluations.made(recall_by_iou, made, budget, matching))
        for each, made in known
    ]
    left, right = st.columns(2, gap="medium")
    height = "average recall" if of is None else f"recall at IoU {iou:.2f}"
    with left:
        chart(
            key=session.page_key("evaluate", "by_budget"),
            figure=charts.by_budget(by_budget, height),
            label=f"{height} by the number of proposals, a line for each setup",
        )
    # A line over the chart: with the line in it, another number of proposals would draw it anew, some 35 ms.
    position = charts.budget_position(by_budget, budget)
    shown_at = "--marked: 0" if position is None else f"--mark: {position:.4f}"
    st.html(f"<style>.st-key-evaluate-by_budget {{ {shown_at} }}</style>")
    first = "all proposals" if drawn.page.budget == "all" else f"the first {budget:,}"
    with right:
        chart(
            key=session.page_key("evaluate", "by_iou"),
            figure=charts.by_iou(by_iou, f"recall by {first}", iou),
            label=f"recall by {first}, by the IoU threshold, a line for each setup",
        )
