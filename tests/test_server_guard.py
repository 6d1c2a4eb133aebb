"""What the server answers: to which hosts, with which headers, at which addresses, and without delay."""

import asyncio
import ctypes
import http.client
import os
import re
import socket
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pages.ui.server import guard, startup
from pages.ui.server.guard import Guard
from tests.browser import streamlit_server
from tests.small import ROOT, write_scenes


def asked(host, kind="http", query=b"", path="/", server=("127.0.0.1", 8501), environment=None):
    """Return what the guard sends for a request, and whether the app behind it was asked."""
    reached, sent = [], []

    async def app(scope, receive, send):
        reached.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    headers = [] if host is None else [(b"host", text.encode()) for text in host.split("|")]
    scope = {"type": kind, "headers": headers, "query_string": query, "path": path, "server": server}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {guard.HOSTS: "", guard.FRAMES: "", **(environment or {})}.items():
            patch.setenv(name, value)
        asyncio.run(Guard(app)(scope, receive, send))
    return bool(reached), sent


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    ("host", "server", "answered"),
    [
        ("localhost", "127.0.0.1", True),
        ("LocalHost.:8501", "127.0.0.1", True),
        ("a.localhost:80", "127.0.0.1", True),
        ("127.0.0.1:8501", "127.0.0.1", True),
        ("[::1]:8501", "::1", True),
        ("192.168.1.7:8501", "192.168.1.7", True),
        ("192.168.1.7:8501", "::ffff:192.168.1.7", True),
        ("192.168.1.8:8501", "192.168.1.7", False),
        ("192.168.1.7", "127.0.0.1", False),
        ("evil.example", "127.0.0.1", False),
        ("localhost.evil.example", "127.0.0.1", False),
        ("evillocalhost", "127.0.0.1", False),
        ("127.0.0.1.evil.example", "127.0.0.1", False),
        ("evil.example@localhost", "127.0.0.1", False),
        ("localhost|evil.example", "127.0.0.1", False),
        ("localhost:8501:evil", "127.0.0.1", False),
        ("", "127.0.0.1", False),
        (None, "127.0.0.1", False),
    ],
)
def test_only_hosts_of_this_server_are_answered(kind, host, server, answered):
    reached, sent = asked(host, kind, server=(server, 8501))
    assert reached == answered
    if not answered and kind == "http":
        assert sent[0]["status"] == 400
        assert b"BOXSCOPE_HOSTS" in sent[1]["body"]
        assert sent[1]["body"].count(b"\n") == 1
    if not answered and kind == "websocket":
        assert [message["type"] for message in sent] == ["websocket.close"]


def test_hosts_that_the_user_names_are_answered():
    named = {guard.HOSTS: "hub.example.org, Scope.Lab"}
    for host in ("hub.example.org", "scope.lab:443"):
        assert asked(host, environment=named)[0]
    assert not asked("example.org", environment=named)[0]
    assert not asked("", environment=named)[0]


@pytest.mark.parametrize(
    ("frames", "policy", "deny"),
    [
        ("", "frame-ancestors 'none'", True),
        ("'self'  https://hub.example.org", "frame-ancestors 'self' https://hub.example.org", False),
        ("'self'; script-src *", "frame-ancestors 'none'", True),
        ("'self'\r\nX: y", "frame-ancestors 'self' X: y", False),
        ("ü", "frame-ancestors 'none'", True),
    ],
)
def test_no_site_shows_the_app_in_a_frame_unless_it_is_named(frames, policy, deny):
    _, sent = asked("localhost", environment={guard.FRAMES: frames})
    headers = dict(sent[0]["headers"])
    assert headers[b"content-security-policy"].decode() == policy
    assert (b"x-frame-options" in headers) == deny


@pytest.mark.parametrize(
    ("query", "path"), [(b"offsets=" + b"1," * 1_000_000, "/layers/a/1/0"), (b"", "/layers/a/" + "1" * 5000)]
)
def test_an_absurdly_long_address_is_refused_before_it_is_read(query, path):
    reached, sent = asked("localhost", query=query, path=path)
    assert (reached, sent[0]["status"]) == (False, 400)
    assert len(sent[1]["body"]) < 200


