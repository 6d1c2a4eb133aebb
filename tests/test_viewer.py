"""The viewer in a real Chromium: which boxes are drawn, and which is chosen."""

import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.components.viewer import ViewerState
from tests.viewing import APP, GREY, View

# By hand from viewer_app.IOU and KIND.
LEGEND = {"< 0.3": 1, "0.3–0.5": 0, "0.5–0.7": 1, "≥ 0.7": 2, "ignored": 1}


def test_picked_box_keeps_its_identity_not_its_rank():
    boxes = np.array([[0, 0, 9, 9], [1, 1, 5.1, 5]], np.float32)
    seen = ViewerState(picked=tuple(boxes[1].tolist()))
    assert seen.rank(boxes) == 1
    assert seen.rank(boxes[::-1]) == 0
    assert seen.rank(boxes[:1]) is None
    assert seen.rank(boxes[:0]) is None
    assert ViewerState().rank(boxes) is None


def test_page_runs_again_and_again_in_fresh_runtimes():
    for _ in range(2):
        page = AppTest.from_file(str(APP.with_name("viewer_page.py"))).run()
        page.number_input[0].set_value(11).run()
        assert not page.exception
        assert page.text[1].value == "image: 11, top: 0"


@pytest.mark.browser
def test_legend_counts_and_toggles_classes(seen):
    for label, count in LEGEND.items():
        button = seen.viewer.get_by_role("button", name=re.compile(f"^{re.escape(label)} · {count}$"))
        button.click()
        seen.wait(boxes=5 - count)
        words = f"5 of 5 boxes, {5 - count} drawn" if count else "5 of 5 boxes"
        assert seen.viewer.locator(".top output").inner_text() == words
        button.click()
        seen.wait(boxes=5)
    seen.viewer.get_by_role("button", name="≥ 0.7").click()
    seen.wait(boxes=3)
    seen.press("ArrowRight")
    seen.wait(image=11)
    seen.press("ArrowLeft")
    seen.wait(image=10, boxes=3)  # the class stays hidden when the image changes


@pytest.mark.browser
def test_edges_have_the_colour_of_their_class(seen):
    assert seen.colour(70, 20, dy=1) == (0xF0, 0xE4, 0x42)
    assert seen.colour(135, 60, dy=1) == pytest.approx((0xE6, 0x9F, 0x00), abs=16)  # alpha .95
    assert seen.colour(5, 5) == pytest.approx(GREY, abs=2)
    # One pixel wide: it lies on either side of where a fractional scale puts the edge.
    red, green, blue = max((seen.colour(30, 85, dy=dy) for dy in (-1, 0, 1)), key=lambda rgb: rgb[2] - rgb[0])
    assert red < green < blue
    assert seen.colour(22, 20, dx=2, dy=7) == (255, 255, 255)  # the bracket of a found object
    red, green, blue = seen.colour(150, 60, dx=2, dy=7)
    assert red > 200 > green + 60  # and of a missed one


@pytest.mark.browser
def test_filters_need_no_server(seen):
    asked = []
    seen.page.on("request", lambda request: asked.append(request.url))
    seen.slide("Top N", 2)  # the third of 1 2 3 4 5
    seen.wait(boxes=3)
    seen.says("image: 10, top: 3")  # Python hears of the release
    seen.slide("Top N", 4)
    seen.wait(boxes=5)
    seen.says("image: 10, top: 0")
    panel = seen.open("Filter boxes")
    seen.slide("IoU from", 0.41)
    seen.wait(boxes=4)  # 0.41 itself is in
    seen.slide("IoU to", 0.7)
    seen.wait(boxes=3)
    seen.slide("IoU from", 0)
    seen.slide("IoU to", 1)
    for kind, left in [("positives", 3), ("negatives", 3), ("ignored", 4)]:
        box = panel.get_by_label(kind)
        box.uncheck()
        seen.wait(boxes=left)
        box.check()
        seen.wait(boxes=5)
    panel.get_by_label("only the highest-IoU box of each object").check()
    seen.wait(boxes=2)  # rank 0 for crack 1, rank 2 for crack 2
    seen.press("Escape")
    panel.wait_for(state="hidden")
    assert not [url for url in asked if re.search("/(proposals|pictures)/10", url)]


@pytest.mark.browser
def test_the_recall_threshold_decides_what_is_found_and_asks_for_no_boxes(seen):
    asked = []
    seen.page.on("request", lambda request: asked.append(request.url))
    live = """recall_iou => window.dispatchEvent(
        new CustomEvent("boxscope:live", { detail: { setup: { recall_iou } } }))"""
    said = seen.viewer.locator("#description")
    for recall, found in (("0.4", 2), ("0.41", 2), ("0.45", 1), ("0.95", 0), ("0.5", 1)):
        seen.page.evaluate(live, recall)
        assert f"{found} of 2 objects found" in said.inner_text()
    assert not [url for url in asked if "/proposals/" in url]


@pytest.mark.browser
def test_found_depends_on_the_top_ones_alone(seen):
    said = seen.viewer.locator("#description")
    assert "1 of 2 objects found." in said.inner_text()
    assert "Missed: crack 2." in said.inner_text()
    assert seen.colour(22, 20, dx=2, dy=7) == (255, 255, 255)
    seen.open("Filter boxes")
    seen.slide("IoU to", 0.5)  # what is hidden by its IoU has been found all the same
    seen.wait(boxes=2)
    assert "2 of 5 proposals drawn, 1 of 2 objects found." in said.inner_text()


