"""The trials of a search as a figure of Plotly: average recall by number of proposals, and the front."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from pages.ui.components.colours import SERIES
from pages.ui.widgets.evaluation_charts import Settings, figure

_HEIGHT = 380
_LEAST = 0.5  # proposals: a logarithmic axis has no 0


class Point(NamedTuple):
    """A trial: its number, proposals an image, average recall 0-1, and milliseconds an image."""

    number: int
    proposals: float
    recall: float
    milliseconds: float


def pareto(
    trials: Sequence[Point], front: Sequence[Point], defaults: Point | None, picked: int, title: str
) -> Settings:
    """Return a chart of trials; its marks carry the numbers of their trials.

    Parameters
    ----------
    trials, front : sequence of Point
    defaults : Point or None
        The setup that the search began with.
    picked : int
        Number of the trial that stands out; -1 for none.
    title : str
        Of the axis of recall.
    """
    on_front = {point.number for point in front}
    others = [point for point in trials if point.number not in on_front]
    along = sorted(front, key=lambda point: point.proposals)
    traces = [
        _marks("trials", others, {"color": "#8C8C8C", "size": 7, "opacity": 0.5}),
        _marks("front", along, {"color": SERIES[0], "size": 10}, line={"color": SERIES[0], "shape": "hv"}),
    ]
    if defaults is not None:
        marker = {"color": SERIES[1], "size": 13, "symbol": "diamond", "line": {"width": 1, "color": "#000"}}
        traces.append(_marks("defaults", [defaults], marker))
    if chosen := [point for point in trials if point.number == picked]:
        ring = {"color": "rgba(0,0,0,0)", "size": 19, "line": {"width": 2.5, "color": SERIES[1]}}
        traces.append(_marks("looked at", chosen, ring) | {"hoverinfo": "skip", "hovertemplate": None})
    x = {
        "title": {"text": "proposals an image (logarithmic)"},
        "type": "log",
        "dtick": 1,
        "tickformat": ",~g",
    }
    y = {"title": {"text": title}, "rangemode": "tozero"}
    legend = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
    return figure(traces, x, y, _HEIGHT, None, legend=legend, hovermode="closest")


def _marks(
    name: str, points: Sequence[Point], marker: dict[str, Any], line: dict[str, Any] | None = None
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "name": name,
        "mode": "lines+markers" if line else "markers",
        "x": [max(point.proposals, _LEAST) for point in points],
        "y": [point.recall for point in points],
        "customdata": [[point.number, point.proposals, point.milliseconds] for point in points],
        "hovertemplate": f"{name}: trial %{{customdata[0]}}<br>%{{y:.3f}}, %{{customdata[1]:,.0f}} boxes, "
        "%{customdata[2]:.1f} ms<extra></extra>",
        "marker": marker,
        **({"line": line} if line else {}),
    }
