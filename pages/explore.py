"""One image: its truth, its proposals, how they came to be, and a crop as the export would write it."""

import streamlit as st

from pages.ui import explore, notices, state

st.fragment(explore.view)(notices.opened_dataset(state.choice()))
