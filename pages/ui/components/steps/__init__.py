"""One of a few values in order, as a slider; charts follow it in the browser while it is moved."""

from collections.abc import Callable, Mapping
from pathlib import Path

from pages.ui.components.declare import declare
from pages.ui.state import session

HERE = Path(__file__).parent

_WIDTH = 240  # pixels

_mount = declare(HERE, '<div class="numbers steps"></div>')


def steps(
    *, key: str, label: str, help: str, texts: Mapping[str, str], value: str, on_choice: Callable[[], None]
) -> None:
    """Draw a slider of values. Python is sent the one that is chosen on release, see :func:`chosen`.

    Parameters
    ----------
    key : str
        Key of the element, by which charts follow it, see :class:`pages.ui.components.chart.Follows`.
    label, help : str
    texts : mapping of str to str
        The values in order, each with the text to show.
    value : str
        The present one.
    on_choice : callable
        Called before the script when another one has been chosen.
    """
    message = {
        "key": key,
        "label": label,
        "help": help,
        # Tuples: Streamlit would import pandas to see whether a list or dict is a dataframe.
        "values": tuple(texts.items()),
        "value": value,
        "received": _sent(key).get("serial"),
    }
    _mount(key=key, data=message, width=_WIDTH, on_sent_change=on_choice)


def chosen(key: str) -> str:
    """Return the value that the user chose last in a slider of :func:`steps`, empty for none."""
    return str(_sent(key).get("value", ""))


def _sent(key: str) -> dict[str, str]:
    return (session.remembered(key) or {}).get("sent") or {}
