"""Ids that are no small numbers: each image keeps its own heading, picture, boxes, thumbnail and crops."""

import json
import re
import time
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import expect

from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.export import Crops
from core.export.gallery import CropFilter, Gallery
from pages.ui.server import crop_tables, tables
from pages.ui.state import image_ids
from tests.browser import PATIENCE, chromium
from tests.hues import COUNTS, HUES, app, hue_of, write_export, write_hues
from tests.small import GRID

LONG = 20240115093042116  # a float64 cannot tell it from its neighbours
SETS = {
    "neighbours": [LONG, LONG + 1, -LONG],
    "negative": [-1, -(2**63), 2**63 - 1],
    "texts": [str(LONG), str(LONG + 1), str(-LONG)],
    "negative texts": [str(-LONG), str(-LONG - 1), "-7"],
    "words": ["pier_a", "pier_b", "deck"],
    "unsigned": [2**63, 2**63 + 1, 2**64 - 1],
}


@pytest.mark.parametrize("ids", SETS.values(), ids=SETS)
def test_an_id_as_text_finds_its_image_and_no_other(tmp_path, ids):
    dataset = CocoDataset.open(write_hues(tmp_path, ids))
    texts = [image_ids.text_of(dataset, index) for index in range(3)]
    assert [image_ids.index_of(dataset, text) for text in texts] == [0, 1, 2]
    if not dataset.renumbered.any():
        assert texts == list(map(str, ids))
    assert [len(dataset.truth(index).boxes) for index in range(3)] == list(COUNTS.values())


@pytest.mark.parametrize("text", ["", "x", "1.0", "1e3", "0x1", "1_0", "٣", "9" * 5000, "--1"])
def test_a_text_that_is_no_id_is_a_mistake_of_one_line(tmp_path, text):
    dataset = CocoDataset.open(write_hues(tmp_path, [1, 2, 3]))
    with pytest.raises(BoxscopeError, match=r"^image id: got .{2,80}$"):
        image_ids.index_of(dataset, text)


def test_tables_hold_no_id_that_a_browser_would_round(tmp_path):
    dataset = CocoDataset.open(write_hues(tmp_path / "set", SETS["neighbours"]))
    gallery = Gallery(write_export(dataset.annotations, tmp_path / "out"))
    queue = tables.queue(dataset, np.arange(3), None)
    assert tables.unpack(queue, 1, "<i8")[1].ravel().tolist() == SETS["neighbours"]
    assert tables.unpack(tables.without_boxes(dataset, 1, GRID), 7)[0]["image"] == str(LONG + 1)
    page = crop_tables.page(gallery, gallery.select(CropFilter()), 0)
    facts = [crop_tables.facts(gallery, crop["row"], dataset)["facts"] for crop in page["crops"]]
    assert {crop["image"] for crop in page["crops"]} == {str(number) for number in SETS["neighbours"]}
    assert [found["image_id"] for found in facts] == [crop["image"] for crop in page["crops"]]
    for said in (page, facts):  # a script reads the integers of JSON as float64
        assert json.loads(json.dumps(said), parse_int=lambda text: int(float(text))) == said


@pytest.mark.parametrize("ids", SETS.values(), ids=SETS)
def test_crops_are_labelled_by_the_objects_of_their_own_image(tmp_path, ids):
    dataset = CocoDataset.open(write_hues(tmp_path / "set", ids))
    crops = Crops(write_export(dataset.annotations, tmp_path / "out"))
    rows = [crops.row(number) for number in range(len(crops))]
    own = {int(dataset.image_ids[index]): dataset.file_names[index] for index in range(3)}
    assert {(row["image_id"], row["file_name"]) for row in rows} == set(own.items())


# ---- in a browser


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    for name, ids in SETS.items():
        write_hues(folder / name, ids)
    write_export(folder / "neighbours/annotations.json", folder / "out")
    return folder


@pytest.fixture(scope="module")
def url(home):
    with app(home) as base:
        yield base


