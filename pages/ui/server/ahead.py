"""What a page with charts needs is asked for and imported with the page, not when the first chart comes.

The script that draws charts is asked for when a chart is drawn: fetched by then, it has cost no time of its
own. What the page Evaluate imports is there by the time that the browser has loaded Streamlit.
"""

from collections.abc import Sequence
from importlib import import_module
from threading import Thread

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.evaluation import matching
from pages.ui.server import chart_script

PAGES = ("/evaluate", "/export")
"""The pages that open with a chart."""


def link() -> str:
    """Return the header ``Link`` for the script of charts."""
    return f"<{chart_script.address()}>; rel=preload; as=script"


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
        await self.app(scope, receive, sending if has_chart else send)

    def _begin(self) -> None:
        modules, self._modules = self._modules, ()
        if modules:
            Thread(target=_import, args=(modules,), name="imports of charts", daemon=True).start()


def _import(modules: Sequence[str]) -> None:
    for name in modules:
        import_module(name)
    matching.warm()
