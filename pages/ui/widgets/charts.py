"""The outcome of an export, and the labels of an image, as figures of Plotly."""

from collections.abc import Sequence

import numpy as np

from core.export.estimate.breakdown import Inside
from core.export.estimate.tally import LEFT_IGNORED, UNCHOSEN, WRITTEN_NEGATIVE, WRITTEN_POSITIVE, Counts
from core.labelling import IGNORED, KINDS, NEGATIVE, POSITIVE, LabelRule, Labels
from core.sampling.bands import BINS, Band, bands, iou_histogram
from pages.ui.components import colours
from pages.ui.widgets.evaluation_charts import Settings, numbers

# From the bottom up: what is written is lowest, so that its height can be read from the axis.
_STACK = (
    (WRITTEN_POSITIVE, "written, positive", colours.LABELS[POSITIVE], ""),
    (WRITTEN_NEGATIVE, "written, negative", colours.LABELS[NEGATIVE], ""),
    (UNCHOSEN, "eligible, not sampled", colours.UNCHOSEN, "/"),
    (LEFT_IGNORED, "ignored", colours.IGNORED_COLOUR, "x"),
)
_SHADES = {
    POSITIVE: colours.translucent(colours.LABELS[POSITIVE], 0.14),
    NEGATIVE: colours.translucent(colours.LABELS[NEGATIVE], 0.13),
    IGNORED: "rgba(128, 128, 128, 0.10)",
}
# In units of IoU: the name of a narrower band is drawn vertically.
_NARROW = 0.13
# Boxes at which the logarithmic axis starts: below 1, so that a single box is visible.
_FLOOR = 0.7


def outcomes_chart(outcomes: Counts, inside: Inside, rule: LabelRule) -> Settings:
    """Return a chart of boxes by best IoU, stacked by outcome, over the bands of the label rule.

    Parameters
    ----------
    outcomes : int64 (BINS, 4)
        See :func:`core.export.estimate.tally.outcomes_by_iou`.
    inside : Inside
        The negatives that lie inside an object: a second reading of their bars.
    rule : LabelRule
    """
    parts = [(outcomes[:, column], name, colour, pattern) for column, name, colour, pattern in _STACK]
    if inside.inside:
        counts, name, colour, pattern = parts[WRITTEN_NEGATIVE]
        parts[WRITTEN_NEGATIVE] = (counts - inside.by_iou, name, colour, pattern)
        name = f"negative, over {inside.share_text} inside an object"
        parts.insert(WRITTEN_NEGATIVE + 1, (inside.by_iou, name, colour, "\\"))
    return _stacked(parts, rule)


def labels_chart(labels: Labels, rule: LabelRule) -> Settings:
    """Return a chart of boxes by best IoU, stacked by label, over the bands of the label rule.

    Parameters
    ----------
    labels : Labels
    rule : LabelRule
        The rule of the labels.
    """
    styles = {POSITIVE: (colours.LABELS[POSITIVE], ""), NEGATIVE: (colours.LABELS[NEGATIVE], "")}
    styles[IGNORED] = (colours.IGNORED_COLOUR, "x")
    parts = [
        (iou_histogram(labels.iou[labels.kind == kind]), KINDS[kind], *style)
        for kind, style in styles.items()
    ]
    return _stacked(parts, rule)


def _stacked(parts: Sequence[tuple[Counts, str, str, str]], rule: LabelRule) -> Settings:
    """Return a chart of stacked bars; a part is its counts, name, colour and pattern."""
    all_bands = bands(rule)
    highest = max(float(np.sum([counts for counts, *_ in parts], axis=0).max()), 10.0)
    # Room above the highest bar for the names of the bands.
    top = np.log10(highest) + 0.22 * (np.log10(highest) - np.log10(_FLOOR))
    layout = {
        "barmode": "stack",
        "bargap": 0.08,
        "height": 310,
        "margin": {"l": 0, "r": 6, "t": 8, "b": 0},
        "hovermode": "x unified",
        "dragmode": False,
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
        "xaxis": {
            **_axis("highest IoU with an object"),
            "range": [0, 1],
            "dtick": 0.1,
            "hoverformat": ".3f",
        },
        "yaxis": {
            **_axis("boxes"),
            "type": "log",
            "range": [float(np.log10(_FLOOR)), float(top)],
            "dtick": 1,
            "tickformat": ",",
        },
        "shapes": [shape for band in all_bands for shape in _shades(band)],
        "annotations": [_name(band, rule) for band in all_bands],
    }
    return {"data": [_bars(*part) for part in parts], "layout": layout}


def _bars(counts: Counts, name: str, colour: str, pattern: str) -> Settings:
    return {
        "type": "bar",
        "x": numbers((np.arange(BINS) + 0.5) / BINS),
        "y": numbers(np.where(counts > 0, counts, np.nan)),
        "name": f"{name} ({int(counts.sum()):,})",
        "marker": {"color": colour, "line": {"width": 0}, "pattern": {"shape": pattern, "size": 5}},
        "customdata": numbers(counts),
        "hovertemplate": f"{name}: %{{customdata:,}}<extra></extra>",
    }


def _axis(title: str) -> Settings:
    return {"title": {"text": title, "font": {"size": 12}}, "tickfont": {"size": 12}, "fixedrange": True}


def _shades(band: Band) -> list[Settings]:
    """Return the ground of a band, and the line where it begins."""
    place = {"yref": "y domain", "y0": 0, "y1": 1}
    ground = {"type": "rect", "x0": band.low, "x1": band.high, "layer": "below", "line": {"width": 0}}
    line = {"width": 1.5, "dash": "dot", "color": "rgba(128, 128, 128, 0.9)"}
    begin = {"type": "line", "x0": band.low, "x1": band.low, "line": line}
    shapes = [ground | place | {"fillcolor": _SHADES[band.kind]}]
    return [*shapes, begin | place] if band.low > 0 else shapes


def _name(band: Band, rule: LabelRule) -> Settings:
    return {
        "x": (band.low + band.high) / 2 if band.high > band.low else 1.0,
        "y": 1,
        "yref": "paper",
        "yanchor": "top",
        "xanchor": "center" if band.high > band.low else "right",
        "textangle": -90 if band.high - band.low < _NARROW else 0,
        "text": band_text(band, rule),
        "showarrow": False,
    }


def band_text(band: Band, rule: LabelRule) -> str:
    """Return the name of a band with its bounds."""
    low, high = f"{band.low:g}", f"{band.high:g}"
    if band.kind == POSITIVE:
        return f"positive {'≥' if rule.inclusive else '>'} {low}"
    if band.low == 0 and band.high == 1:
        return KINDS[band.kind]
    if band.low == 0:
        return (
            f"{KINDS[band.kind]} < {high}"
            if band.high < rule.iou or rule.inclusive
            else (f"{KINDS[band.kind]} ≤ {high}")
        )
    return f"{KINDS[band.kind]} {low}–{high}"
