"""The surface of the viewer: it does what was meant and nothing else, and what matters is seen."""

import numpy as np
import pytest
from playwright.sync_api import expect

from pages.ui.components.bundler import bundle
from pages.ui.components.viewer import HERE
from tests.viewer_app import CROWD

pytestmark = pytest.mark.browser

NAMED_FOUND, NAMED_MISSED = (0x14, 0x16, 0x1A), (0xB3, 0x26, 0x1E)


def test_keys_belong_to_the_picture_while_the_pointer_is_over_it(seen):
    slider = seen.page.get_by_role("slider", name="shift")
    slider.focus()
    seen.move(195, 97)
    seen.page.keyboard.press("ArrowRight")
    seen.wait(image=11)
    seen.says("image: 11, top: 0")
    assert slider.input_value() == "0"
    slider.press("ArrowRight")  # by the keyboard alone it has its keys, wherever the pointer rests
    expect(slider).to_have_value("1")
    seen.wait(image=11)


def test_a_field_that_is_typed_into_keeps_the_keys(seen):
    field = seen.page.get_by_role("spinbutton", name="image")
    field.press("3")
    seen.move(195, 97)
    seen.page.keyboard.press("0")
    seen.page.keyboard.press("Enter")
    seen.wait(image=30)
    seen.move(1, -40)
    seen.move(195, 97)
    seen.page.keyboard.press("b")
    seen.wait(boxes=0)


def test_the_frame_keeps_its_place_whatever_the_picture(seen):
    frame = seen.canvas.bounding_box()
    seen.press("ArrowRight")  # from 200 x 100 to 120 x 120 pixels
    seen.wait(image=11)
    assert seen.canvas.bounding_box() == frame


def test_the_toolbar_has_one_line_at_any_width(seen):
    try:
        for width in (1280, 800, 560):
            seen.page.set_viewport_size({"width": width, "height": 1150})
            seen.slide("Top N", 2)
            bar = seen.viewer.locator(".bar")
            assert bar.bounding_box()["height"] == 32
            assert bar.evaluate("bar => bar.scrollWidth <= bar.clientWidth")
    finally:
        seen.page.set_viewport_size({"width": 1280, "height": 1150})


def test_a_double_click_fits_and_chooses_nothing(seen):
    seen.click(135, 67)
    seen.says("picked: [125, 60, 145, 75]")
    fit = seen.zoom()
    seen.move(60, 45)
    seen.wheel(-200, times=2)
    seen.page.mouse.dblclick(*seen.on_page(60, 45))
    seen.until(lambda: seen.zoom() == fit)
    seen.wait(selected=4)
    seen.page.wait_for_timeout(600)  # as long as the first click could take to be told
    seen.says("picked: [125, 60, 145, 75]")


def test_the_wheel_zooms_and_where_it_cannot_the_page_scrolls(seen):
    seen.page.set_viewport_size({"width": 1280, "height": 700})
    try:
        seen.page.mouse.move(600, 500)
        top, fit = seen.canvas.bounding_box()["y"], seen.zoom()
        seen.page.mouse.wheel(0, 120)
        seen.until(lambda: seen.canvas.bounding_box()["y"] < top)
        assert seen.zoom() == fit
        top = seen.canvas.bounding_box()["y"]
        seen.wheel(-120, times=2)
        seen.wheel(120)
        seen.page.mouse.wheel(0, 500)  # beyond what fits, in one turn
        seen.until(lambda: seen.zoom() == fit)
        seen.page.mouse.wheel(0, 500)
        seen.page.wait_for_timeout(100)
        assert seen.canvas.bounding_box()["y"] == top
    finally:
        seen.page.set_viewport_size({"width": 1280, "height": 1150})


def test_an_object_has_its_name_while_the_pointer_is_at_it(seen):
    seen.press("b")  # no box lies over it
    seen.wait(boxes=0)
    over = {"x": 22, "y": 78, "dy": 8}  # below the object: above is no room
    assert seen.colour(**over) != NAMED_FOUND
    seen.move(100, 70)
    seen.until(lambda: NAMED_FOUND in (seen.colour(**over), seen.colour(22, 20, dy=-8)))
    seen.move(195, 5)
    seen.until(lambda: NAMED_FOUND not in (seen.colour(**over), seen.colour(22, 20, dy=-8)))


