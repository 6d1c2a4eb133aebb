"""What the viewer fetches and when, and what it shows of what fails or is late."""

import re

import pytest

from pages.ui.components import viewer
from pages.ui.components.bundler import bundle
from pages.ui.components.colours import FOR_SCRIPTS
from tests.viewing import GREY, View


@pytest.mark.browser
def test_what_an_earlier_run_said_does_not_come_after_what_a_later_one_did(fresh):
    page = fresh()
    page.goto("/")
    View(page, image=10, boxes=5)
    said = {
        "key": "late",
        "proposals": "/proposals/{image}",
        "layers": [],
        "selected": None,
        "picked": "null",
        "display": "",
        "displayed": 0,
    }
    later = {**said, "image": "13", "sent_at": 2, "index": 0, "top": 0, "received": 0}
    script = """async ([code, html, messages]) => {
      const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
      const { default: component } = await import(url);
      const parentElement = document.createElement("div");
      document.body.append(parentElement);
      parentElement.innerHTML = html;
      parentElement.firstElementChild.id = "late";
      for (const data of messages) component({ data, parentElement, setStateValue() {} });
    }"""
    script_of_viewer = bundle(viewer.HERE / "viewer.js", {"colours": FOR_SCRIPTS})
    messages = [later, {**later, "image": "11", "sent_at": 1}]
    page.evaluate(script, [script_of_viewer, viewer.HTML.strip(), messages])
    page.wait_for_selector("#late[data-image='13']")
    page.wait_for_timeout(300)
    assert page.locator("#late").get_attribute("data-image") == "13"


@pytest.mark.browser
def test_failing_proposer_is_named_over_the_picture_and_its_truth(seen):
    seen.press("ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight")
    seen.wait(image=14, boxes=0)
    seen.viewer.get_by_role("alert").get_by_text("crop 3: got width 0, expected at least 1").wait_for()
    assert seen.colour(5, 5) == pytest.approx(GREY, abs=2)
    said = seen.viewer.locator("#description").inner_text()
    assert said.endswith("2 objects, no proposals: crop 3: got width 0, expected at least 1.")
    assert seen.colour(22, 20, dx=2, dy=7) == (255, 255, 255)  # nobody knows what would have been missed
    seen.press("ArrowRight")
    seen.wait(image=20, boxes=5)
    seen.viewer.get_by_role("alert").wait_for(state="hidden")


@pytest.mark.browser
def test_picture_that_fails_is_named_and_boxes_are_still_drawn(seen):
    seen.press("ArrowRight", "ArrowRight")
    seen.wait(image=12, boxes=5)
    said = seen.viewer.locator("#description").inner_text()
    assert said.startswith(
        "<b>picture 12.png could not be loaded: 5 of 5 proposals drawn, 1 of 2 objects found."
    )
    assert seen.card.locator("b").count() == 1  # the card's own: a file name is text
    assert seen.colour(70, 20, dy=1) == (0xF0, 0xE4, 0x42)
    alert = seen.viewer.get_by_role("alert")
    alert.get_by_text("<b>picture 12.png could not be loaded: the picture is missing", exact=True).wait_for()
    seen.press("ArrowRight")
    seen.wait(image=13)
    alert.wait_for(state="hidden")


@pytest.mark.browser
def test_an_image_of_which_nothing_comes_is_named_once(fresh):
    page = fresh()
    page.route("**/proposals/11?*", lambda route: route.fulfill(status=422, body="a.png: no such file"))
    page.goto("/")
    seen = View(page, image=10, boxes=5)
    before = seen.canvas.bounding_box()
    seen.press("ArrowRight")
    seen.wait(image=11, boxes=0)
    seen.viewer.get_by_role("alert").get_by_text(re.compile("^image 11 could not be loaded: ")).wait_for()
    assert seen.viewer.locator(".zoom").inner_text() == ""
    assert seen.canvas.bounding_box() == before
    grey = {tuple(pixel) for pixel in seen.pixels().reshape(-1, 3)} - {(0, 0, 0)}  # black lies around it
    assert len(grey) == 1  # no word on the canvas


@pytest.mark.browser
def test_old_frame_stays_until_the_new_picture_is_there(fresh):
    page, held = fresh(), []
    page.route("**/pictures/13", lambda route: held.append(route))
    page.goto("/")
    seen = View(page, image=10, boxes=5)
    with page.expect_request("**/pictures/13"):
        seen.press("ArrowRight", "ArrowRight", "ArrowRight")
    seen.page.locator(".viewer.waiting.away").wait_for()
    seen.viewer.locator(".spinner").wait_for(state="visible")
    assert seen.viewer.get_attribute("data-image") != "13"
    held[0].continue_()
    seen.wait(image=13, boxes=5)
    seen.viewer.locator(".spinner").wait_for(state="hidden")
    assert len(held) == 1


