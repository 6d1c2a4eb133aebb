"""Rows of a table that choose something: the table is HTML of the page, a click is sent to Python."""

from collections.abc import Callable
from pathlib import Path

from pages.ui.components.declare import declare

HERE = Path(__file__).parent

_mount = declare(HERE, "<i></i>")


def choosing_rows(*, key: str, leads_to: str, on_row: Callable[[], None]) -> None:
    """Send the ``data-row`` of a row that is clicked, as state ``row`` of the element, which shows nothing.

    A row that can be chosen has a button, for the keyboard.

    Parameters
    ----------
    key : str
        Key of the element.
    leads_to : str
        Id of the heading of what a row chooses; it is scrolled to where it is out of view.
    on_row : callable
        Called before the script when a row was clicked.
    """
    _mount(key=key, data={"leadsTo": leads_to}, on_row_change=on_row)
