"""The server: ``streamlit run app.py``."""

import streamlit as st

from pages.ui.server.routes import routes

app = st.App("pages/main.py", routes=routes)
