"""Take the screenshots of the README: ``python docs/screenshots.py [NAME ...]`` from the project's folder.

Starts the app on the built-in sample set in a folder of its own and drives a headless Chromium. Names are
those of the files in ``docs/``, without one all are taken.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, expect

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from core.datasets import make_sample  # noqa: E402
from tests.browser import chromium, streamlit_server  # noqa: E402

PAINTED = '.viewer:not([data-painted="0"])'
SIZE = (1440, 900)
# Of the sheet "sizes", light above dark, each scaled to one height.
WINDOWS, HEIGHT, GAP = ((800, 900), (1280, 900), (1920, 1080)), 420, 8


def explore(page: Page) -> None:
    page.wait_for_selector(PAINTED)
    expect(page.locator("figure.histogram")).to_be_visible()
    expect(page.locator("p.whole-set").first).to_contain_text("found, ABO")
    # Each thumbnail in sight has come, or says why not.
    expect(page.locator(".frame:not(.loaded, .missing)")).to_have_count(0)
    expect(page.locator('[data-testid="stApp"]')).to_have_attribute("data-test-script-state", "notRunning")
    page.wait_for_timeout(500)  # transitions


def worst(page: Page) -> None:
    expect(page.locator(".count.missed").first).to_be_visible(timeout=60_000)
    explore(page)


def evaluated(page: Page) -> None:
    page.locator(".failures img").first.wait_for()
    expect(page.locator("p.progress progress")).to_have_count(0)
    page.locator(".js-plotly-plot .scatterlayer .trace").first.wait_for(state="attached")
    page.wait_for_timeout(1500)


def tuned(page: Page) -> None:
    page.get_by_role("button", name="Start").click()
    page.get_by_text("Done ·").wait_for(timeout=600_000)
    page.wait_for_selector(PAINTED)
    page.locator(".js-plotly-plot .scatterlayer .trace").first.wait_for(state="attached")
    page.mouse.move(0, 0)
    page.wait_for_timeout(2500)


def compared(page: Page) -> None:
    expect(page.locator(PAINTED)).to_have_count(2)
    expect(page.locator("p.progress progress")).to_have_count(0)
    expect(page.locator(".frame:not(.loaded, .missing)")).to_have_count(0)
    page.wait_for_timeout(1500)


def designed(page: Page) -> None:
    page.get_by_text("Counts are exact").wait_for()
    expect(page.locator(".contact").first).not_to_contain_text("≈")  # else of some images alone
    page.wait_for_function("document.querySelectorAll('.contact img').length > 8")
    page.wait_for_function("[...document.querySelectorAll('.contact img')].every((crop) => crop.complete)")
    page.locator(".js-plotly-plot .barlayer path").first.wait_for(state="attached")
    page.wait_for_timeout(500)


def browsed(page: Page) -> None:
    page.get_by_role("button", name="Start the export").click()
    page.get_by_text("Finished.").wait_for(timeout=60_000)
    page.get_by_role("radio", name="Browse").click()
    page.locator(".crop").first.click(timeout=60_000)
    page.get_by_role("link", name="Open in Explore").wait_for()
    page.wait_for_timeout(1000)


SHOTS: dict[str, tuple[str, Callable[[Page], None]]] = {
    "explore": ("?image=11&offsets=10,20,30&min_area=120", explore),
    "worst-first": ("?offsets=10,20,30&min_area=120&queue=worst", worst),
    "evaluate": ("evaluate?offsets=10,20,30&min_area=120&setups=proposer=selective-search", evaluated),
    "tune": ("tune?minutes=2", tuned),
    "compare": ("compare?against=proposer=selective-search", compared),
    "export": ("export?offsets=10,20,30&min_area=120", designed),
    "browse": ("export?offsets=10,20,30&min_area=120&crops.order=highest", browsed),
    "dataset": ("dataset", lambda page: page.get_by_text("No problems found.").wait_for()),
}


def taken(
    browser: Browser,
    address: str,
    ready: Callable[[Page], None],
    size: tuple[int, int],
    scheme: Literal["light", "dark"] = "light",
) -> Image.Image:
    """Return a screenshot of a page in a window of a size, pixels."""
    width, height = size
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    page.goto(address)
    ready(page)
    shot = Image.open(BytesIO(page.screenshot())).convert("RGB")
    page.close()
    return shot


def sheet(browser: Browser, base: str) -> Image.Image:
    """Return Explore in all windows, light and dark, on one sheet."""
    view, ready = SHOTS["explore"]
    widths = [round(HEIGHT * width / height) for width, height in WINDOWS]
    whole = Image.new("RGB", (sum(widths) + 2 * GAP, 2 * HEIGHT + GAP), "#808080")
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for row, scheme in enumerate(schemes):
        left = 0
        for size, width in zip(WINDOWS, widths, strict=True):
            shot = taken(browser, f"{base}/{view}", ready, size, scheme)
            whole.paste(shot.resize((width, HEIGHT), Image.Resampling.LANCZOS), (left, row * (HEIGHT + GAP)))
            left += width + GAP
    return whole


def save(shot: Image.Image, name: str) -> None:
    """Save a picture in ``docs/``.

    A palette of 256 is enough for a page of greys, and a third of the bytes. Median cut gives the greys; the
    other method keeps the few pixels of a legend in their own colours.
    """
    palette = Image.new("P", (1, 1))
    methods = (Image.Quantize.MEDIANCUT, Image.Quantize.MAXCOVERAGE)
    colours = [(shot.quantize(128, method=method).getpalette() or [])[: 3 * 128] for method in methods]
    palette.putpalette([*colours[0], *colours[1]])
    picture = shot.quantize(palette=palette, dither=Image.Dither.NONE)
    picture.save(ROOT / f"docs/{name}.png", optimize=True)


def main() -> None:
    names = sys.argv[1:] or [*SHOTS, "sizes"]
    with tempfile.TemporaryDirectory() as folder:
        make_sample(Path(folder) / "sample")
        env = {
            "HOME": folder,
            "BOXSCOPE_ROOTS": folder,
            "BOXSCOPE_CACHE": str(Path(folder) / "cache"),
            "BOXSCOPE_STATE": str(Path(folder) / "state"),
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        }
        with streamlit_server(ROOT / "app.py", cwd=folder, env=env) as base, chromium() as browser:
            for name in names:
                if name == "sizes":
                    save(sheet(browser, base), name)
                else:
                    view, ready = SHOTS[name]
                    save(taken(browser, f"{base}/{view}", ready, SIZE), name)


if __name__ == "__main__":
    main()
