"""A page with the viewer in a real Chromium, and what a test does with it."""

import base64
import io
import re
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import TimeoutError as TookTooLong
from playwright.sync_api import expect

from tests.browser import chromium, clean_page, streamlit_server

APP = Path(__file__).with_name("viewer_app.py")
SIZE = (200, 100)  # of image 10
GREY = [160 * 0.85] * 3  # the picture, dimmed
PATIENCE = 60  # seconds
MARGIN = 8  # pixels around a picture that fits


@pytest.fixture(scope="module")
def watched():
    """Opens a page and minds its faults: a new one, or one that is cleaned for the next test."""
    options = {"viewport": {"width": 1280, "height": 1150}}
    with streamlit_server(APP, cwd=APP.parent.parent) as base, chromium() as browser:
        expect.set_options(timeout=1000 * PATIENCE)
        options["base_url"] = base

        @contextmanager
        def opened(cleaned=False):
            faults = []
            made = clean_page(browser, **options) if cleaned else browser.new_page(**options)
            with made as page:
                page.set_default_timeout(1000 * PATIENCE)
                page.on(
                    "pageerror", lambda error: faults.append(str(error))
                )  # Playwright cannot wrap a built-in
                yield page
            assert not faults

        yield opened


@pytest.fixture(scope="module")
def shared(watched):
    """A page that most tests use one after the other."""
    with watched() as page:
        page.goto("/")
        yield page


@pytest.fixture
def seen(shared):
    """A viewer at image 10 that knows nothing of the tests before."""
    shared.mouse.move(1, 1)
    shared.locator(".viewer[data-image]:not(.away)").wait_for()
    old = shared.locator(".viewer")
    # Nothing that the test before did is still on its way to Python.
    shared.get_by_text(re.compile(rf"^image: {old.get_attribute('data-image')},")).wait_for()
    shared.evaluate("localStorage.clear()")
    renew(shared, 5)
    shared.evaluate("document.activeElement.blur()")
    return View(shared)


def renew(page, boxes):
    """Have a new viewer at image 10, which shows so many boxes."""
    page.locator(".viewer").evaluate("element => { element.dataset.old = 1; }")
    new = page.locator(f".viewer:not([data-old])[data-image='10'][data-boxes='{boxes}']")
    for patience in (5_000, 5_000, 15_000):
        page.get_by_role("button", name="fresh").click()
        try:
            new.wait_for(timeout=patience)
        except TookTooLong:  # a move to another image was told so late that Python heard of it after this
            continue
        break
    # Streamlit takes the elements of the last run away when this one has ended.
    expect(page.get_by_text("notice", exact=True)).to_have_count(1)
    expect(page.locator(".viewer")).to_have_count(1)


@pytest.fixture
def fresh(watched):
    """Opens a page that knows nothing of the tests before, and is not the one that they share."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(watched(cleaned=True))


class View:
    """What a test does with the page, in pixels of the picture."""

    def __init__(self, page, size=SIZE, **attributes):
        self.page, self.size = page, size
        self.viewer = page.locator(".viewer").first
        self.canvas = self.viewer.locator("canvas")
        self.card = self.viewer.locator(".card")
        if attributes:
            self.wait(**attributes)

    def wait(self, **attributes):
        """Wait until the element says so of its last paint."""
        wanted = "".join(f'[data-{name}="{value}"]' for name, value in attributes.items())
        self.page.wait_for_selector(f".viewer{wanted}")

    def fitted(self):
        """Scale and corner, in pixels of the canvas, of the picture where it fits."""
        room = self.canvas.bounding_box()
        sides = [room["width"], room["height"]]
        scale = min((side - 2 * MARGIN) / length for side, length in zip(sides, self.size, strict=True))
        return scale, *(round((side - scale * n) / 2) for side, n in zip(sides, self.size, strict=True))

    def scale(self):
        return self.fitted()[0]

    def at(self, x, y):
        """Pixel of the canvas at a picture point, where the picture fits."""
        scale, left, top = self.fitted()
        return left + x * scale, top + y * scale

    def on_page(self, x, y):
        """Pixel of the window at a picture point, where the picture fits."""
        corner, (left, top) = self.canvas.bounding_box(), self.at(x, y)
        return corner["x"] + left, corner["y"] + top

    def move(self, x, y):
        self.page.mouse.move(*self.on_page(x, y))

    def click(self, x, y):
        self.move(x, y)
        self.page.mouse.down()
        self.page.mouse.up()

    def press(self, *keys):
        for key in keys:
            self.canvas.press(key)

    def says(self, text):
        self.page.get_by_text(text, exact=True).wait_for()

    def notes(self, text):
        self.viewer.locator(".note", has_text=text).wait_for()

    def lines(self):
        """What the card says."""
        self.card.wait_for(state="visible")
        return [line for line in self.card.inner_text().split("\n") if line]

    def reads(self, *lines):
        """Wait until the card says this and nothing else."""
        expect(self.card).to_have_text(
            re.compile(r"\s*".join(map(re.escape, lines)) + r"\s*$"), use_inner_text=True
        )

    def ranks(self, rank):
        """Wait for the card of a rank."""
        self.card.get_by_text(f"rank {rank} ·").wait_for()

    def open(self, panel):
        self.viewer.get_by_role("button", name=panel, exact=True).click()
        return self.viewer.get_by_role("dialog", name=panel)

    def slide(self, label, value):
        """Drag a slider of the viewer to a value, as the browser tells it."""
        self.viewer.get_by_role("slider", name=label, exact=True).fill(str(value))

    def colour(self, x, y, dx=0, dy=0):
        """RGB of the canvas at a picture point, dx and dy canvas pixels further on."""
        left, top = self.at(x, y)
        at = [round(left) + dx, round(top) + dy]
        script = "(c, [x, y]) => [...c.getContext('2d').getImageData(x, y, 1, 1).data.slice(0, 3)]"
        return tuple(self.canvas.evaluate(script, at))

    def waits_for_colour(self, x, y, level):
        """Wait until a picture point is of a grey level, dimming included."""
        self.until(lambda: abs(self.colour(x, y)[0] - level) <= 2)

    def until(self, check):
        """Wait until a check holds, such as one of what has been painted."""
        end = time.monotonic() + PATIENCE
        while not check() and time.monotonic() < end:
            self.page.wait_for_timeout(20)
        assert check()

    def wheel(self, delta, times=1):
        """Turn the wheel, as often as told, and wait each time until the zoom has changed."""
        for _ in range(times):
            zoom = self.viewer.locator(".zoom")
            before = zoom.inner_text()
            self.page.mouse.wheel(0, delta)
            expect(zoom).not_to_have_text(before)

    def zoom(self):
        """Percent that the toolbar tells."""
        return int(self.viewer.locator(".zoom").inner_text().removesuffix(" %"))

    def pixels(self):
        data = self.canvas.evaluate("c => c.toDataURL('image/png').split(',')[1]")
        return decoded(base64.b64decode(data))


def decoded(png):
    """RGB (H, W, 3) of a PNG."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)
