"""The strip of thumbnails in a real Chromium: alone with 100,000 images, and in the app."""

import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PILImage
from playwright.sync_api import expect

from core.datasets import CocoDataset
from pages.ui.server import tables
from tests.browser import chromium, clean_page, streamlit_server
from tests.drawn import slab
from tests.small import write_coco

pytestmark = pytest.mark.browser

APP = Path(__file__).with_name("filmstrip_app.py")
ROOT = APP.parents[1]
COUNT = 100_000
PAINTED = '.viewer:not([data-painted="0"])'


def packed(ids, objects=(1,), missed=(-1,), best=(-1,)):
    """A queue as the server packs it, the three columns repeated."""
    columns = [np.resize(np.array(column, float), len(ids)) for column in (objects, missed, best)]
    return tables.pack({"images": len(ids), "columns": 3}, np.array(ids, np.int64), np.column_stack(columns))


def jpeg():
    out = io.BytesIO()
    PILImage.new("RGB", (256, 170), (90, 120, 90)).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        expect.set_options(timeout=60_000)
        yield started


@pytest.fixture(scope="module")
def base():
    with streamlit_server(APP, cwd=ROOT) as started:
        yield started


class Strip:
    """A page with the strip, the server's answers played by the test."""

    def __init__(self, page):
        self.page, self.asked = page, []
        self.root = page.locator(".filmstrip")
        page.route("**/queue/long", lambda route: route.fulfill(body=packed(1000 + np.arange(COUNT))))
        page.route(
            "**/queue/other",
            lambda route: route.fulfill(body=packed([7, 1003, 9], (0, 1, 3), (0, 1, 0), (1, 0.25, 0.8))),
        )
        page.route("**/queue/lost", lambda route: route.fulfill(status=404, body="this data set is not open"))
        page.route("**/pictures/**", self.answer)
        page.on(
            "request", lambda request: "/pictures/" in request.url and self.asked.append(self.id_of(request))
        )

    @staticmethod
    def id_of(request):
        return int(re.search(r"/pictures/set/(\d+)", request.url)[1])

    def answer(self, route):
        if self.id_of(route.request) == 1002:
            return route.fulfill(status=404, body="gone.jpg: no such file")
        return route.fulfill(body=jpeg(), content_type="image/jpeg")

    def frame(self, index):
        return self.page.locator(f'.frame[data-index="{index}"]')

    def current(self, index):
        """Wait until a frame is marked, and say that it lies in sight."""
        expect(self.page.locator('.frame[aria-selected="true"]')).to_have_attribute("data-index", str(index))
        expect(self.frame(index)).to_be_in_viewport(ratio=1)

    def says(self, text):
        self.page.get_by_text(text, exact=True).wait_for()

    def few(self):
        assert 0 < self.page.locator(".frame").count() < 30

    def event(self, name, image, index):
        script = (
            "([name, image, index]) => window.dispatchEvent(new CustomEvent(name, {detail: {image, index}}))"
        )
        self.page.evaluate(script, [name, str(image), index])


@pytest.fixture
def page(browser):
    with clean_page(browser, viewport={"width": 1280, "height": 600}) as opened:
        opened.set_default_timeout(60_000)
        yield opened


@pytest.fixture
def strip(page, base):
    strip = Strip(page)
    page.goto(base)
    strip.current(0)
    return strip


def test_a_hundred_thousand_images_keep_few_nodes_in_the_page(strip):
    strip.few()
    width = strip.root.evaluate("strip => strip.scrollWidth")
    for part in (0.3, 0.77, 0.001, 1):
        left = strip.root.evaluate(
            "(strip, left) => { strip.scrollLeft = left; return strip.scrollLeft; }", part * width
        )
        index = min(round(left / 106) + 1, COUNT - 1)
        strip.frame(index).and_(strip.page.locator(".loaded")).wait_for()
        assert strip.frame(index).get_attribute("data-image") == str(1000 + index)
        strip.few()


def test_a_click_goes_to_an_image_and_python_hears_of_it(strip):
    strip.frame(4).click()
    strip.current(4)
    strip.says("image: 1004")
    strip.page.mouse.wheel(0, 3000)
    strip.frame(30).click()
    strip.current(30)
    strip.says("image: 1030")


def test_keys_walk_along_the_strip(strip):
    strip.root.focus()
    for _ in range(5):
        strip.page.keyboard.press("ArrowRight")
    strip.current(5)
    strip.page.keyboard.press("ArrowLeft")
    strip.current(4)
    strip.page.keyboard.press("End")
    strip.current(COUNT - 1)
    strip.few()
    strip.page.keyboard.press("PageUp")
    strip.page.keyboard.press("ArrowRight")
    strip.page.keyboard.press("Home")
    strip.current(0)
    strip.page.keyboard.press("ArrowLeft")
    strip.current(0)
    strip.page.keyboard.press("ArrowRight")
    strip.current(1)
    assert strip.root.get_attribute("aria-activedescendant") == "frame-1"
    assert strip.frame(1).get_attribute("aria-label") == f"Image 2 of {COUNT}, 1 object"
    strip.says("image: 1001")  # where the hand came to rest, not all places on the way


def test_it_follows_the_viewer_without_a_run_of_the_script(strip):
    strip.event("boxscope:image", 51_000, 50_000)
    strip.current(50_000)
    strip.event("boxscope:image", 1007, 99)  # a place of another order: the id counts
    strip.current(7)
    strip.page.get_by_label("index", exact=True).fill("3")
    strip.page.get_by_label("index", exact=True).press("Enter")  # Python is behind the hand
    strip.event("boxscope:image", 1008, 8)
    strip.current(8)
    strip.says("image: None")


