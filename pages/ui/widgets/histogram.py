"""A histogram of boxes by IoU, as bars of plain HTML."""

import html

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core import wording
from pages.ui.components.colours import colour

BINS = 20


def iou_histogram(
    counts: NDArray[np.int64],
    title: str,
    noun: str,
    mark: tuple[float, str] | None = None,
    within: tuple[float, float] = (0.0, 1.0),
    opens: bool = False,
) -> None:
    """Draw a histogram on a logarithmic scale, its bars in the colours of the boxes.

    Parameters
    ----------
    counts : int64 (B,)
        In equal bins from 0 to 1.
    title : str
    noun : str
        What is counted, in the singular.
    mark : (float, str) or None
        An IoU at which to draw a line, and the meaning of the line.
    within : (float, float)
        Bars outside of this range of IoU are faint.
    opens : bool
        Whether the viewer of the page draws the boxes of a bar that is clicked, see ``pointing.js``.
    """
    edges = np.linspace(0, 1, len(counts) + 1).round(4)
    most = int(counts.max(initial=0))
    full = np.log10(max(most, 10) + 1)
    bars = "".join(
        f'<i style="height: {np.log10(count + 1) / full:.1%}; background: {colour(low)}; '
        f'--from: {low:g}; --to: {high:g}"{faint}{_ends(low, high) if opens else ""} '
        f'title="IoU {low:.2f} to {high:.2f}: {wording.count(int(count), noun)}"></i>'
        for low, high, count, faint in zip(edges[:-1], edges[1:], counts, _faint(edges, within), strict=True)
    )
    line = (
        "" if mark is None else f'<hr style="left: {mark[0]:.1%}" title="{html.escape(mark[1], quote=True)}">'
    )
    scale = "".join(
        f'<b style="bottom: {np.log10(tick + 1) / full:.1%}">{tick:,}</b>'
        for tick in (10**power for power in range(len(str(max(most, 10)))))
    )
    ticks = "".join(f"<span>{tick:g}</span>" for tick in (0, 0.25, 0.5, 0.75, 1))
    # Not a chart of Plotly: its script has megabytes, which would delay the first picture.
    st.html(
        f'<figure class="histogram"><figcaption>{html.escape(title)}</figcaption>'
        f"<div>{scale}{bars}{line}</div><footer>{ticks}</footer></figure>"
    )


def _ends(low: float, high: float) -> str:
    return f' data-low="{low:g}" data-high="{high:g}"'


def _faint(edges: NDArray[np.float64], within: tuple[float, float]) -> list[str]:
    low, high = within
    outside = (edges[1:] <= low) & (edges[1:] < 1) | (edges[:-1] > high)
    return [' class="faint"' if out else "" for out in outside]
