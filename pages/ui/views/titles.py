"""The title of the browser's tab."""

from pathlib import Path

import streamlit as st

from pages.ui.state import session

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


def set_name(dataset: str) -> str:
    """Return the name of a data set's folder, also where it was opened by a file in it."""
    path = Path(dataset)
    return (path.parent.name or path.stem) if path.suffix.lower() == ".json" else path.name