def test_other_parts_of_the_page_highlight_zoom_filter_and_choose_a_layer(seen):
    def ask(detail):
        seen.page.evaluate("detail => dispatchEvent(new CustomEvent('boxscope:ask', {detail}))", detail)

    ask({"highlight": {"object": 1, "rank": 2}})
    seen.wait(highlight=2)
    seen.until(lambda: NAMED_MISSED in map(tuple, seen.pixels().reshape(-1, 3)[::7]))
    fit = seen.zoom()
    ask({"zoom": {"object": 1, "rank": 2}})
    seen.says("picked: [150, 10, 190, 50]")
    seen.until(lambda: seen.zoom() > fit)
    seen.press("0")
    ask({"iou": [0.5, 1]})
    seen.wait(boxes=3)
    ask({"layer": 0})
    seen.waits_for_colour(5, 5, (0.3 * 160 + 0.7 * 250) * 0.85)


def test_names_of_misses_cover_no_object_and_can_be_switched_off(seen):
    seen.page.get_by_role("spinbutton", name="image").fill("94")
    seen.page.keyboard.press("Enter")
    seen.wait(image=94)
    inside = [(x0 + dx, y0 + dy) for x0, y0, x1, y1 in CROWD for dx in (2, 6) for dy in (2, 6)]
    assert not [point for point in inside if seen.colour(*point) == NAMED_MISSED]
    named = (seen.pixels() == NAMED_MISSED).all(axis=2).sum()
    assert named > 1000
    seen.open("Display").get_by_label("names of missed objects").uncheck()
    seen.until(lambda: not (seen.pixels() == NAMED_MISSED).all(axis=2).any())


def test_a_picture_that_fits_has_room_around_it_for_the_lines_of_its_boxes(seen):
    row = seen.pixels()[round(seen.at(0, 50)[1])].sum(axis=1)
    ground = np.flatnonzero(row)
    assert (ground[0], len(row) - 1 - ground[-1]) == pytest.approx((8, 8), abs=1)


COUNTED = """
import { areMany, lineCounter } from "./lines.js";
export default function (boxes, width, out) {
  const pens = [0, 1].map(() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 60, height: 40 });
    const style = { globalAlpha: 0.85, lineWidth: width, strokeStyle: "#b4d9fd" };
    return Object.assign(canvas.getContext("2d"), style);
  });
  const [counted, stroked] = pens;
  const inset = width / 2 - out;
  for (const [left, top, right, bottom] of boxes) {
    lineCounter(counted.canvas).add(left - out, top - out, right + out, bottom + out, width);
    stroked.strokeRect(left + inset, top + inset, right - left - 2 * inset, bottom - top - 2 * inset);
  }
  lineCounter(counted.canvas).draw(counted, "#b4d9fd");
  const drawn = pens.map((pen) => [...pen.getImageData(0, 0, 60, 40).data].filter((_, i) => i % 4 === 3));
  return [areMany(counted, boxes), ...drawn];
}
"""


def test_lines_that_are_counted_are_those_that_are_stroked(seen, tmp_path):
    corners = np.random.default_rng(5).integers((-8, -8), (56, 36), (200, 2))
    boxes = np.hstack([corners, corners + np.random.default_rng(6).integers(4, 50, (200, 2))]).tolist()
    (tmp_path / "entry.js").write_text(COUNTED)
    (tmp_path / "lines.js").write_text((HERE / "lines.js").read_text())
    script = """async ([code, ...rest]) => {
      const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
      return (await import(url)).default(...rest);
    }"""
    code = bundle(tmp_path / "entry.js")
    for some, width, out in [(boxes[:9], 1, 0), (boxes, 1, 0), (boxes[:9], 3, 1)]:
        is_counted, counted, stroked = seen.page.evaluate(script, [code, some, width, out])
        assert is_counted == (some is boxes)
        assert np.count_nonzero(stroked) > 200
        np.testing.assert_allclose(counted, stroked, atol=3)
