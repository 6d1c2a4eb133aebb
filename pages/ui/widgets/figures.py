"""Labelled numbers side by side, smaller than a row of metrics."""

import html
from collections.abc import Mapping
from typing import Any

import streamlit as st


def figures(numbers: Mapping[str, Any]) -> None:
    """Draw numbers under their labels; a text is drawn as it is."""
    st.html(f'<dl class="figures">{"".join(_figure(*pair) for pair in numbers.items())}</dl>')


def _figure(label: str, value: Any) -> str:
    shown = value if isinstance(value, str) else f"{value:,}"
    return f"<div><dt>{html.escape(label)}</dt><dd>{html.escape(shown)}</dd></div>"
