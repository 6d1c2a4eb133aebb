"""The browser's history: one step back is one step of the user."""

from pathlib import Path

from pages.ui.components.declare import declare

HERE = Path(__file__).parent

_mount = declare(HERE, "<i></i>")


def address(key: str) -> None:
    """Have a link enter the browser's history once, as long as it grows into that of the same view.

    Streamlit enters the address of an opened page twice: without its parameters, then with them.

    Parameters
    ----------
    key : str
        Key of the element, which shows nothing.
    """
    _mount(key=key)
