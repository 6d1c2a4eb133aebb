"""The app below a path: served there by itself, and behind a proxy that takes the path off."""

import re
import urllib.request
from contextlib import contextmanager
from urllib.parse import urljoin

import numpy as np
import pytest
from playwright.sync_api import expect

from core.cutting import Cut
from core.datasets import CocoDataset
from core.datasets.search import ImageFilter
from core.export.gallery import CropFilter
from core.pipeline import Setup
from pages.ui.server import addresses, crop_previews
from pages.ui.server.routes import routes, routes_below
from tests.browser import PATIENCE, chromium, clean_page
from tests.hues import HUES, app, hue_of, write_export, write_hues
from tests.proxy import stripping_proxy

PATH = "user/me/proxy/8501"
PROBES = re.compile(r"/_stcore/(health|host-config)$")  # Streamlit looks for its own base with these


def test_routes_lie_below_the_path_of_the_server():
    assert routes_below("") == routes_below("/") == routes
    below = routes_below("/tools/boxscope/")
    assert [route.path for route in below] == [f"/tools/boxscope{route.path}" for route in routes]
    assert [route.endpoint for route in below] == [route.endpoint for route in routes]


def test_every_address_is_relative_to_the_page(tmp_path):
    dataset, out = CocoDataset.open(write_hues(tmp_path / "set", [1, 2, 3])), tmp_path / "out/train"
    setup, box = Setup(), np.array([0, 0, 9, 9], np.float32)
    made = [addresses.picture(dataset, 0), addresses.thumbnails(dataset), addresses.proposals(dataset, setup)]
    made += [addresses.tiles(dataset, 0, 5000, 4000)["url"], addresses.layer(dataset, setup, 0)]
    made += [addresses.queue(dataset, ImageFilter()), crop_previews.address(dataset, 0, box, Cut())]
    made += [addresses.crops(out, CropFilter()), addresses.crop(out), addresses.facts(out, dataset)]
    made += [addresses.manifest(out)]
    for page in ("http://host/some/path/", "http://host/some/path/export?view=jobs"):
        assert all(urljoin(page, address).startswith("http://host/some/path/") for address in made)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    annotations = write_hues(folder / "sample/train", [1, 2, 3])
    write_hues(folder / "large", [1, 2, 3], width=4200, height=3000)
    write_export(annotations, folder / "out")
    return folder


@contextmanager
def kept(home):
    with app(home, PATH) as base:
        yield base


@contextmanager
def stripped(home):
    with app(home) as server, stripping_proxy(server, PATH) as base:
        yield base


@pytest.fixture(scope="module", params=[kept, stripped], ids=["kept", "stripped"])
def base(request, home):
    with request.param(home) as url:
        assert url.endswith(PATH)
        yield url


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


@pytest.fixture
def page(base, browser):
    """A page that notes what fails: an address outside the path, or one that answers with a page."""
    wrong = []

    def note(answer):
        is_page = "html" in answer.headers.get("content-type", "")
        failed = answer.status >= 400 or (is_page and answer.request.resource_type != "document")
        if failed and not PROBES.search(answer.url):
            wrong.append((answer.status, answer.url))

    with clean_page(browser, viewport={"width": 1400, "height": 900}) as opened:
        opened.set_default_timeout(PATIENCE)
        opened.on("response", note)
        yield opened
    assert wrong == []


def has_pixels(images) -> None:
    expect(images).not_to_have_js_property("naturalWidth", 0)


@pytest.mark.browser
def test_explore_shows_picture_strip_stage_and_crop(page, base):
    page.goto(f"{base}/?image=2&offsets=20")
    page.locator('.viewer[data-image="2"]:not([data-painted="0"])').wait_for()
    assert hue_of(page.locator(".viewer canvas")) == "green"
    for number, hue in enumerate(HUES, 1):
        frame = page.locator(f'.frame.loaded[data-image="{number}"]')
        frame.wait_for()
        assert hue_of(frame) == hue
    has_pixels(page.locator("a.preview img"))
    page.locator(".viewer canvas").press("t")
    with page.expect_response(re.compile("/layers/")):
        page.locator(".viewer canvas").press("ArrowRight")
    page.locator('.viewer[data-image="3"]').wait_for()


@pytest.mark.browser
def test_a_large_picture_comes_in_tiles(page, base):
    page.goto(f"{base}/?dataset=large&proposer=full-image&image=3")
    page.locator('.viewer[data-image="3"]:not([data-painted="0"])').wait_for()
    with page.expect_response(re.compile("/tiles/")):
        for _ in range(8):
            page.locator(".viewer canvas").press("+")


@pytest.mark.slow
@pytest.mark.browser
def test_pages_crops_and_files_link_to_each_other(page, base):
    page.goto(f"{base}/")
    page.locator('.viewer[data-image="1"]:not([data-painted="0"])').wait_for()
    page.get_by_role("link", name="Export").click()
    page.wait_for_url(re.compile(rf"{PATH}/export\?"))
    crop = page.locator('.contact a[title^="green.png"]').first
    has_pixels(crop.locator("img"))
    crop.click()
    page.locator('.viewer[data-image="2"]:not([data-painted="0"])').wait_for()
    page.wait_for_url(re.compile(rf"{PATH}/\?"))

    page.goto(f"{base}/export?view=browse&browse=out/train&crops.name=green")
    crop = page.locator('.crop[title$="green.png"]').first
    has_pixels(crop.locator("img"))
    crop.click()
    has_pixels(page.locator(".details img.large"))
    expect(page.locator(".details image")).to_have_attribute("href", re.compile("^pictures/"))
    manifest = page.get_by_role("link", name="Manifest").get_attribute("href")
    with urllib.request.urlopen(urljoin(page.url, manifest)) as answer:
        assert answer.read(4) == b"PAR1"
    page.get_by_role("link", name="Open in Explore").click()
    page.locator('.viewer[data-image="2"]:not([data-painted="0"])').wait_for()
    assert page.url.startswith(f"{base}/?")
