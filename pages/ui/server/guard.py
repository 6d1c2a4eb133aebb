"""What every request has to pass, and the headers that every answer gets.

A page of another site may give its own name the address 127.0.0.1 ("DNS rebinding"): for the browser that
site and this server are then one, and the page reads the pictures and drives the app. Its requests name the
site as their host, so only known hosts are answered, over HTTP and WebSocket.
"""

import os
import re
import sys
from ipaddress import IPv4Address, IPv6Address, ip_address

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Names by which the app may be asked besides localhost and the address it listens on, as behind a proxy.
HOSTS = "BOXSCOPE_HOSTS"
# The sites that may show the app in a frame, as Content-Security-Policy spells them; none by default.
FRAMES = "BOXSCOPE_FRAME_ANCESTORS"

# Bytes. The longest link that a page writes, with every parameter of a proposer and of an export, has 2,000.
LONGEST_QUERY, LONGEST_PATH = 8192, 2048

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]]+)(:[0-9]{1,5})?", re.IGNORECASE)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """ASGI middleware that answers known hosts alone, refuses what is too long, and adds headers.

    Parameters
    ----------
    app : ASGI application
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._hosts = frozenset(map(_plain, re.split(r"[\s,]+", os.environ.get(HOSTS, "").strip())))
        self._headers = {**_HEADERS, **_framing(os.environ.get(FRAMES, ""))}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
        elif reason := self._refusal(scope):
            await _refuse(scope, receive, self._with_headers(send), reason)
        else:
            await self.app(scope, receive, self._with_headers(send))

    def _refusal(self, scope: Scope) -> str:
        """Return in one line why a request is refused, empty where it is answered."""
        hosts = Headers(scope=scope).getlist("host")
        match = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
        if match is None or not self._is_known(_plain(match[1]), scope):
            asked = " ".join(hosts)[:80]
            return f"host {asked!r} is not one of this server: {HOSTS} lists the names that it answers to"
        if len(scope.get("query_string", b"")) > LONGEST_QUERY:
            return f"the address has more than {LONGEST_QUERY:,} bytes of parameters"
        if len(scope.get("raw_path") or scope["path"]) > LONGEST_PATH:
            return f"the address has more than {LONGEST_PATH:,} bytes"
        return ""

    def _is_known(self, host: str, scope: Scope) -> bool:
        if host == "localhost" or host.endswith(".localhost") or host in self._hosts:
            return True
        address = _address(host)
        # Of this connection: the one that it listens on, or one of several where it listens on all.
        own, _ = scope.get("server") or ("", None)
        return address is not None and (address.is_loopback or address == _address(own))

    def _with_headers(self, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers[name] = value
            await send(message)

        return sending


def _plain(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _framing(ancestors: str) -> dict[str, str]:
    """Return the headers that let the listed sites show the app in a frame, or none."""
    listed = " ".join(ancestors.split())
    if re.search(r"[^!-~ ]|[;,]", listed):  # would end the header, or begin another directive
        print(f"{FRAMES}: got {ancestors!r}, expected 'self' https://hub.example.org", file=sys.stderr)
        listed = ""
    if not listed:
        return {"Content-Security-Policy": "frame-ancestors 'none'", "X-Frame-Options": "DENY"}
    return {"Content-Security-Policy": f"frame-ancestors {listed}"}


async def _refuse(scope: Scope, receive: Receive, send: Send, reason: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": reason[:120]})
    else:
        response = PlainTextResponse(f"{reason}\n", 400, {"Cache-Control": "no-store"})
        await response(scope, receive, send)
