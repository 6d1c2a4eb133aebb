"""The frame of every page: its style, the navigation, and the link that opens the same view."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from pages.ui.components.address import address
from pages.ui.components.chart import expect_chart
from pages.ui.server import startup
from pages.ui.state import opened, session
from pages.ui.views import notices, sidebar, titles
from pages.ui.views.export_plan import ExportPlan
from pages.ui.widgets.markdown import literal

_UI = Path(__file__).parents[1]


class Page(NamedTuple):
    """A page of the app.

    Attributes
    ----------
    file : str
        Name of the file in ``pages/``.
    title, icon : str
    choices : type or None
        The page's own choices, see :mod:`pages.ui.state.fields`.
    uses_setup : callable
        Returns whether what the page shows depends on the setup, so that the sidebar draws it.
    has_chart : bool
        Whether one waits for a chart when it opens.
    """

    file: str
    title: str
    icon: str
    choices: type | None = None
    uses_setup: Callable[[], bool] = lambda: True
    has_chart: bool = False


def draw(pages: Sequence[Page]) -> None:
    """Draw the open page, the sidebar and the navigation; the first page is open at first."""
    st.set_page_config(page_title=titles.of(), page_icon=str(_UI / "icon.svg"), layout="wide")
    st.html(_UI / "page.css")
    unseen = st.container(key=session.part("address"))
    with unseen:
        step = address(session.part("history"))
    st.logo(str(_UI / "logo.svg"), size="large", icon_image=str(_UI / "icon.svg"))
    page = st.navigation(
        [
            st.Page(item.file, title=item.title, icon=item.icon, default=number == 0)
            for number, item in enumerate(pages)
        ]
    )
    if any(item.has_chart for item in pages if item.title == page.title):
        with unseen:
            expect_chart(session.part("charts"))
    session.register(ExportPlan, *(item.choices for item in pages if item.choices))
    opened.open_requested()
    wrong = session.restore(page.title, step)
    sidebar.draw(next(item.uses_setup() for item in pages if item.title == page.title))
    if wrong:
        st.toast(literal(wrong), icon=":material/link_off:", duration="long")
    with suppress(notices.PageEnded):
        page.run()
    if page.title != pages[0].title:
        titles.show(page.title)
    session.save()
    startup.freeze_imports()
