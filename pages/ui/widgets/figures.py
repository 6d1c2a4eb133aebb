"""Numbers beside each other, each with its word, in less room than a row of metrics takes."""

import html
from collections.abc import Mapping
from typing import Any

import streamlit as st


def figures(numbers: Mapping[str, Any]) -> None:
    """Draw numbers by their words; a text stands as it is."""
    st.html(f'<dl class="figures">{"".join(_figure(*pair) for pair in numbers.items())}</dl>')


def _figure(word: str, value: Any) -> str:
    shown = value if isinstance(value, str) else f"{value:,}"
    return f"<div><dt>{html.escape(word)}</dt><dd>{html.escape(shown)}</dd></div>"
