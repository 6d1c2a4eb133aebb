"""The browser's history: one step back is one step of the user."""

from pathlib import Path

from pages.ui.components.declare import declare

HERE = Path(__file__).parent

_mount = declare(HERE, "<i></i>")


def address(key: str) -> float:
    """Have a link enter the browser's history once, as long as it grows into that of the same view.

    Streamlit enters the address of an opened page twice: without its parameters, then with them.

    Parameters
    ----------
    key : str
        Key of the element, which shows nothing.

    Returns
    -------
    float
        Time of the last step back or forward, 0 before the first: by it the server tells a step to an older
        link from a rerun that was sent before the newer one had arrived.
    """
    return float(_mount(key=key, default={"step": 0}, on_step_change=lambda: None).step)
