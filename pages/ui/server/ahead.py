"""What a page with charts needs is asked for with the page itself, not when the first chart comes.

The script that draws Plotly's charts has 4.7 MB. Streamlit asks for it when a chart is drawn: fetched by
then, it has cost no time of its own.
"""

from pathlib import Path

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

        named = scope["type"] == "http" and scope["path"].endswith(PAGES) and self._link
        await self.app(scope, receive, sending if named else send)
