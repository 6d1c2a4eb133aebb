"""The server: ``streamlit run app.py``."""

import streamlit as st

from pages.ui import pictures

app = st.App("pages/main.py", routes=[pictures.route])
