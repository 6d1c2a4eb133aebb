"""The export: its design with a dry run, all jobs, and a finished one to browse."""

import streamlit as st

from pages.ui.views.export import browse, designer, job_list, switch

VIEWS = {
    "design": (":material/tune: Design", designer.draw),
    "jobs": (":material/list_alt: Jobs", job_list.draw),
    "browse": (":material/grid_view: Browse", browse.draw),
}

title, views = st.columns([1, 3], vertical_alignment="center")
title.title("Export")
with views:
    shown = switch.choose({name: label for name, (label, _) in VIEWS.items()})
VIEWS[shown][1]()
