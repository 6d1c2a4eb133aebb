"""Sliders and viewer together in the app: the boxes follow the hand, the page follows on release."""

import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from core.datasets import CocoDataset, make_sample
from core.pipeline import Setup, process_image
from core.proposers import AdaptiveThreshold, SelectiveSearch
from tests.browser import chromium, streamlit_server
from tests.small import ROOT

pytestmark = pytest.mark.browser

# On a busy machine an answer takes longer than a slider waits for: here it never hears how long.
PATIENT = (
    """() => window.addEventListener("boxscope:answered", (event) => event.stopImmediatePropagation())"""
)

OPACITY = "getComputedStyle(document.querySelector('.st-key-part-results')).opacity"  # of the figures


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    make_sample(folder / "sample", images=4, width=320, height=240)
    return folder


@pytest.fixture(scope="module")
def page(home):
    env = {"BOXSCOPE_ROOTS": str(home), "PYTHONPATH": str(ROOT)}
    with streamlit_server(ROOT / "app.py", cwd=home, env=env) as url, chromium() as browser:
        opened = browser.new_page(viewport={"width": 1400, "height": 900})
        opened.set_default_timeout(60_000)
        opened.add_init_script(f"({PATIENT})()")
        opened.goto(f"{url}/?image=2&offsets=60&top=0")
        opened.wait_for_selector('.viewer:not([data-painted="0"])')
        opened.wait_for_timeout(500)
        opened.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
        yield opened


def boxes(home, offset):
    data = CocoDataset.open(home / "sample/train/annotations.json")
    return len(process_image(Setup(AdaptiveThreshold(offsets=(offset,))), data, data.index_of(2))[1].boxes)


def test_boxes_follow_a_drag_before_it_ends_and_nothing_is_fetched_twice(page, home):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    handle = page.get_by_role("slider", name="Threshold offset 1")
    box = handle.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 60 / 100, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.09, box["y"] + box["height"] / 2, steps=6)
    offset = int(handle.input_value())
    assert boxes(home, offset) != boxes(home, 60)
    page.wait_for_selector(f'.viewer[data-boxes="{boxes(home, offset)}"]')
    assert "offsets=60" in page.url  # the script has not run yet
    # The figures beside the picture are still those of 60.
    page.wait_for_function(
        "() => getComputedStyle(document.querySelector('.st-key-part-results')).opacity < 0.5"
    )

    page.mouse.up()
    page.wait_for_url(re.compile(f"offsets={offset}(&|$)"))
    page.get_by_text(f"--param offsets={offset}").wait_for()
    page.wait_for_selector(f'.viewer[data-boxes="{boxes(home, offset)}"]')
    final = [url for url in asked if re.search(rf"/proposals/\w+/2\?.*\boffsets={offset}(&|$)", url)]
    assert len(final) == 1
    page.wait_for_function(
        "() => getComputedStyle(document.querySelector('.st-key-part-results')).opacity === '1'"
    )


@pytest.mark.parametrize("proposer", [AdaptiveThreshold(offsets=(20, 60)), SelectiveSearch()], ids=repr)
def test_the_card_says_which_step_a_box_comes_from(page, home, proposer):
    setup = Setup(proposer, order="own")
    page.goto(f"{page.url.partition('?')[0]}?{urlencode({'image': 2, **setup.changes()})}")
    data = CocoDataset.open(home / "sample/train/annotations.json")
    found = process_image(setup, data, data.index_of(2))[1]
    assert len(found.boxes) >= 3
    page.wait_for_selector(f'.viewer[data-image="2"][data-boxes="{min(len(found.boxes), 100)}"]')
    canvas, card = page.locator(".viewer canvas"), page.locator(".viewer .card")
    for rank in range(3):
        canvas.press("]")
        card.get_by_text(f"rank {rank} ·").wait_for()
        card.get_by_text(f"from {found.origins.describe(rank)}", exact=True).wait_for()


def test_a_link_leads_to_a_box_until_something_else_is_looked_at(page):
    link = f"{page.url.partition('?')[0]}?image=2&proposer=grid&top=5&box=7"
    page.goto(link)
    page.wait_for_selector('.viewer[data-image="2"][data-boxes="5"][data-selected="7"]')
    page.get_by_text("rank 7, ").wait_for()  # its crop, though only five are shown
    assert "box=7" in page.url
    page.locator(".viewer canvas").press("ArrowRight")
    page.wait_for_url(lambda url: "image=3" in url and "box=" not in url)
    page.wait_for_selector('.viewer[data-image="3"][data-selected=""]')

    page.goto(link)
    page.wait_for_selector('.viewer[data-image="2"][data-selected="7"]')
    page.locator(".viewer canvas").press("Escape")
    page.wait_for_url(lambda url: "image=2" in url and "box=" not in url)

    page.goto(link.replace("box=7", "box=seven"))
    page.get_by_text("box: got 'seven', expected a rank").wait_for()


def test_the_bands_of_the_labels_stop_at_each_other(page):
    page.goto(f"{page.url.partition('?')[0]}?image=2&offsets=60&top=0")
    page.wait_for_selector('.viewer[data-image="2"]:not(.away)')
    track = page.locator(".bands .track")
    track.scroll_into_view_if_needed()
    room = track.bounding_box()
    middle = room["y"] + room["height"] / 2
    page.mouse.move(room["x"], middle)
    page.mouse.down()
    page.mouse.move(room["x"] + 0.9 * room["width"], middle, steps=5)
    page.mouse.up()
    page.wait_for_url(re.compile(r"negative_from=0\.45(&|$)"))
    page.mouse.move(room["x"] + 0.5 * room["width"], middle)  # two thumbs: to the left goes the lower one
    page.mouse.down()
    page.mouse.move(room["x"], middle, steps=5)
    page.mouse.up()
    page.wait_for_timeout(300)
    typed = page.get_by_role("spinbutton", name="Negative from IoU, exact value")
    typed.fill("0.6")
    typed.press("Enter")
    words = "“Negative from” (0.6) must be less than “Positive above” (0.5): no box would be negative"
    page.get_by_text(words, exact=True).wait_for()
    assert page.locator(".viewer .notice").is_hidden()
    assert "negative_from=0.45" in page.url


def test_a_refused_setting_is_named_and_the_last_valid_picture_stays(page):
    page.goto(f"{page.url.partition('?')[0]}?image=2&offsets=60&top=0&negative_from=0.2")
    page.wait_for_selector('.viewer[data-image="2"]:not(.away):not(.waiting)')
    shown = page.locator(".viewer").get_attribute("data-boxes")
    typed = page.get_by_role("spinbutton", name="Ignore inside an object above, exact value")
    typed.fill("0.1")
    typed.press("Enter")
    words = "“Negative from IoU”: got 0.2, expected at most “Ignore inside an object above”, which is 0.1"
    page.locator(".viewer .note", has_text=words).wait_for()
    page.locator(".stToast", has_text=words).wait_for()
    expect(typed).to_have_value("1")
    page.locator(".viewer .note").wait_for(state="hidden")
    assert page.locator(".viewer .notice").is_hidden()
    assert page.locator(".viewer").get_attribute("data-boxes") == shown


def test_a_slider_of_the_label_rule_is_live_too(page, home):
    exact = page.get_by_role("spinbutton", name="Positive above IoU, exact value")
    with page.expect_request(re.compile(r"/proposals/\w+/2\?.*\biou=0\.3(&|$)")):
        exact.fill("0.3")
        exact.press("Enter")
    page.wait_for_url(re.compile(r"iou=0\.3(&|$)"))
    assert page.get_by_role("slider", name="Positive above IoU").input_value() == "0.3"
