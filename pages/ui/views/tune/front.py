"""The trials of a search in a chart, of which a click looks at one."""

import streamlit as st

from core.tuning.trial import Trial
from core.tuning.watching import Watched
from pages.ui.components.chart import chart
from pages.ui.state import session
from pages.ui.views.tune.choices import pick
from pages.ui.widgets import tuning_charts
from pages.ui.widgets.tuning_charts import Point


def draw(search: Watched, looked_at: Trial) -> None:
    """Draw the chart."""
    budget = search.budget
    points = {trial.number: _point(trial, budget) for trial in search.finished}
    front = [points[trial.number] for trial in search.front]
    defaults = None if search.defaults is None else points[search.defaults.number]
    key = session.page_key("tune", "front")
    height = f"average recall, first {budget:,}"
    chart(
        key=key,
        figure=tuning_charts.pareto(list(points.values()), front, defaults, looked_at.number, height),
        label=f"{height}, by the number of proposals, a mark for each trial",
        on_pick=lambda: pick(key),
    )
    st.caption(
        f"Each mark is a trial on the sample of this split: AR@{budget:,} is the mean recall over IoU 0.5 to "
        "0.95 by the first proposals of each image. No other trial beats one of the front in recall with as "
        "few proposals. Click a mark to look at it."
    )


def _point(trial: Trial, budget: int) -> Point:
    milliseconds = 1000 * trial.seconds_per_image
    return Point(trial.number, trial.proposals_per_image, trial.recall(budget), milliseconds)
