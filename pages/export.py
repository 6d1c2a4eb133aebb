"""The export: its design with a dry run, all jobs, and a finished one to look through."""

import streamlit as st

from pages.ui.state import session
from pages.ui.views.export import browse, designer, job_list

_VIEWS = {
    "design": ("Design", ":material/tune:", designer.draw),
    "jobs": ("Jobs", ":material/list_alt:", job_list.draw),
    "browse": ("Browse", ":material/grid_view:", browse.draw),
}

title, views = st.columns([1, 3], vertical_alignment="center")
title.title("Export")
shown = views.segmented_control(
    "View",
    session.VIEWS,
    required=True,
    format_func=lambda name: f"{_VIEWS[name][1]} {_VIEWS[name][0]}",
    key=session.seed("view", session.choice().view),
    label_visibility="collapsed",
    persist_state="session",
)
_VIEWS[shown or "design"][2](session.choice())
