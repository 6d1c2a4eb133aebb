"""A chart by Plotly, from a figure as a dict; of another figure only what differs is drawn.

Streamlit's own element for Plotly draws each changed figure from the beginning, and its script is all of
plotly.js: see :mod:`pages.ui.server.chart_script`.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pages.ui.components.declare import declare
from pages.ui.components.messages import dated
from pages.ui.server import chart_script
from pages.ui.state import session

HERE = Path(__file__).parent

_mount = declare(HERE, '<div class="chart" role="figure"></div>', isolated=False)

Figure = Mapping[str, Any]
"""``data`` and ``layout`` as plotly.js takes them: dicts, lists, texts and numbers, None for no number."""


class Follows(NamedTuple):
    """What a chart shows by the choice of another element, at once, before Python has heard of it.

    Attributes
    ----------
    element : str
        Key of one of :func:`pages.ui.components.steps.steps`, on the same page.
    parts : mapping of str to dict
        By choice what takes the place of the same part of the figure; a list as long as it is, item by item.
    """

    element: str
    parts: Mapping[str, Figure]


def chart(
    *,
    key: str,
    figure: Figure,
    label: str,
    on_pick: Callable[[], None] | None = None,
    follows: Follows | None = None,
) -> None:
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
    follows : Follows, optional
        It is drawn once that element is there.
    """
    # As text: Streamlit would check whether each list is a dataframe, and import pandas for that.
    texts = {"figure": _text(figure)}
    if follows is not None:
        texts |= {"follows": follows.element, "parts": _text(follows.parts)}
    picks = {} if on_pick is None else {"on_marks_change": on_pick}
    height, script = figure["layout"]["height"], chart_script.address()
    message = dated(key, **texts, height=height, label=label, picks=bool(picks), script=script)
    _mount(key=key, data=message, **picks)


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


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
