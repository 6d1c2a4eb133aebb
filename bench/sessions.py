"""Many people at once on one server: whether each answer is of the image that was asked for, and how fast.

Every picture has a square of a colour of its own at the place of its one object, so that each answer tells by
itself which image it is of. Clients ask for what a viewer asks: pictures, thumbnails of the strip, proposals
and crops. Beside them two pages in a real Chromium walk from image to image.
"""

import http.client
import io
import re
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import numpy as np
from PIL import Image

from bench.chromium import App, Page
from bench.timing import processor, table
from core.errors import BoxscopeError
from pages.ui.server.tables import unpack
from tests.small import write_coco

IMAGES, WIDTH, HEIGHT = 120, 1200, 900
SIDE = 120  # of the square, pixels
VIEW = "proposer=grid&levels=3&top=0"
TOLERANCE = 12  # of a colour, after JPEG


def run(sessions: int = 10, seconds: float = 120) -> dict[str, Any]:
    """Let clients and pages work on different images at once.

    Parameters
    ----------
    sessions : int
        Clients; two pages in a browser come on top.
    seconds : float

    Raises
    ------
    BoxscopeError
        An answer was of another image, or none came; Playwright or Chromium is missing.
    """
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        write_coco(home / "set", ((f"{number:03d}.jpg", _picture(number)) for number in range(IMAGES)))
        view = f"dataset=set&{VIEW}"
        with App(home) as app, app.page(view) as one, app.page(view) as other:
            token = _token(one)
            _ask(app, token, 0, time.monotonic() + 2)  # compiled code, warm caches
            end = time.monotonic() + seconds
            with ThreadPoolExecutor(sessions) as pool:
                clients = [pool.submit(_ask, app, token, number, end) for number in range(sessions)]
                changes, resident = _walk(app, [one, other], end)
            asked = [answer for client in clients for answer in client.result()]
    times = {kind: [took for what, took in asked if what == kind] for kind in _KINDS}
    return {
        "processor": processor(),
        "sessions": sessions,
        "seconds": seconds,
        "requests": len(asked),
        "requests_per_second": len(asked) / seconds,
        "rows": [
            {"what": kind, "requests": len(taken), "median ms": median(taken), "slowest ms": max(taken)}
            for kind, taken in times.items()
        ],
        "image_changes": changes,
        "server_mb": resident,
    }


def text(result: dict[str, Any]) -> str:
    """The result as a person reads it."""
    memory = " ".join(f"{mb:.0f}" for mb in result["server_mb"])
    return "\n\n".join(
        [
            f"{result['processor']}; {result['sessions']} clients, 2 pages, {result['seconds']:.0f} s",
            f"{result['requests']:,} requests, {result['requests_per_second']:.0f} a second; every answer is "
            f"of its image; the pages changed image {result['image_changes']} times",
            table(result["rows"]),
            f"server, MB: {memory}",
        ]
    )


def _colour(number: int) -> tuple[int, int, int]:
    return 30 + 40 * (number % 6), 30 + 40 * (number // 6 % 6), 30 + 40 * (number // 36 % 6)


def _corner(number: int) -> tuple[int, int]:
    return 60 + 8 * number, 40 + 6 * number


def _picture(number: int) -> tuple[np.ndarray, list[list[int]]]:
    image = np.random.default_rng(number).integers(90, 160, (HEIGHT, WIDTH, 1)).repeat(3, 2).astype(np.uint8)
    x, y = _corner(number)
    image[y : y + SIDE, x : x + SIDE] = _colour(number)
    return image, [[x, y, SIDE, SIDE]]


def _token(page: Page) -> str:
    """Return by what the addresses of this page name its data set."""
    found = (re.search(r"/pictures/(\w+)/", address) for address in page.addresses())
    return next(match[1] for match in found if match)


def _ask(app: App, token: str, number: int, end: float) -> list[tuple[str, float]]:
    """Be one client until a time; return what was asked for and the milliseconds of each answer."""
    random, asked = Random(number), []
    connection = http.client.HTTPConnection(app.base.removeprefix("http://"), timeout=60)
    while time.monotonic() < end:
        image = random.randrange(IMAGES)
        x, y = _corner(image)
        for kind, (address, belongs) in _KINDS.items():
            values = {"image": image + 1, "box": f"{x},{y},{x + SIDE},{y + SIDE}", "levels": 2 + number % 4}
            start = time.perf_counter()
            connection.request("GET", "/" + address.format(token=token, **values))
            answer = connection.getresponse()
            data = answer.read()
            asked.append((kind, 1000 * (time.perf_counter() - start)))
            if answer.status != 200 or not belongs(image, data):
                raise BoxscopeError(f"the {kind} of image {image + 1} is that of another", "bench sessions")
    connection.close()
    return asked


def _walk(app: App, pages: list[Page], end: float) -> tuple[int, list[float]]:
    """Go on from image to image in some pages; return how often, and the server's megabytes at 11 times."""
    changes, resident, step = 0, [app.resident_mb()], (end - time.monotonic()) / 10
    due = time.monotonic() + step
    for page in pages:
        page.canvas.focus()
    while time.monotonic() < end:
        for page in pages[: 1 + changes % len(pages)]:  # they come to be at different images
            index = int(page.shown["index"])
            page.clear()
            page.press("ArrowRight" if index < IMAGES - 1 else "ArrowLeft")
            page.wait("paint", f"entry.index !== '{index}' && !entry.waiting")
            if int(page.shown["image"]) != int(page.shown["index"]) + 1:
                raise BoxscopeError(f"a page shows {page.shown}", "bench sessions")
            changes += 1
        if time.monotonic() >= due:
            resident.append(app.resident_mb())
            due += step
    return changes, resident


def _shows(number: int, data: bytes, scale: float = 1.0) -> bool:
    """Return whether a picture at a scale has the colour of an image in the middle of its square."""
    x, y = (scale * side for side in _corner(number))
    return _is_colour(number, data, (x, y, scale * SIDE))


def _is_colour(number: int, data: bytes, square: tuple[float, float, float] | None = None) -> bool:
    image = Image.open(io.BytesIO(data))
    x, y, side = square or (0, 0, min(image.size))
    middle = (x + side / 4, y + side / 4, x + side * 0.75, y + side * 0.75)
    left, top, right, bottom = map(round, middle)
    mean = np.asarray(image.convert("RGB").crop((left, top, right, bottom))).mean(axis=(0, 1))
    return bool(np.abs(mean - _colour(number)).max() < TOLERANCE)


def _is_table_of(number: int, data: bytes) -> bool:
    head, rows = unpack(data, 7)
    x, y = _corner(number)
    return head["truth"] == [[x, y, x + SIDE, y + SIDE]] and head["index"] == number and len(rows) > 0


# What is asked for, and whether an answer is of the image.
_KINDS: dict[str, tuple[str, Callable[[int, bytes], bool]]] = {
    "picture": ("pictures/{token}/{image}", _shows),
    "thumbnail": ("pictures/{token}/{image}?side=256", lambda n, data: _shows(n, data, 256 / WIDTH)),
    "proposals": ("proposals/{token}/{image}?proposer=grid&levels={levels}&top=0", _is_table_of),
    "crop": ("cuts/{token}/{image}?box={box}&side=64", _is_colour),
}
