"""Results as Plotly figures."""

import numpy as np
import plotly.graph_objects as go

from core.labelling import LabelRule
from pages.ui.classes import colour

_BIN = 0.05


def iou_histogram(iou: np.ndarray, rule: LabelRule) -> go.Figure:
    """Count proposals by IoU, coloured as the boxes are, with the threshold of the positives.

    Parameters
    ----------
    iou : float32 (N,)
    rule : LabelRule
    """
    edges = np.arange(0, 1 + _BIN / 2, _BIN)
    counts, _ = np.histogram(iou, edges)
    colours = [colour(middle) for middle in edges[:-1] + _BIN / 2]
    bars = go.Bar(
        x=edges[:-1] + _BIN / 2,
        y=counts,
        width=_BIN,
        marker={"color": colours, "line": {"width": 0.5, "color": "#333"}},
        customdata=np.stack([edges[:-1], edges[1:]], axis=1),
        hovertemplate="IoU %{customdata[0]:.2f}-%{customdata[1]:.2f}: %{y} proposals<extra></extra>",
    )
    figure = go.Figure(bars)
    figure.add_vline(x=rule.iou, line={"dash": "dot", "width": 1.5, "color": "#888"})
    figure.update_layout(
        height=190,
        margin={"l": 0, "r": 8, "t": 8, "b": 0},
        xaxis={"title": "best IoU", "range": [0, 1], "dtick": 0.25},
        yaxis={
            "title": "proposals",
            "type": "log",
            "dtick": 1,
            "range": [-0.2, np.log10(max(counts.max(), 10)) + 0.1],
        },
        showlegend=False,
    )
    return figure
