"""The app under a server of its own, and a page of it in Chromium that notes what happens when."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from core.errors import BoxscopeError
from tests.browser import FLAGS, chromium, end_group, free_port, wait_healthy

ROOT = Path(__file__).parents[1]
RECORDER = Path(__file__).with_name("recorder.js")
PAINTED = '.viewer:not([data-painted="0"])'
SIZE = {"width": 1280, "height": 800}
REST = 0.6  # seconds in which what a page fetches ahead arrives


def rest(share: float = 1.0) -> None:
    """Leave the page alone."""
    time.sleep(share * REST)


class App:
    """A server of the app and a browser, both new, for as long as the context lasts.

    Parameters
    ----------
    home : Path
        Folder to start in; the data sets lie below it.
    """

    def __init__(self, home: Path) -> None:
        self.home = home

    def __enter__(self) -> "App":
        with ExitStack() as stack:
            self.browser = stack.enter_context(browser())
            port = free_port()
            self.base = f"http://127.0.0.1:{port}"
            self.server = _serve(self.home, port)
            stack.callback(end_group, self.server)
            wait_healthy(self.server, self.base, 60)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    @contextmanager
    def page(self, view: str, path: str = "", ready: str = PAINTED) -> Iterator["Page"]:
        """Open a view with nothing in the browser's cache; what `ready` selects is there, and at rest."""
        with self.browser.new_context(viewport=SIZE) as context:
            page = Page(context.new_page())
            page.open(f"{self.base}/{path}?{view}", ready)
            yield page

    def first_paint(self, view: str) -> float:
        """Milliseconds from the request to the first painted picture."""
        with self.browser.new_context(viewport=SIZE) as context:
            page = context.new_page()
            page.add_init_script(path=RECORDER)
            page.goto(f"{self.base}/?{view}")
            return page.wait_for_function("() => bench.firstPaint()").json_value()

    def resident_mb(self) -> float:
        """Resident megabytes of the server."""
        return _resident_mb(self.server.pid)

    def fetch(self, address: str) -> None:
        """Ask for what a browser would ask for."""
        with urllib.request.urlopen(address, timeout=60) as answer:
            answer.read()


class Page:
    """A page with a recorder in it."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self._asked: list[str] = []
        page.on("request", lambda request: self._asked.append(request.url))
        page.set_default_timeout(60_000)
        page.add_init_script(path=RECORDER)
        self.mouse = page.mouse
        self.evaluate = page.evaluate
        self.press = page.keyboard.press

    def open(self, url: str, ready: str = PAINTED) -> None:
        self._page.goto(url)
        self._page.wait_for_selector(ready)
        rest()
        self.settled()
        rest()
        self.evaluate("() => bench.watch()")

    @property
    def canvas(self) -> Any:
        return self._page.locator(".viewer canvas").first

    @property
    def shown(self) -> dict[str, str]:
        """What the viewer says of itself: image, index, boxes."""
        return self.evaluate("() => ({ ...bench.find('.viewer').dataset })")

    @property
    def images(self) -> int:
        """How many images there are to walk through."""
        where = self._page.locator(".image-name").inner_text()
        counts: list[str] = re.findall(r"of ([\d,]+)", where)
        return int(counts[0].replace(",", ""))

    def slider(self, name: str) -> Any:
        return self._page.get_by_role("slider", name=name, exact=True)

    def clear(self) -> None:
        """Forget what was noted."""
        self.evaluate("() => { bench.log.length = 0; }")

    def wait(self, what: str, test: str = "true") -> None:
        """Wait until something has been noted."""
        self._page.wait_for_function(f"() => bench.log.some((entry) => entry.what === '{what}' && {test})")

    def span(self, first: str, then: str, test: str = "true") -> float:
        """Wait for something after the first note of a kind; milliseconds between the two."""
        script = f"() => bench.span('{first}', (entry) => entry.what === '{then}' && {test})"
        return float(self._page.wait_for_function(script).json_value())

    def last(self, first: str, then: str) -> float:
        """Milliseconds from the first note of a kind to the last of another."""
        return float(self.evaluate(f"() => bench.last('{first}', '{then}')"))

    def zoom_in(self) -> None:
        """Turn the wheel over the picture until its own pixels are wanted."""
        box = self.canvas.bounding_box()
        self.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        for _ in range(10):
            self.mouse.wheel(0, -300)
        rest()

    def go(self, image: str, index: int) -> None:
        """Open an image as a click in the strip does."""
        event = "new CustomEvent('boxscope:go', {cancelable: true, detail: {image, index}})"
        self.evaluate(f"([image, index]) => window.dispatchEvent({event})", [image, index])

    def at_rest(self) -> None:
        """Wait until image and boxes are painted, the thumbnails are there, and the script has run."""
        self._page.wait_for_selector(".viewer:not(.waiting)")
        self._page.wait_for_function("() => !bench.find('.frame:not(.loaded, .missing)')")
        rest()
        self.settled()

    def settled(self) -> None:
        """Wait until the script has run and come to its end."""
        rest(0.5)
        self._page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')

    def reruns(self, count: int) -> list[float]:
        """Milliseconds of runs of the script in which nothing changes, by Streamlit's own key for it."""
        self.evaluate("() => document.activeElement?.blur()")
        times = []
        for _ in range(count):
            self.clear()
            self.press("r")
            self.wait("script", "entry.state === 'notRunning'")
            times.append(self.span("key", "script", "entry.state === 'notRunning'"))
            self.settled()
        return times

    def addresses(self) -> list[str]:
        """Pictures, tiles, layers and proposals of every image, as the page has asked for those of some."""
        wanted = [url for url in self._asked if re.search(r"/(pictures|tiles|proposals)/", url)]
        ids = range(1, self.images + 1)
        every = [
            re.sub(r"(/(?:pictures|tiles|proposals)/\w+/)\d+", rf"\g<1>{number}", url)
            for url in wanted
            for number in ids
        ]
        return list(dict.fromkeys(every))


