"""The whole app in a real browser: what a person does from the first look to the finished export."""

import json
import os
import re
import shutil
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import expect

from core.datasets import CocoDataset, make_sample
from core.export import ExportFolder
from core.pipeline import Setup, process_image
from core.proposers import AdaptiveThreshold
from tests import prepared
from tests.browser import PATIENCE, chromium, clean_page, end_group, free_port, streamlit_server, wait_healthy
from tests.forking import held, wait_until

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[1]
LEGIBLE = Path(__file__).with_name("legible.js").read_text().partition("\n")[2]
PAINTED = '.viewer:not([data-painted="0"])'


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder to start the app in, with a sample set."""
    folder = tmp_path_factory.mktemp("home")
    make_sample(folder / "sample", images=8, width=320, height=240)
    return folder


@pytest.fixture(scope="module")
def url(home):
    env = {"BOXSCOPE_ROOTS": str(home), "BOXSCOPE_CACHE": str(home / "cache"), "PYTHONPATH": str(ROOT)}
    with streamlit_server(ROOT / "app.py", cwd=home, env=env) as base:
        yield base


@contextmanager
def app_server(home, port):
    """Run the app on a port that the test chooses, to start it there again."""
    env = {**os.environ, "BOXSCOPE_ROOTS": str(home), "BOXSCOPE_CACHE": str(home / "cache")}
    words = ["run", ROOT / "app.py", "--server.port", port]
    server = None
    try:
        for attempt in range(20):  # the system may hold the port for a while after a server has ended
            server = prepared.start("streamlit", *words, cwd=home, env=env)
            try:
                wait_healthy(server, f"http://127.0.0.1:{port}", PATIENCE / 1000)
                break
            except RuntimeError:
                assert attempt < 19
        yield
    finally:
        end_group(server)


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser):
    with clean_page(browser, viewport={"width": 1400, "height": 900}) as opened:
        opened.set_default_timeout(PATIENCE)
        yield opened


def boxes_drawn(page) -> int:
    return int(page.locator(".viewer").get_attribute("data-boxes"))


def slider(page, name):
    return page.get_by_role("slider", name=name)


def settled(page):
    """Wait until the script has come to its end."""
    page.wait_for_timeout(300)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')


def expected_boxes(home, place, offsets):
    data = CocoDataset.open(home / "sample/train/annotations.json")
    setup = Setup(AdaptiveThreshold(offsets=offsets), top=100)
    return len(process_image(setup, data, place)[1].boxes)


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
    expect(page.locator("figure.histogram figcaption")).to_contain_text(f"{after} proposals")


def test_offsets_are_added_and_removed(page, url, home):
    page.goto(f"{url}/?offsets=12,24&image=1")
    page.wait_for_selector(PAINTED)
    page.get_by_role("button", name="Add threshold offset").click()
    page.wait_for_url(re.compile("offsets=12%2C24%2C36"))
    page.get_by_role("button", name="Remove").first.click()
    page.wait_for_url(re.compile("offsets=24%2C36"))
    expect(slider(page, re.compile("Threshold offset"))).to_have_count(2)
    page.wait_for_selector(f'.viewer[data-boxes="{expected_boxes(home, 0, (24, 36))}"]')


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
    page.get_by_role("button", name="Next image").click()
    page.wait_for_selector('.viewer[data-image="2"]')
    page.get_by_role("button", name="Next image").click()
    page.wait_for_selector('.viewer[data-image="3"]')
    page.wait_for_url(re.compile("image=3(&|$)"))  # it has come to rest there
    page.get_by_role("button", name="Previous image").click()
    page.wait_for_url(re.compile("image=2(&|$)"))
    settled(page)
    page.go_back()
    page.wait_for_selector('.viewer[data-image="3"]')
    page.get_by_placeholder("search file names").fill("0005")
    page.get_by_placeholder("search file names").press("Enter")
    page.wait_for_selector('.viewer[data-image="5"]')
    expect(page.locator(".image-name").get_by_text("1 of 1")).to_be_visible()


def test_a_click_on_a_box_shows_its_crop(page, url):
    page.goto(f"{url}/?image=1&proposer=full-image")
    page.wait_for_selector(f'{PAINTED}[data-boxes="1"]')
    page.get_by_text("Showing the highest-IoU proposal.").wait_for()
    page.locator(".viewer canvas").click(position={"x": 300, "y": 200})
    page.wait_for_selector('.viewer[data-selected="0"]')
    page.get_by_text("Click a box to preview its crop.").wait_for(state="hidden")
    page.get_by_text("rank 0, negative").wait_for()
    page.wait_for_url(re.compile("box=0(&|$)"))
    page.reload()
    page.wait_for_selector('.viewer[data-selected="0"]')
    page.locator(".viewer canvas").press("Escape")
    page.wait_for_url(lambda address: "box=" not in address)


def test_the_key_of_the_stages_asks_for_them(page, url):
    page.goto(f"{url}/?image=1&offsets=20")
    page.wait_for_selector(PAINTED)
    with page.expect_response(re.compile("/layers/")):
        page.keyboard.press("t")
    page.wait_for_url(re.compile("stages=true"))
    assert page.get_by_role("switch", name="Intermediate results").is_checked()
    page.goto(f"{url}/?image=1&proposer=grid")
    page.wait_for_selector(PAINTED)
    page.keyboard.press("t")
    page.locator(".note", has_text="grid has no intermediate results to show.").wait_for()


def test_the_choice_survives_a_change_of_page(page, url):
    page.goto(f"{url}/?offsets=11,22&image=4&top=33")
    page.wait_for_selector(f'{PAINTED}[data-image="4"]')
    canvas = page.locator(".viewer canvas").bounding_box()
    page.get_by_role("link", name="Export").click()
    page.get_by_role("button", name="Start the export").wait_for()
    page.get_by_role("link", name="Explore").click()
    page.wait_for_selector(f'{PAINTED}[data-image="4"]')
    settled(page)
    assert page.locator(".viewer canvas").bounding_box() == canvas
    assert "offsets=11%2C22" in page.url
    assert "top=33" in page.url


def test_one_step_back_is_one_step_the_title_says_where_and_buttons_copy(page, url):
    page.goto(f"{url}/?image=2&offsets=20")
    page.wait_for_selector(f'{PAINTED}[data-image="2"]')
    expect(page).to_have_title("train_0002.jpg · sample – Boxscope")
    settled(page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy", exact=True).click()
    page.get_by_role("button", name="Copied", exact=True).wait_for()
    command = page.evaluate("navigator.clipboard.readText()")
    assert command.startswith("python -m core export ")
    assert command in page.locator(".to-copy pre").all_inner_texts()
    steps = page.evaluate("history.length")
    page.get_by_role("link", name="Export").click()
    expect(page).to_have_title("Export · sample – Boxscope")
    page.wait_for_url(re.compile("export.*image=2"))
    page.get_by_role("link", name="Data set").click()
    expect(page).to_have_title("Data set · sample – Boxscope")
    page.wait_for_url(re.compile("dataset.*image=2"))
    page.get_by_role("button", name="Copy link to this view").click()
    page.get_by_role("button", name="Link copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    assert page.evaluate("history.length") == steps + 2
    page.go_back()
    expect(page).to_have_title("Export · sample – Boxscope")
    page.go_back()
    expect(page).to_have_title("train_0002.jpg · sample – Boxscope")
    page.wait_for_selector(f'{PAINTED}[data-image="2"]')
    page.locator(".viewer canvas").hover()
    page.mouse.wheel(0, -300)
    page.wait_for_url(re.compile("display=zoom_"))
    page.keyboard.press("ArrowRight")
    page.wait_for_url(lambda link: "image=3" in link and "zoom" not in link)
    page.go_back()
    page.wait_for_url(re.compile("image=2.*display=zoom_"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(page, url, scheme):
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{url}/?image=2&offsets=20")
    page.wait_for_selector(f'{PAINTED}[data-image="2"]')
    settled(page)
    assert page.evaluate(LEGIBLE) == []
    page.get_by_role("link", name="Data set").click()
    expect(page).to_have_title("Data set · sample – Boxscope")
    settled(page)
    assert page.evaluate(LEGIBLE) == []


def test_pictures_come_only_from_the_open_data_set(page, url, home):
    with page.expect_response(re.compile(r"/pictures/\w+/2\?v=\w+$")) as caught:
        page.goto(f"{url}/?image=2")
    address = caught.value.url
    assert caught.value.status == 200
    assert "immutable" in caught.value.headers["cache-control"]
    ask = page.request
    assert ask.get(address).body() == (home / "sample/train/images/train_0002.jpg").read_bytes()
    assert ask.get(re.sub(r"/2\?", "/999?", address)).status == 404
    assert ask.get(re.sub(r"pictures/\w+/", "pictures/000000000000/", address)).status == 404
    assert ask.get(f"{url}/pictures/..%2f..%2fetc%2fpasswd/1").status in (400, 404)


def test_thumbnails_and_picture_go_to_the_same_image(page, url):
    page.goto(f"{url}/?image=1&offsets=20")
    page.wait_for_selector(f'{PAINTED}[data-image="1"]')
    frame = '.frame[aria-selected="true"][data-image="{}"]'
    page.wait_for_selector(frame.format(1))
    page.locator('.frame[data-image="4"]').click()
    page.wait_for_selector('.viewer[data-image="4"]')
    page.wait_for_url(re.compile("image=4(&|$)"))
    page.get_by_text("4 of 6").wait_for()
    page.locator(".viewer canvas").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector('.viewer[data-image="5"]')
    page.wait_for_selector(frame.format(5))
    page.wait_for_url(re.compile("image=5(&|$)"))
    page.get_by_role("button", name="Previous image").click()
    page.wait_for_selector('.viewer[data-image="4"]')
    page.wait_for_selector(frame.format(4))


def test_the_number_of_boxes_set_in_the_picture_outlives_a_change_elsewhere(page, url):
    page.goto(f"{url}/?image=1&proposer=grid&top=50")
    page.wait_for_selector(f'{PAINTED}[data-boxes="50"]')
    page.locator(".viewer").get_by_role("slider").first.press("ArrowLeft")
    page.wait_for_url(re.compile(r"top=(?!50\b)\d+"))
    top = re.search(r"top=(\d+)", page.url)[1]
    page.get_by_text("Positive at IoU ≥ threshold").click()
    page.wait_for_url(re.compile("inclusive=true"))
    settled(page)
    assert f"top={top}" in page.url
    page.wait_for_selector(f'.viewer[data-boxes="{top}"]')


def test_figures_and_crop_follow_the_picture(page, url, home):
    page.goto(f"{url}/?image=2&offsets=20")
    page.wait_for_selector(f'{PAINTED}[data-image="2"]')
    page.locator('.frame[data-image="3"]').click()
    page.wait_for_selector('.viewer[data-image="3"]')
    metric = page.locator('[data-testid="stMetric"]', has_text="Proposals shown")
    expect(metric).to_contain_text(str(expected_boxes(home, 2, (20,))))
    expect(page.locator(".image-name b")).to_have_text("train_0003.jpg")
    data = CocoDataset.open(home / "sample/train/annotations.json")
    rows = page.locator("table.objects tr:not(:has(td[colspan]))")
    expect(rows).to_have_count(1 + len(data.truth(2).objects))


@pytest.mark.slow
def test_an_open_page_goes_on_after_a_restart_of_the_server(page, home):
    port = free_port()
    with app_server(home, port):
        page.goto(f"http://127.0.0.1:{port}/?image=2&offsets=20")
        page.wait_for_selector(f'{PAINTED}[data-image="2"]')
        settled(page)
    page.wait_for_selector('[data-testid="stApp"]:not([data-test-connection-state="CONNECTED"])')
    with app_server(home, port):
        page.wait_for_selector('[data-testid="stApp"][data-test-connection-state="CONNECTED"]')
        settled(page)
        page.locator('.frame[data-image="3"]').click()
        page.wait_for_selector(f'.viewer[data-image="3"][data-boxes="{expected_boxes(home, 2, (20,))}"]')
        page.wait_for_url(re.compile("image=3(&|$)"))


@pytest.mark.slow
def test_an_export_runs_to_its_end_and_every_tab_sees_it(page, browser, url, home):
    page.goto(f"{url}/export?offsets=10,20&out=first")
    page.get_by_text("Counts are exact (all 6 images)").wait_for()
    page.get_by_role("button", name="Start the export").click()
    page.get_by_text("Finished.").wait_for()
    counts = json.loads((home / "first/train/export.json").read_text())["counts"]
    shown = page.locator('[data-testid="stMetric"]', has_text="crops")  # of the dry run, and of the run
    assert [metric.split()[1] for metric in shown.all_inner_texts()] == [str(counts["crops"])] * 2
    assert pq.read_table(home / "first/train/manifest.parquet").num_rows == counts["crops"] > 0

    other = browser.new_page()
    other.goto(page.url)
    other.get_by_text("Finished.").wait_for()
    other.close()


@pytest.mark.slow
def test_a_running_export_is_seen_cancelled_and_resumed(page, browser, url, home):
    make_sample(home / "many", images=64, width=120, height=90)
    folder = ExportFolder(home / "second/train")
    page.goto(f"{url}/export?dataset=many&proposer=opencv-selective-search&out=second")
    page.get_by_role("button", name="Start the export").click()
    assert wait_until(lambda: (folder.read_progress() or {"images": 0})["images"])
    with held(folder):
        page.get_by_role("button", name="Cancel").wait_for()
        page.get_by_text(re.compile(r"^[1-9]\d* of 48 images · ")).wait_for(timeout=PATIENCE)

        page.reload()
        page.get_by_role("button", name="Cancel").wait_for()
        other = browser.new_page()
        other.goto(page.url)
        other.get_by_role("button", name="Cancel").click()
    other.get_by_text(re.compile(r"^Stopped at \d+ of 48 images, kept \d+")).wait_for()
    page.get_by_text(re.compile(r"^Stopped at \d+ of 48 images, kept \d+")).wait_for()
    other.close()

    work = home / "second/train/.work"
    done = json.loads((work / "progress.json").read_text())
    assert done["state"] == "stopped"
    assert not list(work.glob("crops-*")) or done["images"] < 48
    page.get_by_role("button", name="Resume").click()
    page.get_by_text("Finished.").wait_for(timeout=120_000)
    assert json.loads((home / "second/train/export.json").read_text())["counts"]["images"] == 48
    assert not work.exists()


def test_a_folder_is_opened_and_its_health_shown(page, url, home):
    broken = home / "broken"
    shutil.copytree(home / "sample/train", broken)
    (broken / "images/train_0001.jpg").unlink()
    page.goto(f"{url}/dataset")
    page.get_by_role("textbox", name="Folder").fill("broken")
    page.get_by_role("button", name="Open folder").click()
    page.get_by_text("1 image or object cannot be used: 1 missing file.").wait_for()
    page.get_by_role("link", name="Explore").click()
    page.get_by_role("alert").get_by_text("no such file").first.wait_for()


def test_a_folder_that_cannot_be_opened_says_why(page, url):
    page.goto(f"{url}/dataset")
    for folder, words in (("/", "outside the folders"), ("sample/train/images", "no COCO")):
        page.get_by_role("textbox", name="Folder").fill(folder)
        page.get_by_role("button", name="Open folder").click()
        page.get_by_text(words).wait_for()


@pytest.mark.parametrize("path", ["/?image=2&offsets=10,20", "/export?offsets=10,20", "/dataset"])
def test_in_a_narrow_window_no_figure_is_cut_and_nothing_lies_beside_the_page(page, url, path):
    page.set_viewport_size({"width": 800, "height": 900})
    page.goto(url + path)
    page.locator('[data-testid="stMetricValue"]').nth(3).wait_for(timeout=PATIENCE)
    settled(page)
    cut = (
        """all => all.filter(e => e.offsetWidth && e.scrollWidth > e.clientWidth + 1).map(e => e.innerText)"""
    )
    parts = (
        '[data-testid="stMetricValue"] *, [data-testid="stMetricLabel"] *, [data-testid="stMetricDelta"] *'
    )
    assert page.locator(parts).evaluate_all(cut) == []
    ends = page.locator("table.objects, .stMetric").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect().right)"
    )
    assert 0 < max(ends) <= 800
    header = page.locator(".stAppHeader").evaluate("e => getComputedStyle(e).backgroundColor")
    assert header.startswith("rgb(")  # rgba would let what is scrolled show through
