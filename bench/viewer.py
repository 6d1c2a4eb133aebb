"""The app in a real Chromium: from a key or a slider to painted boxes, beside an empty rerun; and memory.

Every time is taken in the page, from the event to the paint, and is the median of many. Between the measured
turns the page comes to rest. The sets are made in a temporary folder: 480 x 320, 12 megapixels, and one of 24
megapixels in each of three formats, 0.5 GB at most at a time.
"""

import json
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from bench.charts import MEASURED, PATH, budgets
from bench.chromium import App, Page, browser, rest, unwatched
from bench.timing import processor, spread, table
from core.datasets import make_sample
from core.errors import BoxscopeError

# Boxes at regular places: 2,265 and 21,911 in all, found in a few milliseconds, of which the best are drawn.
FEW = "proposer=grid&levels=4&overlap=0.6&top=2000"
MANY = "proposer=grid&levels=6&overlap=0.45&top=20000"
SETS = {"480x320": (480, 320, 160), "12 megapixels": (4000, 3000, 20)}
# Pictures of 24 megapixels by suffix, with the proposer that runs beside them.
SLOW = "proposer=selective-search"
LARGE = {
    "24 megapixels, JPEG": (".jpg", FEW),
    "24 megapixels, JPEG, selective search": (".jpg", SLOW),
    "24 megapixels, PNG": (".png", FEW),
    "24 megapixels, TIFF": (".tif", FEW),
}
LARGE_SIZE = (6000, 4000)
LEAPS, LEAP = 3, 4  # images that are opened, and how far apart: two ahead and one behind are fetched by then
PRESSES = 10
PACE = 100  # milliseconds between the image changes of a long walk
SLOWER = 1.1  # what a timer of the browser takes instead
SETTLING = 5  # turns before the first that counts: compiled code, warm caches