@contextmanager
def browser() -> Iterator[Any]:
    """A Chromium, or one line that says what is missing."""
    try:
        import playwright.sync_api as api
    except ImportError:
        raise BoxscopeError("needs Playwright: pip install -r requirements-dev.txt", "bench viewer") from None
    started = chromium(reduced_motion="no-preference", flags=FLAGS)  # as most people look at it
    try:
        running = started.__enter__()
    except api.Error as error:
        reason = str(error).splitlines()[0]
        raise BoxscopeError(
            f"no Chromium, BOXSCOPE_CHROMIUM may name one ({reason})", "bench viewer"
        ) from None
    try:
        yield running
    finally:
        started.__exit__(None, None, None)


@contextmanager
def unwatched(app: App, view: str, act: str) -> Iterator[Callable[[], tuple[float, float]]]:
    """Open a view in a Chromium of its own, start something in it by a line of JavaScript, and let go of it.

    Gives a function that collects the page's garbage and tells megabytes: what its process has resident, and
    what JavaScript holds of that. Nobody may be attached meanwhile: a browser keeps every answer that it
    fetched for who watches its network, up to some 200 MB.
    """
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("BOXSCOPE_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    port = free_port()
    with tempfile.TemporaryDirectory() as profile:
        command = [path or app.browser.browser_type.executable_path, *FLAGS, "--headless=new"]
        command += [f"--remote-debugging-port={port}", f"--user-data-dir={profile}", "about:blank"]
        quiet = subprocess.DEVNULL
        running = subprocess.Popen(command, stdout=quiet, stderr=quiet, start_new_session=True)
        try:
            address = f"http://127.0.0.1:{port}"
            attached = _attach(app, running, address)
            page = Page(attached.contexts[0].new_page())
            page.open(f"{app.base}/?{view}")
            page.evaluate(act)
            attached.close()

            def megabytes() -> tuple[float, float]:
                attached = _attach(app, running, address)
                page = next(page for page in attached.contexts[0].pages if page.url.startswith(app.base))
                session = page.context.new_cdp_session(page)
                session.send("HeapProfiler.collectGarbage")
                heap = session.send("Runtime.getHeapUsage")["usedSize"] / 2**20
                attached.close()
                return _largest_page_mb(profile), heap

            yield megabytes
        finally:
            end_group(running)


def _attach(app: App, running: subprocess.Popen[bytes], address: str) -> Any:
    end = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(f"{address}/json/version", timeout=2):
                return app.browser.browser_type.connect_over_cdp(address)
        except OSError:
            if running.poll() is not None or time.monotonic() > end:
                raise BoxscopeError("a second Chromium did not start", "bench viewer") from None
            time.sleep(0.1)


def _largest_page_mb(profile: str) -> float:
    told = subprocess.run(["ps", "-ww", "-eo", "rss=,args="], capture_output=True, text=True, check=True)
    pages = [line for line in told.stdout.splitlines() if "--type=renderer" in line and profile in line]
    return max(int(line.split()[0]) for line in pages) / 1024


def _serve(home: Path, port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(port)]
    command += ["--server.address", "127.0.0.1", "--server.headless", "true"]
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    return subprocess.Popen(
        [*command, "--browser.gatherUsageStats", "false"],
        cwd=home,
        env={**os.environ, "BOXSCOPE_ROOTS": str(home), "PYTHONPATH": os.pathsep.join(paths)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # a group of its own, which ends with it
    )


def _resident_mb(pid: int) -> float:
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return int(told.stdout.strip() or 0) / 1024
