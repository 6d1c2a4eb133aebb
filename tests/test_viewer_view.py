"""How the viewer shows it: zoom, layers, line weights, saving, and what outlives a reload."""

import base64
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.small import ROOT
from tests.test_wording import IOUS
from tests.viewing import GREY, MARGIN, View, decoded, renew


@pytest.mark.browser
def test_all_is_kept_when_streamlit_mounts_the_element_anew(seen):
    seen.viewer.get_by_role("button", name="< 0.3").click()
    seen.wait(boxes=4)
    seen.click(60, 45)
    seen.says("picked: [40, 30, 80, 60]")
    seen.wheel(-200, times=4)
    # The browser sends its link with every run: an older one, and Python would say that one again.
    seen.page.wait_for_url(re.compile(r"display=hide_class0~zoom_4\.95"))  # exp(4 * 200 * 0.002)
    seen.viewer.evaluate("element => { element.dataset.old = 1; }")
    seen.page.get_by_text("notice", exact=True).click()
    seen.page.locator(".viewer:not([data-old])[data-selected='1'][data-boxes='4']").wait_for()
    # The old element may stay for as long as the script runs, and what is above moves the new one.
    expect(seen.page.locator(".viewer")).to_have_count(1)
    seen.page.get_by_text("A notice above the viewer").wait_for()
    seen.page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    assert seen.viewer.get_by_role("button", name="< 0.3").get_attribute("aria-pressed") == "false"
    seen.move(100, 70)
    seen.ranks(1)


@pytest.mark.browser
def test_zoom_is_kept_when_boxes_change_and_as_a_choice_for_the_next_image(seen):
    seen.move(60, 45)
    seen.wheel(-200, times=4)
    seen.move(100, 70)  # outside box 1 at first, inside it now
    seen.ranks(1)
    painted = seen.viewer.get_attribute("data-painted")
    seen.page.get_by_role("slider", name="shift").press("ArrowRight")
    expect(seen.viewer).not_to_have_attribute("data-painted", painted)
    seen.slide("Top N", 3)
    seen.wait(boxes=4)
    seen.move(101, 70)
    seen.ranks(1)
    seen.page.mouse.down()
    seen.move(141, 70)
    seen.page.mouse.up()  # a drag is no click
    seen.move(145, 70)
    seen.ranks(1)
    seen.wait(selected="")
    seen.press("ArrowRight")
    seen.wait(image=11)
    seen.press("ArrowLeft")
    seen.wait(image=10)
    seen.move(100, 70)
    seen.ranks(0)  # it fits again
    seen.wheel(-400)
    zoomed = seen.zoom()
    seen.open("Display").get_by_label("keep the zoom for the next image").check()
    seen.press("ArrowLeft", "ArrowRight", "ArrowRight", "ArrowRight")
    seen.wait(image=13)
    assert seen.zoom() == zoomed
    seen.canvas.dblclick(position={"x": 5, "y": 5})
    seen.until(lambda: seen.zoom() < zoomed)


@pytest.mark.browser
def test_layers_toggle_by_keys(seen):
    seen.press("b")
    seen.wait(boxes=0)
    seen.press("b")
    seen.wait(boxes=5)
    seen.press("g")
    truth = seen.viewer.get_by_role("button", name="truth")
    assert truth.get_attribute("aria-pressed") == "false"
    seen.press("g")
    assert truth.get_attribute("aria-pressed") == "true"
    seen.press("t")
    seen.waits_for_colour(5, 5, (0.3 * 160 + 0.7 * 250) * 0.85)  # the picture shows through
    panel = seen.open("Overlays")
    seen.slide("Opacity", 50)
    seen.waits_for_colour(5, 5, (160 + 250) / 2 * 0.85)
    seen.slide("Opacity", 100)
    panel.get_by_label("Intermediate result").select_option("merging")
    seen.waits_for_colour(5, 5, 0)  # before the first merge
    seen.slide("Merges", 5)
    seen.waits_for_colour(5, 5, 100 * 0.85)
    panel.get_by_text("merge 5", exact=True).wait_for()
    seen.press("t")
    seen.waits_for_colour(5, 5, 160 * 0.85)
    seen.press("m")
    seen.waits_for_colour(5, 5, 100 * 0.85)
    assert panel.get_by_label("masks of the objects").is_checked()
    seen.press("m")
    seen.waits_for_colour(5, 5, 160 * 0.85)


