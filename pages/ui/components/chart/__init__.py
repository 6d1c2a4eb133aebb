"""A chart by Plotly, from a figure as a dict; of another figure only what differs is drawn.

Streamlit's own element for Plotly draws each changed figure from the beginning, and its script is all of
plotly.js: see :mod:`pages.ui.server.chart_script`.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pages.ui.components.declare import declare
from pages.ui.components.messages import dated
from pages.ui.server import chart_script
from pages.ui.state import session

HERE = Path(__file__).parent

_mount = declare(HERE, '<div class="chart" role="figure"></div>', isolated=False)

Figure = Mapping[str, Any]
"""``data`` and ``layout`` as plotly.js takes them: dicts, lists, texts and numbers, None for no number."""


def chart(*, key: str, figure: Figure, label: str, on_pick: Callable[[], None] | None = None) -> None:
    """Draw a figure in the colours of the page, as wide as there is room; a button saves it as PNG.

    Parameters
    ----------
    key : str
        Key of the element.
    figure : dict
        Its kinds of trace are ``scatter`` and ``bar``, and its height is given.
    label : str
        What it shows, for those who do not see it.
    on_pick : callable, optional
        Called before the script when a mark is clicked, see :func:`picked`.
    """
    # As text: Streamlit would check whether each list is a dataframe, and import pandas for that.
    text = json.dumps(figure, allow_nan=False, separators=(",", ":"))
    picks = {} if on_pick is None else {"on_marks_change": on_pick}
    height, script = figure["layout"]["height"], chart_script.address()
    message = dated(key, figure=text, height=height, label=label, picks=bool(picks), script=script)
    _mount(key=key, data=message, **picks)


def expect_chart(key: str) -> None:
    """Have the browser load and try what draws charts before there is a figure.

    Parameters
    ----------
    key : str
        Key of the element, which shows nothing.
    """
    _mount(key=key, data={"script": chart_script.address()})


def picked(key: str) -> list[str]:
    """Return the texts of the marks that were clicked in a chart: the first of each one's ``customdata``."""
    return [str(mark) for mark in (session.remembered(key) or {}).get("marks") or ()]
