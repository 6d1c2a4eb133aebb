"""Keys of the viewer: from box to box, from image to image, and from miss to miss."""

import pytest

from tests.viewing import GREY, View


@pytest.mark.browser
def test_keys_walk_through_overlapping_boxes(seen):
    seen.canvas.focus()
    seen.move(60, 45)
    seen.ranks(1)
    seen.press("]")
    seen.ranks(0)
    seen.press("]")  # around
    seen.ranks(1)
    seen.press("[")
    seen.ranks(0)
    seen.press("[", "Tab")
    seen.ranks(0)
    seen.press("Enter")
    seen.says("picked: [20, 20, 120, 80]")
    seen.press("Tab")  # off the end: the focus goes on, so that nobody is held here
    assert not seen.canvas.evaluate("c => c === c.getRootNode().activeElement")


@pytest.mark.browser
def test_tab_moves_the_focus_where_there_is_no_box(seen):
    seen.canvas.focus()
    seen.move(195, 97)
    seen.press("Tab")
    assert not seen.canvas.evaluate("c => c === c.getRootNode().activeElement")


@pytest.mark.browser
def test_keys_walk_by_rank_without_a_pointer(seen):
    seen.page.mouse.move(1, 1)
    seen.canvas.focus()
    seen.press("]")
    seen.ranks(0)
    seen.press("]", "]")
    seen.ranks(2)
    seen.press("Enter")
    seen.says("picked: [150, 10, 190, 50]")


@pytest.mark.browser
def test_tab_walks_under_the_pointer_before_anything_has_the_focus(fresh):
    page = fresh()
    page.goto("/")
    seen = View(page, image=10, boxes=5)
    seen.move(60, 45)
    seen.ranks(1)
    page.keyboard.press("Tab")
    seen.ranks(0)
    page.keyboard.press("[")
    seen.ranks(1)


@pytest.mark.browser
def test_h_hides_the_overlays_while_it_is_held(seen):
    seen.click(195, 97)
    seen.page.keyboard.down("h")
    seen.wait(boxes=0)
    assert seen.colour(70, 20, dy=1) == pytest.approx(GREY, abs=2)
    seen.page.keyboard.up("h")
    seen.wait(boxes=5)


@pytest.mark.browser
def test_ten_fast_presses_move_ten_images(seen):
    seen.canvas.focus()
    for _ in range(10):
        seen.page.keyboard.press("ArrowRight")
    seen.wait(image=25, index=10)
    seen.says("image: 25, top: 0")
    for _ in range(3):
        seen.page.keyboard.press("ArrowLeft")
    seen.wait(image=22, index=7)
    seen.says("image: 22, top: 0")
    seen.page.keyboard.press("Home")  # none of ours
    seen.wait(image=22)


@pytest.mark.browser
def test_ten_fast_clicks_move_ten_images_and_keys_work_after_them(seen):
    step = seen.viewer.get_by_role("button", name="Next image")
    step.evaluate("button => { for (let n = 0; n < 10; n++) button.click(); }")
    seen.wait(image=25, index=10)
    step.focus()
    seen.page.keyboard.press("ArrowLeft")
    seen.wait(image=24)
    seen.page.get_by_role("button", name="fresh").focus()  # one of the page, which wants no arrows
    seen.page.keyboard.press("ArrowLeft")
    seen.wait(image=23)
    seen.page.get_by_role("slider", name="shift").press("ArrowRight")  # this one does
    seen.says("image: 23, top: 0")
    seen.wait(image=23)


@pytest.mark.browser
def test_presses_before_the_queue_has_come_are_not_lost(fresh):
    page, held = fresh(), []
    page.route("**/queue", lambda route: held.append(route))
    page.goto("/")
    seen = View(page, image=10, boxes=5)
    seen.press("ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight")
    seen.wait(image=10)
    held[0].continue_()
    seen.wait(image=20)


@pytest.mark.browser
def test_python_moves_the_viewer_too_and_it_tells_the_page(seen):
    seen.page.evaluate(
        "window.told = []; addEventListener('boxscope:image', (e) => told.push(e.detail.image))"
    )
    seen.page.get_by_role("spinbutton", name="image").fill("30")
    seen.page.keyboard.press("Enter")
    seen.wait(image=30, index=15)
    detail = "{cancelable: true, detail: {image: '40', index: 25}}"
    assert not seen.page.evaluate(f"dispatchEvent(new CustomEvent('boxscope:go', {detail}))")  # taken
    seen.wait(image=40, index=25)
    seen.says("image: 40, top: 0")
    assert seen.page.evaluate("told") == ["30", "40"]


@pytest.mark.browser
def test_n_and_p_go_from_miss_to_miss(seen):
    seen.press("n")
    seen.notes("Missed: crack 2")
    fit = seen.zoom()
    seen.press("z")
    seen.until(lambda: seen.zoom() > 1.5 * fit)
    seen.press("z")
    seen.until(lambda: seen.zoom() == fit)
    seen.press("n")
    seen.wait(image=11)  # no proposals: its crack is missed
    seen.notes("Missed: crack 1")
    whole = seen.zoom()
    seen.press("z")  # most of the picture is this crack
    seen.until(lambda: 1.1 * whole < seen.zoom() < 1.8 * whole)
    seen.press("n")
    seen.wait(image=12)  # its picture is missing, its objects are not
    seen.notes("Missed: crack 2")
    seen.press("n")
    seen.wait(image=30)  # past an image that cannot be answered, and ten without a miss
    seen.press("p", "p")  # each counts
    seen.wait(image=11)
    seen.press("p", "p")
    seen.wait(image=10)
    seen.notes("No further miss")


@pytest.mark.browser
def test_a_sought_miss_is_not_faded_by_the_box_under_the_pointer(seen):
    seen.move(60, 45)
    seen.ranks(1)
    seen.press("n")
    seen.notes("Missed: crack 2")
    seen.card.wait_for(state="hidden")
    seen.move(61, 45)
    seen.ranks(1)


@pytest.mark.browser
def test_missing_queue_leaves_the_keys_without_effect(fresh):
    page = fresh()
    page.goto("/?lost")
    seen = View(page, image=10, boxes=5)
    seen.press("ArrowRight", "n", "n")
    seen.notes("No further miss")
    seen.wait(image=10, boxes=5)


@pytest.mark.browser
def test_sheet_of_keys_opens_and_closes(seen):
    sheet = seen.viewer.get_by_role("dialog", name="Keys")
    seen.press("?")
    sheet.get_by_text("previous, next image").wait_for()
    seen.press("Escape")
    sheet.wait_for(state="hidden")
    seen.press("?", "?")
    sheet.wait_for(state="hidden")


@pytest.mark.browser
def test_keys_work_while_nothing_has_the_focus(seen):
    seen.page.keyboard.press("b")
    seen.wait(boxes=0)
    seen.page.get_by_role("spinbutton", name="image").press("b")  # typed elsewhere
    seen.wait(boxes=0)
