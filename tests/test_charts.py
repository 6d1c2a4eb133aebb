"""Charts: the script that draws them, and figures that plotly itself checks."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest

from core.export.estimate.breakdown import Inside
from core.labelling import LabelRule
from core.sampling.bands import BINS
from pages.ui.server import chart_script
from pages.ui.widgets import charts, evaluation_charts, tuning_charts
from pages.ui.widgets.evaluation_charts import Bar, Curve, Style
from pages.ui.widgets.tuning_charts import Point

WHOLE = Path(find_spec("plotly").origin).with_name("package_data") / "plotly.min.js"


def test_the_script_of_charts_is_the_part_of_plotly_that_draws_lines_marks_and_bars():
    whole, script = WHOLE.read_text(), chart_script.script()
    assert script == chart_script.without_other_kinds(whole)
    assert len(script) < len(whole) / 3
    assert script[:1_000_000] == whole[:1_000_000]
    assert script[-1_900:] == whole[-1_900:]


def test_a_script_that_is_built_otherwise_is_served_whole():
    for text in ("", "window.Plotly = {};", WHOLE.read_text()[:-5_000]):
        assert chart_script.without_other_kinds(text) == text


STYLE = Style("#009E73", "dash")
CURVES = [Curve("grid", STYLE, (1, 10, 100), (0.1, float("nan"), 0.5)), Curve("one", STYLE, (1,), (0.2,))]
BARS = [Bar("a", "a 3", 0.5, 0.4, 0.6), Bar("b", "b 4", 0.25)]
TRIAL = Point(3, 0.0, 0.5, 12.0)
RULE = LabelRule()
FIGURES = {
    "by budget": evaluation_charts.by_budget(CURVES, "recall", 10),
    "by IoU": evaluation_charts.by_iou(CURVES, "recall", 0.5),
    "overlaps": evaluation_charts.overlaps([0, 3, 5, 1], (1, 2), 0.5),
    "shares": evaluation_charts.bars(BARS, "recall", "a", "#009E73", True),
    "counts": evaluation_charts.bars(BARS[:1], "objects", "", "#009E73", False),
    "trials": tuning_charts.pareto([TRIAL], [TRIAL], TRIAL, 3, "recall"),
    "outcomes": charts.outcomes_chart(
        np.ones((BINS, 4), np.int64), Inside(0.5, 9, 5, 0, np.ones(BINS, np.int64)), RULE
    ),
}


@pytest.mark.parametrize("name", list(FIGURES))
def test_a_figure_is_one_that_plotly_knows_and_json_can_hold(name):
    figure = json.loads(json.dumps(FIGURES[name], allow_nan=False))
    assert {trace["type"] for trace in figure["data"]} <= {"scatter", "bar"}
    assert json.loads(go.Figure(figure).to_json())["layout"]["height"] == figure["layout"]["height"]
