"""A page with a filmstrip and nothing else; what it asks for by address, the test answers."""

import streamlit as st

from pages.ui.components.filmstrip import filmstrip
from pages.ui.state import session

st.set_page_config(layout="wide")
index = st.number_input("index", value=0)
queue = st.radio("queue", ["long", "other", "lost"], horizontal=True)
filmstrip(
    key="strip",
    queue=f"/queue/{queue}",
    thumbnails="/pictures/set/{image}?side=256",
    image=str(1000 + index),
    index=index,
    on_image=lambda: None,
)
st.text(f"image: {session.image_of('strip')}")
