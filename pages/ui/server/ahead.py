"""What a page with charts needs is asked for and imported with the page, not when the first chart comes.

The script that draws Plotly's charts has 4.7 MB. Streamlit asks for it when a chart is drawn: fetched by
then, it has cost no time of its own. What the page Evaluate imports takes half a second, and is there by the
time that the browser has loaded Streamlit.
"""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from threading import Thread

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.evaluation import matching

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
    modules : sequence of str
        What to import, once, when such a page is asked for.
    """

    def __init__(self, app: ASGIApp, modules: Sequence[str]) -> None:
        self.app, self._modules = app, modules
        self._link = link()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Link"] = self._link
            await send(message)

        has_chart = scope["type"] == "http" and scope["path"].endswith(PAGES)
        if has_chart:
            self._begin()
        await self.app(scope, receive, sending if has_chart and self._link else send)

    def _begin(self) -> None:
        modules, self._modules = self._modules, ()
        if modules:
            Thread(target=_import, args=(modules,), name="imports of charts", daemon=True).start()


def _import(modules: Sequence[str]) -> None:
    for name in modules:
        import_module(name)
    matching.warm()
