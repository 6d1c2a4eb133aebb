"""One image: its truth, its proposals, how they came to be, and a crop as the export would write it."""

import streamlit as st

from pages.ui.state import session
from pages.ui.views import notices
from pages.ui.views.explore import view

st.fragment(view.view)(notices.opened_dataset(session.choice()))
