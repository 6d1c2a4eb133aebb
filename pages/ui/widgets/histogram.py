"""How many boxes reach which IoU, as bars of plain HTML."""

import html

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core import wording
from pages.ui.components.colours import colour

BINS = 20


def iou_histogram(
    counts: NDArray[np.int64],
    words: str,
    thing: str,
    mark: tuple[float, str] | None = None,
    within: tuple[float, float] = (0.0, 1.0),
) -> None:
    """Draw the bars in the colours of their boxes, over lines at powers of ten: heights are logarithms.

    Parameters
    ----------
    counts : int64 (B,)
        In equal bins from 0 to 1.
    words : str
        What stands above.
    thing : str
        What is counted, one of it.
    mark : (float, str) or None
        A line at an IoU, and what it means.
    within : (float, float)
        Bars outside of this range are faint.
    """
    edges = np.linspace(0, 1, len(counts) + 1).round(4)
    most = int(counts.max(initial=0))
    full = np.log10(max(most, 10) + 1)
    bars = "".join(
        f'<i style="height: {np.log10(count + 1) / full:.1%}; background: {colour(low)}"{faint} '
        f'title="IoU {low:.2f} to {high:.2f}: {wording.count(int(count), thing)}"></i>'
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
    # Not a chart of Plotly: its code is megabytes that the first picture would wait for, and it draws anew.
    st.html(
        f'<figure class="histogram"><figcaption>{html.escape(words)}</figcaption>'
        f"<div>{scale}{bars}{line}</div><footer>{ticks}</footer></figure>"
    )


def _faint(edges: NDArray[np.float64], within: tuple[float, float]) -> list[str]:
    low, high = within
    outside = (edges[1:] <= low) & (edges[1:] < 1) | (edges[:-1] > high)
    return [' class="faint"' if out else "" for out in outside]
