"""Start a Streamlit script and a Chromium for tests that need to see the real thing."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urljoin

from tests import prepared

# Milliseconds that a test waits for what must come: only a hang lasts as long, on a busy machine too.
PATIENCE = 120_000

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# What saves a test a sixth of the processor's time of a page: one process fewer, and no optimizing compilers.
# Not to measure with: what the pages compute takes up to twice as long.
SPARING = ["--in-process-gpu", "--js-flags=--no-turbofan --no-maglev"]


@contextmanager
def streamlit_server(script, *args, cwd, env=None, seconds=PATIENCE / 1000, path="") -> Iterator[str]:
    """Run ``streamlit run script args`` from ``cwd`` and give its base URL; its log is printed on failure.

    ``path`` is that of ``server.baseUrlPath``.
    """
    port = free_port()
    words = ["run", script, "--server.address", "127.0.0.1", "--server.port", port]
    words += ["--server.headless", "true", "--browser.gatherUsageStats", "false"]
    words += [*(["--server.baseUrlPath", path] if path else []), "--", *args]
    with tempfile.NamedTemporaryFile("r", encoding="utf-8") as log:
        server = prepared.start(
            "streamlit", *words, cwd=cwd, env={**os.environ, **(env or {})}, out=log.name, errors=log.name
        )
        base = f"http://127.0.0.1:{port}/{path}".rstrip("/")
        try:
            wait_healthy(server, base, seconds)
            yield base
        except BaseException:
            print(f"--- log of {Path(script).name} ---\n{log.read()}", file=sys.stderr)
            raise
        finally:
            end_group(server)


@contextmanager
def routes_server() -> Iterator[str]:
    """Serve the routes of the app without Streamlit, and give their base URL."""
    import uvicorn
    from starlette.applications import Starlette

    from pages.ui.server.routes import routes

    config = uvicorn.Config(Starlette(routes=routes), port=free_port(), log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        thread.join(0.01)
    yield f"http://127.0.0.1:{config.port}"
    server.should_exit = True
    thread.join()


@contextmanager
def chromium(reduced_motion="reduce", flags=(*FLAGS, *SPARING)):
    """A Playwright browser: BOXSCOPE_CHROMIUM, else one on the PATH, else Playwright's own.

    Its pages ask for little motion: what turns while a page works costs a sixth of the processor's time.
    """
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)

    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("BOXSCOPE_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(flags))
        for name in ("new_page", "new_context"):
            setattr(browser, name, partial(getattr(browser, name), reduced_motion=reduced_motion))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def clean_page(browser, **options) -> Iterator:
    """A page that knows nothing of the test before, though it is the same one wherever it could be cleaned.

    A new page compiles Streamlit's scripts again: half of the 3.5 s of processor time of a first visit. What
    it has fetched stays in its HTTP cache. One browser's pages share their ``options``.
    """
    from playwright.sync_api import Error

    page = getattr(browser, "kept", None) or browser.new_page(**options)
    browser.kept = None
    if "viewport" in options:
        page.set_viewport_size(options["viewport"])
    listen, heard = page.on, []

    def on(event, act):
        heard.append((event, act))
        listen(event, act)

    page.on = on
    yield page
    page.on = listen
    for event, act in heard:
        page.remove_listener(event, act)
    try:
        _wipe(page)
    except Error:  # such as of a server that has ended
        page.close()
    else:
        browser.kept = page


def _wipe(page) -> None:
    """Leave the app for a text of the same server, where no script writes what has been cleared."""
    page.unroute_all(behavior="ignoreErrors")
    page.emulate_media(color_scheme="light")
    page.mouse.up()
    page.mouse.move(0, 0)
    page.goto(urljoin(page.url, "/_stcore/health"))
    page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def again() -> Iterator[None]:
    """Yield until ``PATIENCE`` is over, for what is asked until it holds: a busy machine needs more tries."""
    end = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < end:
        yield
        time.sleep(0.02)


def wait_healthy(server: subprocess.Popen | prepared.Process, base: str, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if server.poll() is not None:
            raise RuntimeError(f"streamlit ended with {server.returncode} before it answered")
        try:
            with urllib.request.urlopen(f"{base}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.02)
    raise TimeoutError(f"streamlit did not answer within {seconds} s")


def end_group(server: subprocess.Popen | prepared.Process) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(server.pid, number)
            server.wait(timeout=5)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue
        return