@pytest.mark.browser
def test_hover_shows_the_smallest_box_around_the_pointer(seen):
    asked = []
    seen.page.on("request", lambda request: asked.append(request.url))
    seen.move(60, 45)  # in boxes 0 and 1
    seen.reads(
        "IoU 0.70 · positive",
        "rank 1 · 40 × 30 px",
        "matches crack 1",
        "from level 3 of HSV, k 150, by fill, texture, size",  # asked for with the first card
        "1 of 2 boxes here",
    )
    seen.move(100, 70)
    seen.reads("IoU 0.93 · positive", "rank 0 · 100 × 60 px", "matches crack 1", "from offset 40")
    seen.move(170, 30)
    seen.ranks(2)
    assert seen.lines()[::2] == ["IoU 0.41 · ignored", "overlaps crack 2"]
    assert sum("origins=1" in url for url in asked) <= 1  # for all boxes of the image at once
    seen.move(195, 97)
    seen.card.wait_for(state="hidden")


@pytest.mark.browser
def test_hover_fades_the_others_and_points_at_the_object(seen):
    plain = seen.colour(70, 20, dy=1)

    def is_faded():
        now = seen.colour(70, 20, dy=1)
        return sum(abs(a - b) for a, b in zip(plain, now, strict=True)) > 100

    seen.move(170, 30)
    seen.until(is_faded)
    assert seen.colour(170, 40) == (255, 255, 255)  # on the line from box 2 to crack 2
    seen.move(195, 97)
    seen.until(lambda: seen.colour(70, 20, dy=1) == plain)


@pytest.mark.browser
def test_card_stays_inside_the_picture(seen):
    for x, y in [(21, 21), (118, 78), (188, 11), (188, 48), (12, 88)]:
        seen.move(x, y)
        seen.card.wait_for(state="visible")
        card, room = seen.card.bounding_box(), seen.canvas.bounding_box()
        assert room["x"] <= card["x"] <= card["x"] + card["width"] <= room["x"] + room["width"]
        assert room["y"] <= card["y"] <= card["y"] + card["height"] <= room["y"] + room["height"]


@pytest.mark.browser
def test_click_tells_python_the_box(seen):
    seen.click(60, 45)
    seen.says("picked: [40, 30, 80, 60]")
    seen.wait(selected=1)
    seen.click(20, 50)  # on the very edge of box 0
    seen.says("picked: [20, 20, 120, 80]")
    seen.click(195, 97)  # empty ground
    seen.says("picked: None")
    seen.wait(selected="")
    seen.click(135, 67)
    seen.says("picked: [125, 60, 145, 75]")
    seen.press("Escape")
    seen.says("picked: None")


@pytest.mark.browser
def test_choice_goes_with_its_box_and_its_image(seen):
    seen.click(135, 67)
    seen.says("picked: [125, 60, 145, 75]")
    seen.slide("Top N", 3)  # box 4 is cut off: still the choice, not drawn
    seen.wait(boxes=4)
    seen.press("ArrowRight")
    seen.wait(image=11, boxes=0, selected="")
    seen.says("image: 11, top: 4")
    seen.says("picked: None")
    seen.press("ArrowLeft")
    seen.wait(image=10, selected=4)


@pytest.mark.browser
def test_a_box_that_the_page_asks_for_is_marked_and_brought_near_once(fresh):
    page = fresh()
    page.goto("/")
    fit = View(page, image=10, boxes=5).zoom()
    page.goto("/?box=1")
    seen = View(page, image=10, boxes=5, selected=1)
    assert seen.zoom() > 1.5 * fit
    seen.press("0")
    assert seen.zoom() == fit
    seen.viewer.get_by_role("button", name="≥ 0.7").click()
    seen.wait(boxes=3)
    assert seen.colour(60, 30, dy=1) == (0xF0, 0xE4, 0x42)  # drawn whatever the filter says
    page.get_by_role("slider", name="shift").press("ArrowRight")
    seen.wait(boxes=3, selected="")  # all have moved: the box is no longer there
    assert seen.zoom() == fit


@pytest.mark.browser
def test_a_box_that_is_not_there_is_named(fresh):
    page = fresh()
    page.goto("/?box=5")
    View(page, image=10, boxes=5, selected="").notes("There is no rank 5 among 5 boxes.")


def test_the_second_box_that_is_clicked_with_shift_gives_the_iou_of_the_two(seen):
    seen.click(110, 70)
    seen.wait(selected=0)
    seen.page.keyboard.down("Shift")
    seen.click(60, 45)
    seen.wait(selected=0, second=1)
    assert "IoU 0.20 with rank 0" in seen.lines()  # 40 x 30 pixels in 100 x 60
    seen.click(60, 45)
    seen.wait(selected=0, second="")
    seen.page.keyboard.up("Shift")
    seen.press("Shift+Enter")
    seen.wait(second=1)
    seen.press("Escape")
    seen.wait(selected="", second="")


def test_removed_boxes_are_fetched_when_they_are_shown_and_name_what_removed_them(seen):
    asked = []
    seen.page.on("request", lambda request: asked.append("removed=1" in request.url))
    seen.move(101, 5)
    seen.press("r")
    seen.wait(removed=2)
    assert sum(asked) == 1
    assert seen.lines() == ["removed by the minimum side", "2 × 13 px"]
    seen.move(60, 32)
    assert seen.lines() == ["removed by NMS", "40 × 28 px", "IoU 0.93 with rank 1, which comes before it"]
    seen.wait(highlight=1)
    seen.viewer.get_by_role("button", name="removed · 2 of 3").click()
    seen.wait(removed="")
    seen.move(60, 32)
    seen.ranks(1)


def test_a_missed_object_that_is_named_says_why(seen):
    seen.move(170, 75)
    seen.wait(reason="shifted")
    seen.move(22, 90)
    seen.wait(reason="")
