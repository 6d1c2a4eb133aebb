"""A button that copies the address of the page: a link that opens the same view."""

from pathlib import Path

from pages.ui.components.declare import declare

HERE = Path(__file__).parent

_LABEL = "Copy link to this view"

_mount = declare(HERE, f'<button type="button" aria-live="polite">{_LABEL}</button>')


def copy_link(key: str) -> None:
    """Draw the button.

    Parameters
    ----------
    key : str
        Key of the element.
    """
    _mount(key=key)
