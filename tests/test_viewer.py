"""The viewer in a real Chromium; AppTest sees nothing of what a canvas shows."""

import base64
import re
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.viewer import pack, picked_rank
from tests.browser import chromium, streamlit_server

APP = Path(__file__).with_name("viewer_app.py")
SIZE = (200, 100)  # of image 0
LEGEND = {"<.3": 1, ".3–.5": 0, ".5–.7": 1, "≥.7": 2, "ignored": 1}  # by hand from viewer_app.IOU and KIND


def test_pack_is_little_endian_float32_rows():
    packed = pack(np.array([[1, 2, 3, 4]]), np.array([0.5]), np.array([-1], np.int8), np.array([7]))
    assert np.frombuffer(base64.b64decode(packed), "<f4").tolist() == [1, 2, 3, 4, 0.5, -1, 7]
    assert pack(np.zeros((0, 4)), np.zeros(0), np.zeros(0, np.int8), np.zeros(0)) == ""


def test_picked_box_keeps_its_identity_not_its_rank():
    boxes = np.array([[0, 0, 9, 9], [1, 1, 5.1, 5]], np.float32)
    pick = {"image": 3, "box": boxes[1].tolist()}
    assert picked_rank(pick, 3, boxes) == 1
    assert picked_rank(pick, 3, boxes[::-1]) == 0
    assert picked_rank(pick, 3, boxes[:1]) is None
    assert picked_rank(pick, 3, boxes[:0]) is None
    assert picked_rank(pick, 4, boxes) is None
    assert picked_rank(None, 3, boxes) is None


def test_page_runs_again_and_again_in_fresh_runtimes():
    for _ in range(2):
        page = AppTest.from_file(str(APP)).run()
        page.radio[0].set_value(1).run()
        assert not page.exception
        assert page.text[0].value == "rank: None"


# ---- in the browser


@pytest.fixture(scope="module")
def context():
    with (
        streamlit_server(APP, cwd=APP.parent.parent) as base,
        chromium() as browser,
        browser.new_context(base_url=base, viewport={"width": 1280, "height": 900}) as context,
    ):
        context.set_default_timeout(10_000)
        yield context


@pytest.fixture
def seen(context):
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(error))  # Playwright cannot wrap a built-in
    page.goto("/")
    yield Seen(page)
    page.close()
    assert not faults


class Seen:
    """What a test does with the page, in pixels of the picture."""

    def __init__(self, page):
        self.page = page
        self.viewer = page.locator(".viewer")
        self.card = self.viewer.locator(".card")
        self.wait(image=10, boxes=5)

    def wait(self, **attributes):
        """Wait until the element says so of its last paint."""
        wanted = "".join(f'[data-{name}="{value}"]' for name, value in attributes.items())
        self.page.wait_for_selector(f".viewer{wanted}")

    def scale(self):
        return self.viewer.bounding_box()["width"] / SIZE[0]

    def move(self, x, y):
        corner = self.viewer.bounding_box()
        self.page.mouse.move(corner["x"] + x * self.scale(), corner["y"] + y * self.scale())

    def click(self, x, y):
        self.move(x, y)
        self.page.mouse.down()
        self.page.mouse.up()

    def image(self, number):
        self.page.get_by_text(str(number), exact=True).first.click()

    def says(self, text):
        self.page.get_by_text(text, exact=True).wait_for()

    def colour(self, x, y, dx=0, dy=0):
        """RGB of the canvas at a picture point, dx and dy canvas pixels further on."""
        at = [round(x * self.scale()) + dx, round(y * self.scale()) + dy]
        script = "(c, [x, y]) => [...c.getContext('2d').getImageData(x, y, 1, 1).data.slice(0, 3)]"
        return tuple(self.viewer.locator("canvas").evaluate(script, at))


@pytest.mark.browser
def test_legend_counts_and_toggles_classes(seen):
    for label, count in LEGEND.items():
        button = seen.viewer.get_by_role("button", name=re.compile(f"^{re.escape(label)} · {count}$"))
        button.click()
        seen.wait(boxes=5 - count)
        button.click()
        seen.wait(boxes=5)
    seen.viewer.get_by_role("button", name="≥.7").click()
    seen.wait(boxes=3)
    seen.page.get_by_role("slider").press("ArrowLeft")
    seen.wait(boxes=2)  # the class stays hidden when the boxes change, and when the image does
    seen.image(1)
    seen.wait(image=11)
    seen.image(0)
    seen.wait(image=10, boxes=2)


@pytest.mark.browser
def test_edges_have_the_colour_of_their_class(seen):
    assert seen.colour(70, 20, dy=1) == (0xF0, 0xE4, 0x42)
    assert seen.colour(135, 60, dy=1) == pytest.approx((0xE6, 0x9F, 0x00), abs=16)  # alpha .95
    assert seen.colour(5, 5) == pytest.approx([160 * 0.85] * 3, abs=2)  # the picture, dimmed
    # One pixel wide: it lies on either side of where a fractional scale puts the edge.
    red, green, blue = max((seen.colour(30, 85, dy=dy) for dy in (-1, 0, 1)), key=lambda rgb: rgb[2] - rgb[0])
    assert red < green < blue
    assert seen.colour(22, 20, dx=2, dy=7) == (255, 255, 255)  # the bracket of a found object
    red, green, blue = seen.colour(150, 60, dx=2, dy=7)
    assert red > 200 > green + 60  # and of a missed one


