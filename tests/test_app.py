"""The whole app in a real browser: what a person does from the first look to the finished export."""

import json
import re
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import expect

from core.dataset import CocoDataset
from core.pipeline import Setup, look
from core.proposers import AdaptiveThreshold
from core.sample import make_sample
from tests.browser import chromium, streamlit_server

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[1]
PAINTED = '.viewer:not([data-painted="0"])'


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder to start the app in, with a sample set."""
    folder = tmp_path_factory.mktemp("home")
    make_sample(folder / "sample", images=8, width=320, height=240)
    return folder


@pytest.fixture(scope="module")
def url(home):
    env = {"BOXSCOPE_ROOTS": str(home), "PYTHONPATH": str(ROOT)}
    with streamlit_server(ROOT / "app.py", cwd=home, env=env) as base:
        yield base


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser):
    opened = browser.new_page(viewport={"width": 1400, "height": 900})
    opened.set_default_timeout(20_000)
    yield opened
    opened.close()


def boxes_drawn(page) -> int:
    return int(page.locator(".viewer").get_attribute("data-boxes"))


def slider(page, name):
    return page.get_by_role("slider", name=name)


def settled(page):
    """Wait until the script has come to its end."""
    page.wait_for_timeout(300)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')


def one_chart(page):
    """Wait for the chart; while Streamlit puts a new one in its place there are two."""
    expect(page.locator(".js-plotly-plot")).to_have_count(1, timeout=20_000)


def expected_boxes(home, place, offsets):
    data = CocoDataset.open(home / "sample/train/annotations.json")
    setup = Setup(AdaptiveThreshold(offsets=offsets), top=100)
    return len(look(setup, data, place)[1].boxes)


def test_moving_an_offset_shows_the_boxes_that_the_core_gives_for_it(page, url, home):
    page.goto(f"{url}/?offsets=20&image=2")
    page.wait_for_selector(f'{PAINTED}[data-image="2"]')
    before = expected_boxes(home, 1, (20,))
    assert boxes_drawn(page) == before

    slider(page, "Threshold offset 1").focus()
    for _ in range(12):
        page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile(r"offsets=8(&|$)"))
    after = expected_boxes(home, 1, (8,))
    page.wait_for_selector(f'.viewer[data-boxes="{after}"]')
    assert after != before
    command = "python -m core export sample/train/annotations.json --out proposals --split train"
    page.get_by_text(f"{command} --proposer adaptive-threshold --param offsets=8").wait_for()
    one_chart(page)


def test_offsets_are_added_and_removed(page, url, home):
    page.goto(f"{url}/?offsets=10,20&image=1")
    page.wait_for_selector(PAINTED)
    page.get_by_role("button", name="Add threshold offset").click()
    page.wait_for_url(re.compile("offsets=10%2C20%2C30"))
    page.get_by_role("button", name="✕").first.click()
    page.wait_for_url(re.compile("offsets=20%2C30"))
    settled(page)
    assert slider(page, re.compile("Threshold offset")).count() == 2
    assert boxes_drawn(page) == expected_boxes(home, 0, (20, 30))


def test_a_link_opens_the_same_view(page, browser, url):
    page.goto(f"{url}/?image=3&proposer=grid&levels=2&top=7&iou=0.3&order=small&split=train")
    page.wait_for_selector(f'{PAINTED}[data-image="3"][data-boxes="7"]')
    settled(page)
    link = page.url
    other = browser.new_page()
    other.goto(link)
    other.wait_for_selector(f'{PAINTED}[data-image="3"][data-boxes="7"]')
    settled(other)
    assert other.url == link
    assert slider(other, "Levels").evaluate("slider => slider.value") == "2"
    other.close()


def test_a_link_with_a_mistake_says_which(page, url):
    page.goto(f"{url}/?offsets=999")
    page.get_by_text("offsets: got 999, expected 0 to 255 grey levels").wait_for()
    page.wait_for_selector(PAINTED)


def test_next_previous_search_and_the_browsers_back_button(page, url):
    page.goto(f"{url}/?image=1")
    page.wait_for_selector(f'{PAINTED}[data-image="1"]')
    page.get_by_role("button", name="→").click()
    page.wait_for_selector('.viewer[data-image="2"]')
    page.get_by_role("button", name="→").click()
    page.wait_for_selector('.viewer[data-image="3"]')
    page.get_by_role("button", name="←").click()
    page.wait_for_selector('.viewer[data-image="2"]')
    settled(page)
    page.go_back()
    page.wait_for_selector('.viewer[data-image="3"]')
    page.get_by_placeholder("search names").fill("0005")
    page.get_by_placeholder("search names").press("Enter")
    page.wait_for_selector('.viewer[data-image="5"]')
    assert page.get_by_text("1 of 1").is_visible()


def test_a_click_on_a_box_shows_its_crop(page, url):
    page.goto(f"{url}/?image=1&proposer=full-image")
    page.wait_for_selector(f'{PAINTED}[data-boxes="1"]')
    page.get_by_text("The best one.").wait_for()
    page.locator(".viewer canvas").click(position={"x": 300, "y": 200})
    page.wait_for_selector('.viewer[data-selected="0"]')
    page.get_by_text("Click a box to see another.").wait_for(state="hidden")
    page.get_by_text("rank 0, negative").wait_for()


def test_the_choice_survives_a_change_of_page(page, url):
    page.goto(f"{url}/?offsets=11,22&image=4&top=33")
    page.wait_for_selector(f'{PAINTED}[data-image="4"]')
    page.get_by_role("link", name="Export").click()
    page.get_by_role("button", name="Start the export").wait_for()
    page.get_by_role("link", name="Explore").click()
    page.wait_for_selector(f'{PAINTED}[data-image="4"]')
    one_chart(page)
    settled(page)
    assert "offsets=11%2C22" in page.url
    assert "top=33" in page.url


def test_pictures_come_only_from_the_open_data_set(page, url, home):
    page.goto(url)
    page.wait_for_selector(PAINTED)
    with page.expect_response(re.compile("/pictures/")) as caught:
        page.get_by_role("button", name="→").click()
    address = caught.value.url
    assert caught.value.status == 200
    assert "immutable" in caught.value.headers["cache-control"]
    assert caught.value.body() == (home / "sample/train/images/train_0002.jpg").read_bytes()
    ask = page.request
    assert ask.get(re.sub(r"/2\?", "/999?", address)).status == 404
    assert ask.get(re.sub(r"pictures/\w+/", "pictures/000000000000/", address)).status == 404
    assert ask.get(f"{url}/pictures/..%2f..%2fetc%2fpasswd/1").status in (400, 404)


def test_an_export_runs_to_its_end_and_every_tab_sees_it(page, browser, url, home):
    page.goto(f"{url}/export?offsets=10,20&out=first")
    page.get_by_text("From 6 images").or_(page.get_by_text("From all 6 images")).wait_for()
    page.get_by_role("button", name="Start the export").click()
    page.get_by_text("Finished.").wait_for()
    counts = json.loads((home / "first/train/export.json").read_text())["counts"]
    assert page.locator('[data-testid="stMetric"]', has_text="crops").inner_text().split()[-1] == str(
        counts["crops"]
    )
    assert pq.read_table(home / "first/train/manifest.parquet").num_rows == counts["crops"] > 0

    other = browser.new_page()
    other.goto(page.url)
    other.get_by_text("Finished.").wait_for()
    other.close()


def test_a_running_export_is_seen_cancelled_and_resumed(page, browser, url, home):
    make_sample(home / "many", images=100, width=320, height=240)
    page.goto(f"{url}/export?dataset=many&proposer=opencv-selective-search&out=second")
    page.get_by_role("button", name="Start the export").click()
    page.get_by_role("button", name="Cancel").wait_for()
    page.get_by_text(re.compile(r"[1-9]\d* of 75 images")).wait_for()

    page.reload()
    page.get_by_role("button", name="Cancel").wait_for()
    other = browser.new_page()
    other.goto(page.url)
    other.get_by_role("button", name="Cancel").click()
    other.get_by_text("Stopped.").wait_for()
    page.get_by_text("Stopped.").wait_for()
    other.close()

    work = home / "second/train/.work"
    done = json.loads((work / "progress.json").read_text())
    assert done["state"] == "stopped"
    assert not list(work.glob("crops-*")) or done["images"] < 75
    page.get_by_role("button", name="Resume").click()
    page.get_by_text("Finished.").wait_for(timeout=120_000)
    assert json.loads((home / "second/train/export.json").read_text())["counts"]["images"] == 75
    assert not work.exists()


def test_a_folder_is_opened_and_its_health_shown(page, url, home):
    broken = home / "broken"
    shutil.copytree(home / "sample/train", broken)
    (broken / "images/train_0001.jpg").unlink()
    page.goto(f"{url}/dataset")
    page.get_by_role("textbox", name="Folder").fill("broken")
    page.get_by_role("button", name="Open folder").click()
    page.get_by_text("1 image or object cannot be used").wait_for()
    assert page.get_by_text("missing-file 1").is_visible()
    page.get_by_role("link", name="Explore").click()
    page.get_by_text("no such file").wait_for()


@pytest.mark.parametrize(
    ("folder", "words"), [("/", "outside the folders"), ("sample/train/images", "no COCO")]
)
def test_a_folder_that_cannot_be_opened_says_why(page, url, folder, words):
    page.goto(f"{url}/dataset")
    page.get_by_role("textbox", name="Folder").fill(folder)
    page.get_by_role("button", name="Open folder").click()
    page.get_by_text(words).wait_for()


def test_nothing_is_asked_of_the_network(page, url):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("/", "/export", "/dataset"):
        page.goto(url + path)
        settled(page)
    assert [
        address
        for address in asked
        if not address.startswith((url, url.replace("http", "ws"), "data:", "blob:"))
    ] == []
