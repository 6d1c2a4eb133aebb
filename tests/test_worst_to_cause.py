"""From the worst image to the cause: the order, the table of objects, the histogram, the list of stages."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import chromium, streamlit_server
from tests.drawn import slab
from tests.small import write_coco

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[1]
# Objects in pictures of 96 x 72; full-image proposes the picture, so that IoUs are shares of its area.
SET = {
    "half.png": [[0, 0, 48, 72]],
    "all.png": [[0, 0, 96, 72]],
    "two.png": [[0, 0, 96, 54], [0, 0, 24, 72]],  # 0.75 and 0.25
    "none.png": [],
    "small.png": [[0, 0, 24, 24]],  # a twelfth
}
HALF, ALL, TWO, NONE, SMALL = "12345"


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    home = tmp_path_factory.mktemp("worst")
    write_coco(home / "sample", {name: (slab(96, 72), boxes) for name, boxes in SET.items()})
    env = {"BOXSCOPE_ROOTS": str(home), "BOXSCOPE_CACHE": str(home / "cache"), "PYTHONPATH": str(ROOT)}
    with streamlit_server(ROOT / "app.py", cwd=home, env=env) as base:
        yield base


@pytest.fixture(scope="module")
def shared():
    with chromium() as browser:
        expect.set_options(timeout=60_000)
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.set_default_timeout(60_000)
        yield page


@pytest.fixture
def opened(shared, url):
    """Opens a link, and waits for its image."""

    def go(image, **query):
        link = "&".join(f"{name}={text}" for name, text in {"proposer": "full-image", **query}.items())
        shared.goto(f"{url}/?image={image}&{link}")
        shared.wait_for_selector(f'.viewer[data-image="{image}"]:not([data-painted="0"])')
        expect(shared.locator(".image-name")).to_contain_text(" of 5")
        return shared

    return go


def shows(page, **facts):
    """Wait until the viewer says so of its last paint."""
    for name, value in facts.items():
        expect(page.locator(".viewer")).to_have_attribute(f"data-{name}", str(value))


def test_worst_first_opens_the_worst_and_the_next_miss_is_the_next_worst(opened):
    page = opened(ALL)
    page.get_by_text("worst first", exact=True).click()
    shows(page, image=SMALL, index=0)
    page.wait_for_url(re.compile(f"image={SMALL}&"))
    canvas = page.locator(".viewer canvas")
    canvas.press("n")
    page.locator(".note", has_text="Missed").wait_for()
    canvas.press("n")
    shows(page, image=TWO, index=1)


def test_a_row_of_the_table_lights_its_object_and_its_nearest_proposal(opened):
    page = opened(TWO)
    rows = page.locator("table.objects tr[data-object]")
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_contain_text(re.compile(r"0\.25.*#0.*missed.*swallowed", re.DOTALL))
    rows.nth(1).hover()
    shows(page, highlight=0)
    page.mouse.move(1, 1)
    shows(page, highlight="")
    rows.nth(1).click()
    shows(page, selected=0)
    page.wait_for_url(re.compile("box=0(&|$)"))
    page.get_by_text("Click a box to preview its crop.").wait_for(state="hidden")


def test_the_best_box_of_each_object_includes_that_of_a_miss(opened):
    page = opened(SMALL, display="best")
    shows(page, boxes=1)


def test_a_bar_of_the_histogram_draws_only_its_boxes(opened):
    page = opened(TWO)
    bars = page.locator("figure.histogram i[data-low]")
    full = page.locator('i[data-low="0.75"]')
    full.click()
    page.wait_for_url(re.compile("display=iou_0.75_0.8(&|$)"))
    expect(bars.first).to_have_css("opacity", "0.28")
    expect(full).to_have_css("opacity", "1")
    full.click()
    page.wait_for_url(lambda address: "display" not in address)
    expect(bars.first).to_have_css("opacity", "1")


def test_a_line_of_the_list_of_stages_lays_it_over_the_picture_by_name(opened):
    page = opened(HALF, proposer="adaptive-threshold", offsets="20", stages="true")
    line = page.locator("ol.stages button").nth(1)
    expect(line).not_to_have_css("font-weight", "600")
    line.click()
    expect(page.locator(".viewer .layer")).to_have_text(line.inner_text())
    expect(line).to_have_css("font-weight", "600")
    page.wait_for_url(re.compile("display=layer_1_"))
    line.click()
    expect(page.locator(".viewer .layer")).to_be_hidden()
    expect(line).not_to_have_css("font-weight", "600")


def test_the_figures_of_the_set_stand_beside_those_of_the_setting_before(opened):
    page = opened(ALL)
    figures = page.locator("p.whole-set").first
    expect(figures).to_contain_text("3 / 5 found, ABO 0.51")
    by_area = page.locator("p.whole-set", has_text="Ranked by area, largest first")
    expect(by_area).to_contain_text("as many found")
    swallowed = page.locator("p.whole-set a")
    expect(swallowed).to_have_text("swallowed 2")
    expect(swallowed).to_have_attribute("href", re.compile("^evaluate.*fails=reasons&missed_as=swallowed"))
    page.get_by_role("slider", name="Recall at IoU").press("ArrowRight")
    expect(figures).to_contain_text("2 / 5 found, ABO 0.51")  # half.png has 0.5
    expect(figures).to_contain_text("before: 3 / 5 found, ABO 0.51")
    expect(figures.locator("span")).to_have_attribute("title", "recall_iou 0.5")
    expect(page.locator(".frame").first).to_contain_text("missed")  # the strip says it of each image


def test_the_queue_holds_only_what_is_filtered(opened):
    page = opened(HALF)
    frames = page.locator(".frame")
    expect(frames).to_have_count(5)
    page.get_by_role("button", name="Filter images").click()
    page.get_by_text("Only with a missed object").click()
    expect(frames).to_have_count(2)
    shows(page, image=TWO, index=0)
    page.wait_for_url(re.compile("missed=true"))
    page.keyboard.press("Escape")
    page.goto(f"{page.url.split('?')[0]}?proposer=full-image&objects=0")
    expect(frames).to_have_count(1)
    shows(page, image=NONE)
    expect(page.get_by_role("button", name="Filter images · 1")).to_be_visible()
