"""A page with the sliders of two proposers and nothing else: what Python knows stands below them."""

import time

import streamlit as st

from core.presets import BUILT_IN
from core.proposers import PROPOSERS
from pages.ui.state import held
from pages.ui.widgets import controls

name = st.radio("proposer", ["adaptive-threshold", "grid", "selective-search", "full-image"], horizontal=True)


def elsewhere() -> None:
    name = "adaptive-threshold.offsets"
    st.session_state[name] = (7, 8) if st.session_state.get(name) == (5, 6) else (5, 6)


st.button("elsewhere", on_click=elsewhere)
slow = st.checkbox("slow")
runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1
start = BUILT_IN["article"][0].proposer if name == "adaptive-threshold" else PROPOSERS[name]()
with st.sidebar:
    values = controls.live_settings(start, name)
if slow:
    time.sleep(1)
st.text(f"known: {values}")
st.text(f"serial: {held.sent(name).get('serial')}")
st.text(f"runs: {runs}")