def test_a_viewer_that_takes_the_move_tells_python_itself(strip):
    strip.page.evaluate(
        """() => window.addEventListener("boxscope:go", (event) => {
          event.preventDefault();
          window.gone = event.detail;
        })"""
    )
    strip.frame(3).click()
    strip.current(3)
    assert strip.page.evaluate("window.gone") == {"image": "1003", "index": 3}
    strip.page.get_by_text("other", exact=True).click()  # a run of the script, to see what Python knows
    strip.current(1)
    strip.says("image: None")


def test_a_missing_picture_is_named_and_the_rest_is_shown(strip):
    expect(strip.frame(2)).to_have_class(re.compile("missing"))
    expect(strip.frame(2)).to_have_attribute("title", re.compile("gone.jpg: no such file"))
    expect(strip.frame(3)).to_have_class(re.compile("loaded"))


def test_counts_stand_on_the_frames(strip):
    strip.page.get_by_text("other", exact=True).click()
    expect(strip.page.locator(".frame")).to_have_count(3)
    texts = [strip.frame(index).locator("span").all_inner_texts() for index in range(3)]
    assert texts == [["no objects", ""], ["missed", "0.25"], ["all 3 found", "0.80"]]


def test_a_queue_that_cannot_be_had_is_named_and_asked_for_again(page, base):
    strip = Strip(page)
    page.route("**/queue/long", lambda route: route.fulfill(status=404, body="this data set is not open"))
    page.goto(base)
    strip.says("The list of images could not be loaded: this data set is not open")
    page.unroute("**/queue/long")
    page.route("**/queue/long", lambda route: route.fulfill(body=packed([1000, 1001])))
    page.get_by_label("index", exact=True).fill("1")
    page.get_by_label("index", exact=True).press("Enter")
    strip.current(1)


def test_what_has_scrolled_away_is_not_loaded(page, base):
    strip, held = Strip(page), []
    page.unroute("**/pictures/**")
    page.route("**/pictures/**", lambda route: held.append(route))
    page.goto(base)
    strip.current(0)
    strip.root.evaluate(
        """async (strip) => {
          for (let left = 0; left < 3000000; left += 60000) {
            strip.scrollLeft = left;
            await new Promise(requestAnimationFrame);
          }
          strip.scrollLeft = 5000000;
        }"""
    )
    page.unroute("**/pictures/**")
    page.route("**/pictures/**", strip.answer)
    for route in held:
        strip.answer(route)
    expect(page.locator(".frame.loaded").first).to_be_attached()
    first = strip.page.locator(".frame").first.get_attribute("data-index")
    strip.frame(int(first) + 5).and_(page.locator(".loaded")).wait_for()
    assert abs(int(first) - 5_000_000 // 106) < 10
    assert len(strip.asked) < 51 * 4 + 20  # three at a time for each stop on the way, no more


# ---- in the app

# By hand: the one proposal is the whole image, so an object's best IoU is the part of the image it covers.
SET = {
    "all.png": [[0, 0, 96, 72]],  # 1, found
    "half.png": [[0, 0, 48, 72]],  # 0.5, found: the threshold itself counts
    "none.png": [],
    "two.png": [[0, 0, 96, 54], [0, 0, 24, 72]],  # 0.75 and 0.25, one missed; the mean is that of half.png
    "bad.png": [[0, 0, 9, 9]],
    "small.png": [[0, 0, 24, 24]],  # a twelfth
}
WORST = ["small.png", "two.png", "half.png", "all.png", "bad.png", "none.png"]


def test_worst_first_goes_by_the_lowest_mean_best_iou(browser, tmp_path):
    path = write_coco(tmp_path / "sample", {name: (slab(96, 72), boxes) for name, boxes in SET.items()})
    data = CocoDataset.open(path)
    (data.images_dir / "bad.png").write_bytes(b"no picture")
    ids = [str(data.image_ids[data.file_names.index(name)]) for name in WORST]
    env = {
        "BOXSCOPE_ROOTS": str(tmp_path),
        "BOXSCOPE_CACHE": str(tmp_path / "cache"),
        "PYTHONPATH": str(ROOT),
    }
    with streamlit_server(ROOT / "app.py", cwd=tmp_path, env=env) as base:
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.set_default_timeout(60_000)
        page.goto(f"{base}/?proposer=full-image&image=1")
        page.wait_for_selector(f'{PAINTED}[data-image="1"]')
        frames = page.locator(".frame")
        expect(frames).to_have_count(6)
        page.get_by_text("worst first", exact=True).click()
        expect(frames.first).to_have_attribute("data-image", ids[0])
        assert [frame.get_attribute("data-image") for frame in frames.all()] == ids
        expect(page.locator(".frame").nth(0)).to_contain_text("0.08")
        expect(page.locator(".frame").nth(1)).to_contain_text("1 of 2 missed")
        page.get_by_text("1 could not be measured").wait_for()
        page.wait_for_url(re.compile("queue=worst"))
        page.locator(".frame").nth(2).click()
        page.wait_for_selector(f'.viewer[data-image="{ids[2]}"][data-index="2"]')
        page.get_by_text("3 of 6").wait_for()
        page.wait_for_url(re.compile(f"image={ids[2]}(&|$)"))
        link = page.url
        page.close()

        other = browser.new_page()
        other.goto(link)  # a link opens the same order
        other.wait_for_selector(f'{PAINTED}[data-image="{ids[2]}"][data-index="2"]')
        expect(other.locator(".frame").first).to_have_attribute("data-image", ids[0])
        other.locator(".frame").nth(4).click()
        other.get_by_text("bad.png: not a readable picture").first.wait_for()
        other.get_by_text("5 of 6").wait_for()
        other.close()
