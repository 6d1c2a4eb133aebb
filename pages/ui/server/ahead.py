"""What a page with charts needs is asked for and imported with the page, not when the first chart comes.

The script that draws Plotly's charts has 4.7 MB. Streamlit asks for it when a chart is drawn: fetched by
then, it has cost no time of its own. What the page Evaluate imports takes half a second, and is there by the
time that the browser has loaded Streamlit.
"""

from functools import cache
from pathlib import Path
from threading import Thread

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PAGES = ("/evaluate", "/export")
"""The pages that open with a chart."""

_SCRIPTS = Path(st.__file__).parent / "static/static/js"


def link() -> str:
    """Return the header ``Link`` for the script of charts, empty where Streamlit has none by that name."""
    name = next((path.name for path in _SCRIPTS.glob("PlotlyChart.*.js")), "")
    return f"<static/js/{name}>; rel=modulepreload" if name else ""


@cache
def prepare() -> None:
    """Import the page Evaluate and load the kernels of its matching, once, in a thread."""
    Thread(target=_prepare, name="imports of Evaluate", daemon=True).start()


def _prepare() -> None:
    import pages.ui.views.evaluate.view  # noqa: F401
    from core.evaluation import matching

    matching.warm()


class Ahead:
    """ASGI middleware that names the script of charts in the answer to a page that opens with one.

    Parameters
    ----------
    app : ASGI application
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._link = link()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Link"] = self._link
            await send(message)

        has_chart = scope["type"] == "http" and scope["path"].endswith(PAGES)
        if has_chart:
            prepare()
        await self.app(scope, receive, sending if has_chart and self._link else send)