def test_what_a_listening_socket_accepts_sends_at_once():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0) as listening:  # as Streamlit opens it
        listening.bind(("127.0.0.1", 0))
        startup.send_at_once()
        listening.listen()
        with socket.create_connection(listening.getsockname()), listening.accept()[0] as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    write_scenes(home / "set", 1)
    environment = {"BOXSCOPE_DATASET": str(home / "set"), "BOXSCOPE_STATE": str(home / "state")}
    with streamlit_server(ROOT / "app.py", cwd=home, env=environment) as base:
        yield base


def answer(base, path, host=None, **headers):
    with closing(http.client.HTTPConnection(urlsplit(base).netloc, timeout=60)) as connection:
        connection.request("GET", path, headers={"Host": host or "localhost", **headers})
        response = connection.getresponse()
        return response.status, response.headers, response.read()


def test_a_page_that_opens_with_a_chart_names_the_script_of_charts_which_is_there(server):
    link = answer(server, "/evaluate")[1]["Link"]
    address, kind = re.fullmatch("<(.+)>; (.+)", link).groups()
    status, headers, script = answer(server, f"/{address}")
    assert (kind, status, len(script) > 1_000_000) == ("rel=preload; as=script", 200, True)
    assert "javascript" in headers["Content-Type"]
    assert answer(server, "/")[1]["Link"] is None


@pytest.mark.parametrize("path", ["/", "/explore", "/_stcore/health", "/pictures/x/1", "/static/nothing.js"])
def test_every_answer_carries_the_headers_and_foreign_hosts_get_none(server, path):
    _, headers, _ = answer(server, path)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    status, _, body = answer(server, path, host="evil.example:8501")
    assert status == 400
    assert b"evil.example" in body


@pytest.mark.parametrize(
    "path",
    [
        "/pictures",
        "/pictures/",
        "/pictures/a/b/c",
        "/tiles/a/1/0/0/x",
        "/layers/a/1/" + "9" * 1000,
        "/pictures/a/" + "9" * 1000,
        "/queue/a/b",
        "/crops/x/y",
        "/cuts/..%2f..%2fetc/passwd",
        "/proposals/",
    ],
)
def test_unknown_addresses_below_the_prefixes_are_not_found(server, path):
    status, headers, body = answer(server, path)
    assert (status, headers.get_content_type()) in ((404, "text/plain"), (400, "text/plain"))
    assert body.count(b"\n") <= 1


def upgraded(base, host, origin):
    """Return the status of a WebSocket handshake."""
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    headers |= {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Origin": origin}
    with closing(http.client.HTTPConnection(urlsplit(base).netloc, timeout=60)) as connection:
        connection.request("GET", "/_stcore/stream", headers={"Host": host, **headers})
        return connection.getresponse().status


def test_websockets_of_other_sites_are_refused(server):
    own = urlsplit(server).netloc
    assert upgraded(server, own, f"http://{own}") == 101
    assert upgraded(server, "evil.example", "http://evil.example") == 403
    assert upgraded(server, own, "http://evil.example") == 403


def test_the_sockets_of_the_running_server_send_at_once(server):
    port = urlsplit(server).port
    with socket.create_connection(("127.0.0.1", port)):
        line = next(
            row.split()
            for row in Path("/proc/net/tcp").read_text().splitlines()
            if re.search(rf":{port:04X} 00000000:0000 0A ", row)
        )
        pid, number = holder(line[9])
        library = ctypes.CDLL(None, use_errno=True)
        held = library.syscall(434, pid, 0)  # pidfd_open
        copy = library.syscall(438, held, number, 0)  # pidfd_getfd
        os.close(held)
        if copy < 0:
            pytest.skip("this system hands no socket of another process out")
        with socket.socket(fileno=copy) as listening:
            assert listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def holder(inode):
    """Return process and number of the open file that is a socket."""
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if os.readlink(link) == f"socket:[{inode}]":
                return int(link.parts[2]), int(link.name)
        except OSError:
            continue
    raise AssertionError(f"no process holds {inode}")
