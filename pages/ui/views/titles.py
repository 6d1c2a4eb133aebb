"""The title of the browser's tab."""

import streamlit as st

from pages.ui.state import session
from pages.ui.state.known import set_name

_APP = "Boxscope"


def of(what: str = "") -> str:
    """Return a title such as ``058.jpg · crackforest – Boxscope``.

    Parameters
    ----------
    what : str
        The image or the page that is shown.
    """
    parts = [part for part in (what, set_name(session.choice().dataset)) if part]
    return f"{' · '.join(parts)} – {_APP}"


def show(what: str) -> None:
    """Set the title of the tab, see :func:`of`."""
    st.set_page_config(page_title=of(what))
