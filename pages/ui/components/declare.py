"""Registration of a component with Streamlit."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from pages.ui.components.bundler import Data, bundle, style_sheet


def declare(folder: Path, html: str, data: Data | None = None, isolated: bool = True) -> Callable[..., Any]:
    """Return the function that draws the component of a folder.

    Called once, when the component is imported: the function keeps the texts, and Streamlit registers them
    again in a runtime that lacks them (each AppTest has its own).

    Parameters
    ----------
    folder : Path
        Holds ``NAME.js`` and ``NAME.css``, where NAME is its name; the component is ``boxscope_NAME``.
    html : str
    data : dict of dicts, optional
        Values passed to the script, see :func:`pages.ui.components.bundler.bundle`.
    isolated : bool
        Whether it has a style of its own, apart from that of the page.
    """
    name = folder.name
    return st.components.v2.component(
        f"boxscope_{name}",
        html=html,
        css=style_sheet(folder / f"{name}.css"),
        js=bundle(folder / f"{name}.js", data),
        isolate_styles=isolated,
    )