@pytest.mark.browser
def test_saved_png_equals_the_view(seen):
    seen.move(60, 45)
    seen.wheel(-200)
    panel = seen.open("Save")
    seen.card.wait_for(state="hidden")
    with seen.page.expect_download() as download:
        panel.get_by_role("button", name="Save PNG").click()
    assert download.value.suggested_filename == "_b_picture 10.png"
    saved = decoded(Path(download.value.path()).read_bytes())
    shown = seen.pixels()
    assert np.array_equal(saved[: len(shown)], shown)
    legend = saved[len(shown) :]
    assert len(legend) > 20
    assert len(np.unique(legend.reshape(-1, 3), axis=0)) > 10  # letters and lines
    panel.get_by_label("legend below the picture").uncheck()
    saved = shown
    panel.get_by_role("button", name="2×").click()
    with seen.page.expect_download() as download:
        panel.get_by_role("button", name="Save PNG").click()
    twice = decoded(Path(download.value.path()).read_bytes())
    assert twice.shape == (2 * saved.shape[0], 2 * saved.shape[1], 3)
    small = np.asarray(
        Image.fromarray(twice.astype(np.uint8)).resize(saved.shape[1::-1], Image.Resampling.BOX)
    )
    assert np.abs(small.astype(int) - saved).mean() < 3


@pytest.mark.browser
def test_saved_svg_shows_the_same_with_lines_for_boxes(seen):
    panel = seen.open("Save")
    with seen.page.expect_download() as download:
        panel.get_by_role("button", name="Save SVG").click()
    svg = Path(download.value.path()).read_text()
    assert svg.count("#F0E442") == 3  # the boxes of the class above .7, and their line in the legend
    assert "IoU ≥ 0.7 · 2</text>" in svg
    assert svg.rindex("ground truth</text>") > svg.rindex("crack 2</text>")
    assert "crack 2</text>" in svg
    width, height = map(int, re.search(r'width="(\d+)" height="(\d+)"', svg).groups())
    for title in ("picture 10.png", "top 5 of 5 boxes", "recall @0.5: 1 / 2"):
        assert f"{title}</text>" in svg
    # Without the empty ground of the frame; title and legend lie below.
    height -= 48
    assert height == pytest.approx(100 * seen.scale() + 2 * MARGIN, abs=1)
    top = int(seen.at(0, 0)[1]) - MARGIN
    shown = seen.pixels()[top : top + height, :width]
    script = """async ([svg, w, h]) => {
      const image = new Image();
      image.src = URL.createObjectURL(new Blob([svg], {type: "image/svg+xml"}));
      await image.decode();
      const canvas = Object.assign(document.createElement("canvas"), {width: w, height: h});
      canvas.getContext("2d").drawImage(image, 0, 0);
      return canvas.toDataURL("image/png").split(",")[1];
    }"""
    drawn = decoded(base64.b64decode(seen.page.evaluate(script, [svg, width, height])))
    assert np.abs(drawn - shown).mean() < 2


@pytest.mark.browser
def test_two_viewers_share_a_view(fresh):
    page = fresh()
    page.goto("/?two")
    seen = View(page, image=10, boxes=5)
    other = seen.page.locator(".viewer").nth(1)
    expect(other).to_have_attribute("data-boxes", "5")
    zooms = seen.page.locator(".viewer .zoom")
    before = zooms.nth(1).inner_text()
    seen.move(60, 45)
    seen.wheel(-200, times=3)
    assert zooms.nth(0).inner_text() == zooms.nth(1).inner_text() != before
    corner = other.locator("canvas").bounding_box()
    seen.page.mouse.move(corner["x"] + 65 * seen.scale(), corner["y"] + 45 * seen.scale())
    other.locator(".card").get_by_text("rank 1").wait_for()  # moved by 5: the same point lies in it
    other.locator("canvas").press("0")
    expect(zooms.nth(0)).to_have_text(before)


@pytest.mark.browser
def test_nothing_but_a_strip_lies_over_the_picture_of_a_narrow_viewer(fresh):
    page = fresh()
    page.set_viewport_size({"width": 960, "height": 900})
    page.goto("/?two&image=92")
    seen = View(page, (1000, 600), image=92, boxes=2000)
    assert 380 < seen.viewer.bounding_box()["width"] < 420
    assert seen.viewer.locator(".bar").bounding_box()["height"] < 40  # one row
    for panel in ("Filter boxes", "Overlays", "Display", "Save"):
        opened = seen.open(panel).bounding_box()
        picture = seen.canvas.bounding_box()
        assert opened["y"] + opened["height"] <= picture["y"]
    seen.press("Escape")
    legend, picture = seen.viewer.locator(".legend").bounding_box(), seen.canvas.bounding_box()
    assert picture["y"] + picture["height"] <= legend["y"]
    for y in (150, 450):  # a box is under either
        seen.move(500, y)
        seen.card.wait_for(state="visible")
        card = seen.card.bounding_box()
        assert card["height"] < picture["height"] / 4
        assert not card["y"] <= picture["y"] + y * seen.scale() <= card["y"] + card["height"]


