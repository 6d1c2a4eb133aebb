"""The server: ``streamlit run app.py``."""

import streamlit as st

from pages.ui.server.routes import routes_below

app = st.App("pages/main.py", routes=routes_below(st.get_option("server.baseUrlPath")))