def run(repeats: int = 20, changes: int = 1000, requests: int = 1000) -> dict[str, Any]:
    """Measure.

    Parameters
    ----------
    repeats : int
        Turns of each measurement.
    changes : int
        Image changes over which the memory of the browser is followed.
    requests : int
        Requests for pictures, tiles and proposals over which the server's is.

    Raises
    ------
    BoxscopeError
        Playwright is not installed, or there is no Chromium.
    """
    with browser():
        pass  # what is missing is said before anything is made
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for name, (width, height, images) in SETS.items():
            make_sample(home / _folder(name), images=images, width=width, height=height)
        first = _first_paint(home, max(1, repeats // 4))
        with App(home) as app:
            for name in SETS:
                rows += _of_a_set(app, name, repeats)
            small, large = (_folder(name) for name in (next(iter(SETS)), list(SETS)[-1]))
            rows += _filters(app, f"dataset={small}&{MANY}", "20,000 boxes", repeats)
            rows.append(_budgets(app, f"dataset={small}&{FEW}", "Evaluate", repeats))
            pressed = _presses(app, f"dataset={small}&{FEW}")
            walked = _browser_memory(app, f"dataset={small}&{FEW}", changes)
            asked = _server_memory(app, f"dataset={large}&{FEW}", requests)
            rows += [_large(app, name, *of) for name, of in LARGE.items()]
    return {
        "processor": processor(),
        "first_paint_ms": first,
        "rows": rows,
        "ten_presses": pressed,
        "browser_mb": walked,
        "server_mb": asked,
    }


def text(result: dict[str, Any]) -> str:
    """The result as a person reads it."""
    first, pressed = result["first_paint_ms"], result["ten_presses"]
    lines = [
        f"{result['processor']}; milliseconds, medians (and slowest)",
        table(result["rows"]),
        f"first paint, cold server: {first['median']:.0f} ms after the request ({first['slowest']:.0f})",
        f"{PRESSES} presses, as fast as keys come: {pressed['moved']} images further, "
        f"the last painted {pressed['ms']:.0f} ms after the first press",
        f"browser over {result['browser_mb']['count']} image changes, MB: {_course(result['browser_mb'])}; "
        f"of it JavaScript's: {_course(result['browser_mb'], 'heap')}",
        f"server over {result['server_mb']['count']} requests, MB: {_course(result['server_mb'])}",
    ]
    return "\n\n".join(lines)


def _course(memory: dict[str, Any], part: str = "resident") -> str:
    return " ".join(f"{mb:.0f}" for mb in memory[part])


def _folder(name: str) -> str:
    return re.sub(r"\W+", "-", name)


def _first_paint(home: Path, repeats: int) -> dict[str, float]:
    """From the request to the painted picture, each time with a new server and an empty browser."""
    times = []
    for _ in range(repeats):
        with App(home) as app:
            times.append(app.first_paint(f"dataset={_folder(next(iter(SETS)))}"))
    return spread(times)


def _of_a_set(app: App, name: str, repeats: int) -> list[dict[str, Any]]:
    view = f"dataset={_folder(name)}&{FEW}"
    steps = repeats + SETTLING
    with app.page(view) as page:  # the server keeps what it finds
        _steps(page, "ArrowRight", steps)
    rows = []
    with app.page(view) as page:  # this browser holds none of it
        rows.append(_row(name, "parameter to boxes", page, lambda: _steps(page, "ArrowRight", steps)))
        rows.append(_row(name, "parameter to boxes, held", page, lambda: _steps(page, "ArrowLeft", steps)))
        rows.append(_row(name, "drag to boxes, new", page, lambda: _drag(page, steps)))
        rows.append(_row(name, "next image", page, lambda: _next_images(page, steps)))
        rows.append(_row(name, "previous image", page, lambda: _next_images(page, steps, "ArrowLeft")))
    return rows + _filters(app, view, name, repeats)


def _row(set_name: str, what: str, page: Page, measure: Callable[[], list[float]]) -> dict[str, Any]:
    """One line of the table, with empty reruns of the same page before it."""
    empty = spread(page.reruns(SETTLING * 2)[SETTLING:])
    taken = measure()
    times = spread(taken[min(SETTLING, len(taken) // 3) :]) if taken else None
    return {
        "set": set_name,
        "what": what,
        "ms": times and times["median"],
        "slowest": times and times["slowest"],
        "empty rerun": empty["median"],
        "ratio": times and times["median"] / empty["median"],
    }


def _steps(page: Page, key: str, count: int) -> list[float]:
    """Press a key on a slider, from the press to the boxes painted; then the script comes to rest."""
    page.slider("Aspect ratio 1").focus()
    times = []
    for _ in range(count):
        page.clear()
        page.press(key)
        times.append(page.span("key", "answered"))
        page.settled()
    return times


def _drag(page: Page, count: int) -> list[float]:
    """Move a slider by the mouse without letting go: values that nobody has asked for.

    It stops where an answer takes so long that the boxes follow on release alone.
    """
    slider = page.slider("Aspect ratio 2")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    # Its scale is logarithmic: from the middle on, two pixels are always another value.
    y, x = box["y"] + box["height"] / 2, box["x"] + box["width"] * 0.5
    page.mouse.move(x, y)
    page.mouse.down()
    times = []
    for n in range(count):
        if page.evaluate("() => Boolean(bench.find('.slow'))"):
            break
        page.clear()
        page.mouse.move(x + 2 + 2 * n, y)
        times.append(page.span("live", "answered"))
    page.mouse.up()
    page.settled()
    return times


def _next_images(page: Page, count: int, key: str = "ArrowRight") -> list[float]:
    """Go to the next image when its neighbours are there."""
    page.canvas.focus()
    times = []
    for _ in range(min(count, page.images - 1)):
        after = f"entry.image !== '{page.shown['image']}' && !entry.waiting"
        page.clear()
        page.press(key)
        times.append(page.span("key", "paint", after))
        page.settled()
        rest()
    return times


def _filters(app: App, view: str, name: str, repeats: int) -> list[dict[str, Any]]:
    """Move the IoU range of the viewer, which sifts and draws anew and asks nobody."""
    with app.page(view) as page:
        empty = spread(page.reruns(SETTLING * 2)[SETTLING:])
        frames = page.evaluate("([n]) => bench.frames('IoU to', [1, 0.99], n)", [5 * repeats + SETTLING])
        times = spread(frames["times"][SETTLING:])
    row = {"set": name, "what": f"filter, a frame of {min(frames['boxes']):,} boxes", "ms": times["median"]}
    ratio = times["median"] / empty["median"]
    return [{**row, "slowest": times["slowest"], "empty rerun": empty["median"], "ratio": ratio}]


def _budgets(app: App, view: str, name: str, repeats: int) -> dict[str, Any]:
    with app.page(f"{view}&budget=100", PATH, MEASURED) as page:
        measure = partial(budgets, page, repeats + SETTLING)
        return _row(name, "number of proposals to the last chart", page, measure)


def _large(app: App, name: str, suffix: str, proposer: str) -> dict[str, Any]:
    """Open images of which nothing has been fetched: from the click to the picture alone."""
    folder = app.home / _folder(name)
    _draw_large(folder, suffix)
    with app.page(f"dataset={folder.name}&{proposer}") as page:
        empty = spread(page.reruns(SETTLING))
        times = []
        for index in range(LEAP, LEAPS * LEAP + 1, LEAP):
            page.at_rest()
            page.clear()
            page.go(str(index + 1), index)
            times.append(page.span("go", "paint", f"entry.index === '{index}'"))
    shutil.rmtree(folder)
    taken = spread(times)
    row = {"set": name, "what": "image opened, not fetched ahead", "ms": taken["median"]}
    ratio = taken["median"] / empty["median"]
    return {**row, "slowest": taken["slowest"], "empty rerun": empty["median"], "ratio": ratio}


def _draw_large(folder: Path, suffix: str) -> None:
    """Write pictures with the grain of a camera, one of 24 megapixels moved by some pixels each time."""
    width, height = LARGE_SIZE
    random = np.random.default_rng(0)
    stains = cv2.resize(random.normal(140, 14, (height // 40, width // 40)).astype(np.float32), LARGE_SIZE)
    grain = cv2.GaussianBlur(random.normal(0, 25, (height, width)).astype(np.float32), (0, 0), 0.6)
    wall = cv2.cvtColor(np.clip(stains + grain, 0, 255).astype(np.uint8), cv2.COLOR_GRAY2BGR)
    cv2.line(wall, (width // 12, height // 12), (width * 7 // 8, height * 9 // 10), (60, 60, 60), 7)
    (folder / "images").mkdir(parents=True)
    images = []
    for number in range(1, LEAPS * LEAP + 2):
        file_name = f"{number}{suffix}"
        cv2.imwrite(str(folder / "images" / file_name), np.roll(wall, 9 * number, axis=1))
        images.append({"id": number, "file_name": file_name, "width": width, "height": height})
    box = {"category_id": 1, "bbox": [width // 12, height // 12, width // 2, height // 2]}
    objects = [{"id": one["id"], "image_id": one["id"], **box} for one in images]
    coco = {"images": images, "annotations": objects, "categories": [{"id": 1, "name": "crack"}]}
    (folder / "annotations.json").write_text(json.dumps(coco))


def _presses(app: App, view: str) -> dict[str, float]:
    """Press as fast as keys come."""
    with app.page(view) as page:
        page.canvas.focus()
        start = int(page.shown["index"])
        page.clear()
        for _ in range(PRESSES):
            page.press("ArrowRight")
        took = page.span("key", "paint", f"entry.index === '{start + PRESSES}'")
        page.settled()
        rest()
        return {"moved": int(page.shown["index"]) - start, "ms": took}


def _browser_memory(app: App, view: str, changes: int) -> dict[str, Any]:
    """Megabytes of the page's process, resident and held by JavaScript, at ten points of a long walk."""
    with app.page(view) as page:
        images = page.images
    with unwatched(app, view, f"() => bench.walk({images}, {changes}, {PACE})") as megabytes:
        points = [megabytes()]
        for _ in range(10):
            time.sleep(changes * PACE / 1e4 * SLOWER)
            points.append(megabytes())
    resident, heap = zip(*points, strict=True)
    return {"count": changes, "resident": list(resident), "heap": list(heap)}


def _server_memory(app: App, view: str, requests: int) -> dict[str, Any]:
    """Resident megabytes of the server at ten points of many requests for large pictures."""
    with app.page(view) as page:
        page.zoom_in()
        addresses = page.addresses()
    if not addresses:
        raise BoxscopeError("the viewer asked for no picture", "bench viewer")
    resident = []
    for number in range(requests + 1):
        if number % max(requests // 10, 1) == 0:
            resident.append(app.resident_mb())
        app.fetch(addresses[number % len(addresses)])
    return {"count": requests, "addresses": len(addresses), "resident": resident}