@pytest.fixture(scope="module")
def page(url):
    with chromium() as browser:
        opened = browser.new_page(viewport={"width": 1400, "height": 900})
        opened.set_default_timeout(PATIENCE)
        yield opened


def shows(page, number: str, hue: str) -> None:
    """Wait until all of Explore shows an image, and the same one."""
    viewer = page.locator(f'.viewer[data-image="{number}"]:not([data-painted="0"]):not(.waiting)')
    viewer.wait_for()
    expect(page.locator(".image-name b")).to_have_text(f"{hue}.png")
    expect(viewer.locator("#description")).to_contain_text(
        re.compile(rf"^{hue}\.png: .* {COUNTS[hue]} object")
    )
    expect(page.locator("table.objects tr td:first-child:not([colspan])")).to_have_count(COUNTS[hue])
    frame = page.locator('.frame.loaded[aria-selected="true"]')
    expect(frame).to_have_attribute("data-image", number)
    preview = page.locator("a.preview img")
    expect(preview).not_to_have_js_property("naturalWidth", 0)
    expect(page.locator("a.preview")).to_have_attribute("href", re.compile(rf"/{re.escape(number)}\?"))
    # An image element draws what it had until it has loaded what it is told.
    end = time.monotonic() + PATIENCE / 1000
    while (seen := [hue_of(each) for each in (viewer.locator("canvas"), frame, preview)]) != [hue] * 3:
        assert time.monotonic() < end, seen
        page.wait_for_timeout(20)


# Negative ones are among the neighbours and the texts.
@pytest.mark.browser
@pytest.mark.parametrize("name", ["neighbours", "texts", "words", "unsigned"])
def test_heading_picture_boxes_strip_and_crop_are_of_one_image(page, url, home, name):
    dataset = CocoDataset.open(home / name / "annotations.json")
    numbers = [image_ids.text_of(dataset, index) for index in range(3)]
    page.goto(f"{url}/?dataset={name}&proposer=full-image&image={numbers[1]}")
    shows(page, numbers[1], "green")
    page.get_by_role("button", name="Next image").click()
    shows(page, numbers[2], "blue")
    page.wait_for_url(lambda address: parse_qs(urlsplit(address).query)["image"] == [numbers[2]])
    page.locator(f'.frame[data-image="{numbers[0]}"]').click()
    shows(page, numbers[0], "red")
    page.wait_for_url(lambda address: parse_qs(urlsplit(address).query)["image"] == [numbers[0]])


@pytest.mark.browser
def test_crops_of_an_export_lead_to_their_own_image(page, url):
    numbers = dict(zip(HUES, map(str, SETS["neighbours"]), strict=True))
    for hue in HUES:
        page.goto(f"{url}/export?dataset=neighbours&view=browse&browse=out/train&crops.name={hue}")
        crop = page.locator(f'.crop[title$="{hue}.png"]').first
        crop.click()
        details = page.locator(".details[data-row]")
        expect(details).to_contain_text(numbers[hue])
        expect(details.locator("img.large")).not_to_have_js_property("naturalWidth", 0)
        assert [hue_of(crop), hue_of(details.locator("img.large"))] == [hue, hue]
    page.get_by_role("link", name="Open in Explore").click()
    shows(page, numbers["blue"], "blue")


@pytest.mark.browser
def test_crops_of_the_contact_sheet_lead_to_their_own_image(page, url):
    numbers = dict(zip(HUES, map(str, SETS["neighbours"]), strict=True))
    page.goto(f"{url}/export?dataset=neighbours&proposer=grid&out=other")
    for hue in HUES:
        crop = page.locator(f'.contact a[title^="{hue}.png"]').first
        crop.scroll_into_view_if_needed()
        expect(crop).to_have_attribute("href", re.compile(rf"[?&]image={numbers[hue]}&"))
        expect(crop.locator("img")).not_to_have_js_property("naturalWidth", 0)
        assert hue_of(crop) == hue
