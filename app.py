"""The server: ``streamlit run app.py``."""

import streamlit as st
from starlette.middleware import Middleware

from pages.ui.server.ahead import Ahead
from pages.ui.server.guard import Guard
from pages.ui.server.routes import routes_below
from pages.ui.server.startup import lifespan_importing

app = st.App(
    "pages/main.py",
    routes=routes_below(st.get_option("server.baseUrlPath")),
    middleware=[Middleware(Guard), Middleware(Ahead, modules=("pages.ui.views.evaluate.view",))],
    lifespan=lifespan_importing("pages.ui.views.explore.view"),
)
