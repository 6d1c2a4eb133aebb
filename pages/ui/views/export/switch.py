"""The switch between the views of the page Export."""

from collections.abc import Mapping

import streamlit as st

from pages.ui.state import session
from pages.ui.views.export.choices import VIEWS, ExportChoice


def choose(labels: Mapping[str, str]) -> str:
    """Draw the switch, and return the name of the chosen view.

    Parameters
    ----------
    labels : mapping of str to str
        The label of each of ``VIEWS``.
    """
    chosen = st.segmented_control(
        "View",
        VIEWS,
        required=True,
        format_func=labels.__getitem__,
        key=session.seed(ExportChoice, "view"),
        label_visibility="collapsed",
        persist_state="session",
    )
    return chosen or VIEWS[0]
