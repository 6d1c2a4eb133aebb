"""Evaluations as figures of Plotly: curves of several setups, and bars that filter images when clicked.

Dicts, as plotly.js takes them: ``plotly.graph_objects`` would take 20 ms a chart to make and check them, and
0.4 s to be imported.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.evaluation.bootstrap import Interval
from pages.ui.components.colours import colour

Settings = dict[str, Any]

_AXIS = {"tickfont": {"size": 12}, "fixedrange": True}
_GREY = "rgba(128, 128, 128, 0.75)"
_FAINT = 0.35
_HEIGHT = 270
_DIGITS = 6  # of values that are sent for every number of proposals
_BAR = 30  # pixels of a horizontal bar with its gap
_MARGIN = {"l": 56, "r": 4, "t": 6, "b": 46}  # around the curves by number of proposals


class Style(NamedTuple):
    """How a setup is drawn: ``#RRGGBB``, and the dash of its line."""

    colour: str
    dash: str = "solid"

    @property
    def swatch(self) -> str:
        """A piece of the line, as HTML."""
        kinds = {"solid": "solid", "dash": "dashed", "dot": "dotted"}
        return f'<i class="swatch" style="border-top: 3px {kinds[self.dash]} {self.colour}"></i>'


class Curve(NamedTuple):
    """The curve of a setup: values from 0 to 1, NaN where there is none."""

    name: str
    style: Style
    x: Sequence[float] | NDArray[np.float64]
    y: Sequence[float] | NDArray[np.float64]


def by_budget(curves: Sequence[Curve], title: str, budget: int | None = None) -> Settings:
    """Return a chart of recall by the number of proposals, on a logarithmic axis.

    Parameters
    ----------
    curves : sequence of Curve
    title : str
        Of the axis of recall.
    budget : int, optional
        Where to draw a line.
    """
    low, high = _powers(curves)
    ticks = [10**power for power in range(int(high) + 1)]
    axis = {
        "title": {"text": "proposals an image (logarithmic)"},
        "type": "log",
        "range": [low, high],
        "tickvals": ticks,
        "ticktext": [f"{tick:,}" for tick in ticks],
        "hoverformat": ",d",
        "automargin": False,
    }
    return _curves(curves, title, axis, budget, {"automargin": False}, margin=_MARGIN)


def _powers(curves: Sequence[Curve]) -> tuple[float, float]:
    """Return the powers of ten at which the axis of the number of proposals begins and ends."""
    last = max((float(curve.x[-1]) for curve in curves), default=1.0)
    return -0.03, np.log10(max(last, 10)) + 0.03


def by_iou(curves: Sequence[Curve], title: str, iou: float) -> Settings:
    """Return a chart of recall by IoU threshold, with a line at one of them."""
    axis = {
        "title": {"text": "IoU threshold"},
        "range": [0.03, 1.02],
        "dtick": 0.1,
        "tick0": 0.1,
        "hoverformat": ".2f",
    }
    return _curves(curves, title, axis, iou)


def _curves(
    curves: Sequence[Curve],
    title: str,
    x: Settings,
    mark: float | None,
    y: Settings | None = None,
    **layout: Any,
) -> Settings:
    lines = [
        {
            "type": "scatter",
            "x": numbers(curve.x),
            "y": numbers(curve.y),
            "name": curve.name,
            "mode": "lines" if len(curve.x) > 1 else "markers",
            "line": {"color": curve.style.colour, "dash": curve.style.dash, "width": 2},
            "hovertemplate": "%{y:.3f}",
        }
        for curve in curves
    ]
    y = {"title": {"text": title}, "range": [0, 1.02], "dtick": 0.2, **(y or {})}
    return figure(lines, x, y, _HEIGHT, mark, hovermode="x unified", showlegend=False, **layout)


def figure(
    data: list[Settings], x: Settings, y: Settings, height: int, mark: float | None, **layout: Any
) -> Settings:
    """Return a figure.

    Parameters
    ----------
    data : list of dict
        Its traces.
    x, y : dict
        Axes.
    height : int
        Pixels.
    mark : float or None
        Where to draw a vertical line.
    **layout
        Of Plotly.
    """
    layout = {"margin": {"l": 0, "r": 4, "t": 6, "b": 0}} | layout
    layout |= {
        "height": height,
        "dragmode": False,
        "shapes": _lines(mark),
        "xaxis": _AXIS | x,
        "yaxis": _AXIS | y,
    }
    for axis in (layout["xaxis"], layout["yaxis"]):
        axis["title"] = axis["title"] | {"font": {"size": 12}}
    return {"data": data, "layout": layout}


def _lines(mark: float | None) -> list[Settings]:
    """Return the vertical line at a value, if any."""
    line = {"type": "line", "x0": mark, "x1": mark, "y0": 0, "y1": 1, "yref": "paper"}
    return [] if mark is None else [line | {"line": {"width": 1.5, "dash": "dot", "color": _GREY}}]


def with_line(mark: float | None) -> Settings:
    """Return the part of a figure that is another where its line is elsewhere, None for no line."""
    return {"layout": {"shapes": _lines(mark)}}