@pytest.mark.browser
def test_hover_shows_the_smallest_box_around_the_pointer(seen):
    seen.move(60, 45)  # in boxes 0 and 1
    assert seen.card.inner_text().split("\n") == [
        "IoU 0.70 · positive",
        "rank 1 · 40 × 30 px",
        "matches crack 1",
    ]
    seen.move(100, 70)
    assert seen.card.inner_text().split("\n") == [
        "IoU 0.93 · positive",
        "rank 0 · 100 × 60 px",
        "matches crack 1",
    ]
    seen.move(170, 30)
    assert "IoU 0.41 · ignored" in seen.card.inner_text()
    seen.move(195, 97)
    seen.card.wait_for(state="hidden")


@pytest.mark.browser
def test_card_stays_inside_the_picture(seen):
    for x, y in [(21, 21), (118, 78), (188, 11), (188, 48), (12, 88)]:
        seen.move(x, y)
        seen.card.wait_for(state="visible")
        card, room = seen.card.bounding_box(), seen.viewer.bounding_box()
        assert room["x"] <= card["x"] <= card["x"] + card["width"] <= room["x"] + room["width"]
        assert room["y"] <= card["y"] <= card["y"] + card["height"] <= room["y"] + room["height"]


@pytest.mark.browser
def test_click_tells_python_the_rank(seen):
    seen.click(60, 45)
    seen.says("rank: 1")
    seen.wait(selected=1)
    seen.click(20, 50)  # on the very edge of box 0
    seen.says("rank: 0")
    seen.click(195, 97)  # empty ground
    seen.says("rank: None")
    seen.wait(selected="")
    seen.click(135, 67)
    seen.says("rank: 4")
    seen.viewer.locator("canvas").press("Escape")
    seen.says("rank: None")


@pytest.mark.browser
def test_choice_goes_with_its_box_and_its_image(seen):
    seen.click(135, 67)
    seen.says("rank: 4")
    seen.page.get_by_role("slider").press("ArrowLeft")  # box 4 is cut off
    seen.wait(boxes=4, selected="")
    seen.says("rank: None")
    seen.click(60, 45)
    seen.says("rank: 1")
    seen.image(1)
    seen.wait(image=11, boxes=0, selected="")
    seen.says("rank: None")


@pytest.mark.browser
def test_all_is_kept_when_streamlit_mounts_the_element_anew(seen):
    seen.viewer.get_by_role("button", name="<.3").click()
    seen.wait(boxes=4)
    seen.click(60, 45)
    seen.says("rank: 1")
    for _ in range(4):
        seen.page.mouse.wheel(0, -200)
    seen.viewer.evaluate("element => { element.dataset.old = 1; }")
    seen.page.get_by_text("notice", exact=True).click()
    seen.page.locator(".viewer:not([data-old])[data-selected='1'][data-boxes='4']").wait_for()
    assert seen.viewer.get_by_role("button", name="<.3").get_attribute("aria-pressed") == "false"
    seen.move(100, 70)
    seen.card.get_by_text("rank 1").wait_for()


@pytest.mark.browser
def test_zoom_is_kept_when_boxes_change_and_fits_a_new_image(seen):
    seen.move(60, 45)
    for _ in range(4):
        seen.page.mouse.wheel(0, -200)
    seen.move(100, 70)  # outside box 1 at first, inside it now
    seen.card.get_by_text("rank 1").wait_for()
    seen.page.get_by_role("slider").press("ArrowLeft")
    seen.wait(boxes=4)
    seen.move(101, 70)
    seen.card.get_by_text("rank 1").wait_for()
    seen.page.mouse.down()
    seen.move(141, 70)
    seen.page.mouse.up()  # a drag is no click
    seen.move(145, 70)
    seen.card.get_by_text("rank 1").wait_for()
    seen.wait(selected="")
    seen.image(1)
    seen.wait(image=11)
    seen.image(0)
    seen.wait(image=10)
    seen.move(100, 70)
    seen.card.get_by_text("rank 0").wait_for()


@pytest.mark.browser
def test_h_hides_the_overlays_while_it_is_held(seen):
    seen.click(195, 97)
    seen.page.keyboard.down("h")
    seen.wait(boxes=0)
    assert seen.colour(70, 20, dy=1) == pytest.approx([160 * 0.85] * 3, abs=2)
    seen.page.keyboard.up("h")
    seen.wait(boxes=5)


@pytest.mark.browser
def test_picture_that_fails_is_named_and_boxes_are_still_drawn(seen):
    seen.image(2)
    seen.wait(image=12, boxes=5)
    said = seen.viewer.get_by_role("status").inner_text()
    assert said.startswith("<b>picture 2</b>.png could not be loaded, 5 proposals, 1 of 2 objects found.")
    assert seen.viewer.locator("b").count() == 1  # the card's own: a file name is text
    assert seen.colour(70, 20, dy=1) == (0xF0, 0xE4, 0x42)


@pytest.mark.browser
def test_old_frame_stays_until_the_new_picture_is_there(seen):
    held = []
    seen.page.route("**/slow.png", lambda route: held.append(route))
    seen.image(3)
    seen.viewer.and_(seen.page.locator(".waiting")).wait_for()
    seen.wait(image=10)
    seen.page.wait_for_timeout(300)
    assert seen.viewer.locator(".spinner").is_visible()
    seen.page.get_by_role("slider").press("ArrowLeft")  # boxes that change meanwhile wait as well
    seen.says("rank: None")
    seen.page.wait_for_timeout(300)
    seen.wait(image=10, boxes=5)
    png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
    held[0].fulfill(body=base64.b64decode(png), content_type="image/png")
    seen.wait(image=13, boxes=4)
    assert len(held) == 1
    assert not seen.viewer.locator(".spinner").is_visible()