@pytest.mark.browser
def test_filters_are_in_the_link_and_the_look_in_the_browser(fresh):
    page = fresh()
    page.goto("/")
    seen = View(page, image=10, boxes=5)
    openers = [
        seen.viewer.get_by_role("button", name=name, exact=True) for name in ("Filter boxes", "Display")
    ]
    truth = seen.viewer.get_by_role("button", name="truth")
    seen.press("g")
    seen.open("Filter boxes").get_by_label("negatives").uncheck()
    seen.slide("IoU from", 0.5)
    seen.wait(boxes=2)
    seen.open("Display").get_by_role("button", name="continuous").click()
    page.wait_for_url("**/?display=iou_0.5_1~hide_negative_truth")
    page.reload()
    View(page, image=10, boxes=2).viewer.locator(".ramp").wait_for()
    assert truth.get_attribute("aria-pressed") == "false"
    for opener in openers:
        expect(opener).to_have_class("changed")
    link = page.url
    page.goto("/")  # another tab of the same browser
    View(page, image=10, boxes=5).viewer.locator(".ramp").wait_for()
    expect(openers[0]).not_to_have_class("changed")
    page.goto(link)
    seen = View(page, image=10, boxes=2)
    seen.open("Display").get_by_role("button", name="Reset filter and display").click()
    seen.wait(boxes=5)
    assert truth.get_attribute("aria-pressed") == "true"
    for opener in openers:
        expect(opener).not_to_have_class("changed")
    page.wait_for_url("**/?display=")


@pytest.mark.browser
def test_zoom_and_layer_are_in_the_link(fresh):
    page = fresh()
    page.goto("/?display=mask")
    View(page, image=10, boxes=5).waits_for_colour(100, 50, 100 * 0.85)
    page.goto("/?display=layer_1_1_5~zoom_3_0.25_0.5")
    seen = View(page, image=10, boxes=5)
    seen.waits_for_colour(100, 50, 100 * 0.85)  # after five merges
    fitted = round(100 * seen.scale())
    seen.until(lambda: abs(seen.zoom() - 3 * fitted) <= 4)
    seen.move(100, 50)  # the middle of the canvas: a quarter of the picture
    seen.ranks(1)
    seen.press("t", "0")
    page.wait_for_url("**/?display=")
    page.go_back()
    seen.until(lambda: seen.zoom() > 2 * fitted)
    # Python has heard of the step back: else it would ask for the old image after the next one is chosen.
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    seen.press("ArrowRight")
    seen.wait(image=11)
    page.wait_for_url(lambda url: "zoom" not in url)  # of the other image


@pytest.mark.browser
def test_of_a_display_with_a_mistake_the_rest_is_taken(fresh):
    page = fresh()
    for text, words in [("iou_0.9_0.1~best", "iou_0.9_0.1"), ("zoom_x~hide_class9~best~toString", "zoom_x,")]:
        page.goto(f"/?display={text}")
        View(page, image=10, boxes=2).notes(words)


@pytest.mark.browser
@pytest.mark.parametrize("kept", ["{", "null", "[7]", '{"scale": "rainbow", "weight": 1e9, "dim": "0"}'])
def test_nonsense_kept_by_the_browser_is_passed_over(seen, kept):
    seen.page.evaluate("text => localStorage.setItem('boxscope.viewer.2', text)", kept)
    renew(seen.page, 5)
    assert seen.colour(5, 5) == pytest.approx(GREY, abs=2)


@pytest.mark.browser
def test_continuous_scale_and_weight_and_dim(seen):
    panel = seen.open("Display")
    panel.get_by_role("button", name="continuous").click()
    seen.viewer.locator(".ramp").wait_for()
    seen.until(lambda: seen.colour(70, 20, dy=1) != (0xF0, 0xE4, 0x42))
    red, _, blue = seen.colour(70, 20, dy=1)
    assert red > 200 > blue
    seen.slide("Dim picture", 50)
    seen.waits_for_colour(5, 5, 80)
    panel.get_by_role("button", name="4 classes").click()
    seen.slide("Line width", 3)
    seen.until(lambda: seen.colour(70, 20, dy=6) == (0xF0, 0xE4, 0x42))  # 2.4 x 3 pixels wide


@pytest.mark.browser
def test_an_iou_is_written_as_in_python(seen):
    script = (ROOT / "pages/ui/components/shared/iou.js").read_text().replace("export ", "")
    values = [value for value, _ in IOUS]
    texts = seen.page.evaluate(f"values => {{ {script}\n return values.map(iouText); }}", values)
    assert texts == [text for _, text in IOUS]


@pytest.mark.browser
def test_two_fingers_zoom_and_one_moves_only_what_is_zoomed(seen):
    """Where the picture fits, one finger is the browser's, which scrolls the page."""
    assert seen.canvas.evaluate("element => getComputedStyle(element).touchAction") == "pan-x pan-y"
    fit, box = seen.zoom(), seen.canvas.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    fingers = seen.page.context.new_cdp_session(seen.page)

    def touch(kind, *points):
        listed = [{"x": x + dx, "y": y + dy, "id": n} for n, (dx, dy) in enumerate(points)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": listed})

    touch("touchStart", (-40, 0))
    touch("touchStart", (-40, 0), (40, 0))
    touch("touchMove", (-80, 0), (80, 0))
    touch("touchEnd")
    expect(seen.viewer.locator(".zoom")).to_have_text(f"{2 * fit} %")
    assert seen.canvas.evaluate("element => element.style.touchAction") == "none"
    seen.wait(selected="")  # no click