def with_values(values: Sequence[NDArray[Any]]) -> Settings:
    """Return the part of a figure that is another where its traces have other values, an array each."""
    return {"data": [{"y": numbers(each.round(_DIGITS))} for each in values]}


def with_title(title: str) -> Settings:
    """Return the part of a figure that is another where its axis y has another title."""
    return {"layout": {"yaxis": {"title": {"text": title}}}}


def overlaps(counts: Sequence[int], chosen: tuple[int, int] | None, iou: float) -> Settings:
    """Return a histogram of objects by best overlap; its bars carry the number of their bin.

    Parameters
    ----------
    counts : sequence of int
        In equal bins from IoU 0 to 1.
    chosen : (int, int) or None
        The first and last of the bars that stand out; None for all.
    iou : float
        Where to draw a line: from there on an object is found.
    """
    bins = len(counts)
    low = [number / bins for number in range(bins)]
    shown = [chosen is None or chosen[0] <= number <= chosen[1] for number in range(bins)]
    bars = {
        "type": "bar",
        "x": [each + 0.5 / bins for each in low],
        "y": list(counts),
        "width": 0.92 / bins,
        "customdata": [[str(n), f"{each:.2f} to {each + 1 / bins:.2f}"] for n, each in enumerate(low)],
        "hovertemplate": "objects of IoU %{customdata[1]}: %{y:,}<extra></extra>",
        "marker": {
            "color": [colour(each + 1e-9) for each in low],
            "opacity": [1.0 if each else _FAINT for each in shown],
            "line": {"width": 1, "color": "rgba(0, 0, 0, 0.45)"},
        },
    }
    x = {"title": {"text": "best overlap of an object (IoU)"}, "range": [0, 1], "dtick": 0.1}
    y = {"title": {"text": "objects"}, **_counted(counts)}
    return figure([bars], x, y, _HEIGHT, iou, hovermode="x")  # a low bar is hit above it too


def with_counts(counts: Sequence[int]) -> Settings:
    """Return the part of :func:`overlaps` that is another where it has other counts."""
    return {"data": [{"y": list(counts)}], "layout": {"yaxis": _counted(counts)}}


class Bar(NamedTuple):
    """A horizontal bar.

    Attributes
    ----------
    key : str
        What a click on it chooses.
    text : str
    value : float
    low, high : float
        Ends of its interval; NaN for none.
    """

    key: str
    text: str
    value: float
    low: float = float("nan")
    high: float = float("nan")

    @classmethod
    def of(cls, key: str, text: str, interval: Interval) -> "Bar":
        """Return the bar of a figure with its interval."""
        return cls(key, text, *interval)


def bars(rows: Sequence[Bar], title: str, chosen: str, colour: str, share: bool) -> Settings:
    """Return horizontal bars, the first at the top; each carries its key.

    Parameters
    ----------
    rows : sequence of Bar
    title : str
        Of the axis.
    chosen : str
        Key of the bar that stands out; empty for all.
    colour : str
    share : bool
        Whether values are shares, 0-1, with intervals; else counts.
    """
    trace = {
        "type": "bar",
        "orientation": "h",
        "x": [row.value for row in rows],
        "y": [row.text for row in rows],
        "customdata": [[row.key] for row in rows],
        "hovertemplate": "%{y}<extra></extra>",
        "marker": {"color": colour, "opacity": [1.0 if chosen in ("", row.key) else _FAINT for row in rows]},
        **({"error_x": _errors(rows)} if share else {}),
    }
    y = {"title": {"text": ""}, "autorange": "reversed", "automargin": True, "ticksuffix": " "}
    x: Settings = {"title": {"text": title}}
    x |= {"range": [0, 1.02], "dtick": 0.2} if share else _counted([row.value for row in rows])
    height = max(_BAR * len(rows) + 60, 150)
    # A short bar, or one of 0, is hit beside it too.
    return figure([trace], x, y, height, None, bargap=0.25, showlegend=False, hovermode="y")


def _counted(counts: Sequence[float]) -> Settings:
    """Return the settings of an axis of counts, of which few would have a tick at each half."""
    step = 1 if max(counts, default=0) < 6 else None
    return {"rangemode": "tozero", "tickformat": ",d", "dtick": step}


def with_bars(rows: Sequence[Bar]) -> Settings:
    """Return the part of :func:`bars` of shares that is another where they have other texts and values."""
    errors = {name: values for name, values in _errors(rows).items() if name.startswith("array")}
    values = [row.value for row in rows]
    return {"data": [{"x": values, "y": [row.text for row in rows], "error_x": errors}]}


def _errors(rows: Sequence[Bar]) -> Settings:
    return {
        "type": "data",
        "symmetric": False,
        "array": numbers([max(row.high - row.value, 0.0) for row in rows]),
        "arrayminus": numbers([max(row.value - row.low, 0.0) for row in rows]),
        "color": _GREY,
        "thickness": 1.5,
        "width": 4,
    }


def numbers(values: Sequence[float] | NDArray[Any]) -> list[float | None]:
    """Return numbers as JSON can hold them, None for NaN."""
    return [None if value != value else value for value in np.asarray(values).tolist()]
