"""Measuring images in the background of a page that draws nothing of it meanwhile."""

from typing import Any

import streamlit as st

from core.executors.background import Indices, Survey


@st.fragment(run_every=1.0)
def until_measured(survey: Survey[Any], indices: Indices) -> None:
    """Have images measured, and draw the page again once all are."""
    if survey.measure(indices) == len(indices):
        st.rerun()
