"""How a component is made known to Streamlit."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from pages.ui.components.bundler import Data, bundle


def declare(folder: Path, html: str, data: Data | None = None) -> Callable[..., Any]:
    """Return the function that draws the component of a folder.

    Called once, when the component is first imported: Streamlit keeps the texts in what is returned and
    registers them again by itself in a runtime that does not know them (each AppTest brings its own).

    Parameters
    ----------
    folder : Path
        With ``NAME.js`` and ``NAME.css``, where NAME is the folder's own; the component is ``boxscope_NAME``.
    html : str
    data : dict of dicts, optional
        Values handed over to the script, see :func:`pages.ui.components.bundler.bundle`.
    """
    name = folder.name
    return st.components.v2.component(
        f"boxscope_{name}",
        html=html,
        css=(folder / f"{name}.css").read_text(encoding="utf-8"),
        js=bundle(folder / f"{name}.js", data),
    )