@pytest.mark.browser
def test_slow_proposer_leaves_picture_and_truth_to_look_at(fresh):
    page, held = fresh(), []
    slow = re.compile(r"/proposals/\d+\?order=score&shift=0$")  # whichever image it is asked for
    page.route(slow, lambda route: held.append(route))
    page.goto("/?image=20")
    seen = View(page, image=20, boxes=0)
    assert "1 object, its proposals are being computed." in seen.viewer.locator("#description").inner_text()
    assert seen.colour(22, 20, dx=2, dy=7) == (255, 255, 255)  # not called missed before anybody knows
    assert "waiting" in seen.viewer.get_attribute("class")
    assert ["/20?" in route.request.url for route in held] == [True]  # nobody runs ahead for the neighbours
    held[0].continue_()
    seen.wait(image=20, boxes=5)
    page.locator(".viewer:not(.waiting)").wait_for()


LIVE = "shift => dispatchEvent(new CustomEvent('boxscope:live', {detail: {setup: {shift: `${shift}`}}}))"


@pytest.mark.browser
def test_live_slider_moves_the_boxes_and_says_how_long_it_took(seen):
    seen.page.evaluate(
        "window.answers = []; addEventListener('boxscope:answered', (e) => answers.push(e.detail))"
    )
    seen.page.evaluate(LIVE, 7)
    seen.page.wait_for_function("answers.length === 1")
    answer = seen.page.evaluate("answers[0]")
    assert answer["seconds"] == pytest.approx(0.01)
    assert answer["wall"] > 0
    seen.click(66, 45)
    seen.says("picked: [47, 30, 87, 60]")
    seen.move(62, 45)  # a run of the script with the older address has not called it back
    seen.ranks(1)
    seen.page.evaluate(LIVE, 0)
    seen.page.wait_for_function("answers.length === 2")
    assert seen.page.evaluate("answers[1].wall") is None  # it was in the browser


@pytest.mark.browser
def test_live_slider_aborts_what_is_no_longer_wanted(seen):
    """The first answer never comes; of those after it as many are asked for as the events leave time for."""
    aborted, held, asked = [], [], []

    def note(urls):
        def listen(request):
            if found := re.search(r"/proposals/10\?order=score&shift=(\d+)$", request.url):
                urls.append(int(found[1]))

        return listen

    seen.page.on("requestfailed", note(aborted))
    seen.page.on("request", note(asked))
    seen.page.route("**/proposals/10?order=score&shift=21", lambda route: held.append(route))
    for shift in range(21, 29):
        seen.page.evaluate(LIVE, shift)
    seen.page.locator(".viewer:not(.waiting)").wait_for()
    seen.click(90, 45)
    seen.says("picked: [68, 30, 108, 60]")  # shown in the end is what was wanted last
    seen.until(lambda: 21 in aborted)
    assert (asked[0], asked[-1]) == (21, 28)
    assert asked == sorted(set(asked))  # none twice, and none after a newer one
    assert 28 not in aborted


@pytest.mark.browser
def test_full_resolution_comes_when_the_zoom_needs_it(fresh):
    page = fresh()
    page.goto("/?image=91")
    seen = View(page, size=(3000, 1500), image=91)
    seen.waits_for_colour(2900, 20, 60 * 0.85)  # the screen version
    seen.move(2900, 20)
    seen.wheel(-200, times=5)
    seen.waits_for_colour(2900, 20, 160 * 0.85)


@pytest.mark.browser
def test_tiles_come_where_the_zoom_shows_them(fresh):
    page, asked = fresh(), []
    page.on("request", lambda request: asked.append(request.url.partition("/tiles/90/")[2]))
    page.goto("/?image=90")
    seen = View(page, size=(6000, 2000), image=90)
    seen.waits_for_colour(600, 1900, 60 * 0.85)
    assert not any(asked)
    seen.move(768, 768)  # the middle of tile 1, 1
    seen.wheel(-200, times=8)
    seen.waits_for_colour(768, 768, 255 * 0.85)
    finest = {url for url in asked if url.startswith("0/")}
    assert "0/1/1" in finest
    assert len(finest) < 25  # of 48: only what is in sight


@pytest.mark.browser
def test_neighbours_are_there_before_they_are_asked_for(fresh):
    page, asked = fresh(), []
    with page.expect_response("**/pictures/52"):  # the second after this one
        page.goto("/?image=50")
    seen = View(page, image=50)
    page.on("request", lambda request: asked.append(request.url))
    seen.press("ArrowRight")
    seen.wait(image=51)
    assert not [url for url in asked if re.search("/(proposals|pictures)/51", url)]
