"""Opening a data set in the app: by its folder or its COCO file, and with the folder of its pictures."""

import re
import shutil
from urllib.parse import parse_qs, urlsplit

import pytest

from core import cli
from core.datasets import CocoDataset, annotation_files
from core.datasets.locating.splits import splits
from core.datasets.search import has_pictures
from core.errors import BoxscopeError
from core.export.gallery import Gallery
from pages.ui.jobs import register
from pages.ui.state import opening
from pages.ui.state.choice import Choice
from pages.ui.views.export import origin
from tests.browser import PATIENCE, chromium
from tests.hues import app, hue_of, write_hues
from tests.small import texts_to_copy
from tests.test_pages import button, metrics, opened, text, told

LAYOUTS = {
    "train/annotations.json": "train",
    "valid/labels.json": "valid",
    "annotations/instances_val2017.json": "instances_val2017",
}


@pytest.mark.parametrize(("name", "split"), LAYOUTS.items())
def test_a_file_is_a_data_set_with_the_split_that_its_folder_gives_it(tmp_path, name, split):
    path = tmp_path / name
    made = write_hues(tmp_path / "made", [1, 2, 3])
    for folder in LAYOUTS:
        (tmp_path / folder).parent.mkdir()
        shutil.copy(made, tmp_path / folder)
    assert splits(path) == {split: path}
    assert annotation_files(tmp_path)[split] == path
    assert splits(tmp_path) == annotation_files(tmp_path)


@pytest.mark.parametrize("name", ["missing", "missing.json", "other.json", "picture.png", "empty"])
def test_what_holds_no_annotations_is_named(tmp_path, name):
    (tmp_path / "empty").mkdir()
    (tmp_path / "other.json").write_text('{"crops": 5}')
    (tmp_path / "picture.png").write_bytes(b"")
    with pytest.raises(BoxscopeError, match=rf"{re.escape(name)}: no "):
        splits(tmp_path / name)


def test_one_picture_is_enough_to_know_the_folder(tmp_path):
    dataset = CocoDataset.open(write_hues(tmp_path, [1, 2, 3]))
    assert has_pictures(dataset)
    for name in ("red.png", "green.png"):
        (tmp_path / "images" / name).unlink()
    assert has_pictures(dataset)
    (tmp_path / "images/blue.png").unlink()
    assert not has_pictures(dataset)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder with annotations here, their pictures somewhere else, and the app started in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOXSCOPE_ROOTS", str(tmp_path))
    write_hues(tmp_path / "labels", [1, 2, 3])
    (tmp_path / "labels/images").rename(tmp_path / "camera")
    (tmp_path / "labels/annotations.json").rename(tmp_path / "labels/bridge.json")
    (tmp_path / "empty").mkdir()
    return tmp_path


def form(app, dataset, images=""):
    """Fill the form and press its button; gives the errors and warnings on the page."""
    fields = {field.label: field for field in app.text_input}
    fields["Folder or JSON file"].set_value(dataset)
    fields["Pictures"].set_value(images)
    button(app, "Open folder or file").click().run()
    assert not app.exception
    return [found.value for found in (*app.error, *app.warning)]


@pytest.mark.parametrize("dataset", ["labels", "labels/bridge.json"])
def test_pictures_elsewhere_are_given_and_stay_in_the_link(home, dataset):
    app = opened("dataset.py")
    said = form(app, dataset)
    assert any("holds none of the listed pictures, 3 in all, such as `red.png`" in line for line in said)
    assert form(app, dataset, "camera") == []
    assert metrics(app)["objects"] == "6"
    link = dict(app.query_params)
    assert (link["dataset"], link["images"]) == (str(home / dataset), str(home / "camera"))

    explore = opened("explore.py", **link)
    assert told(explore, "viewer")[0]["image"] == "1"
    assert not explore.warning
    assert "red.png" in text(explore)
    assert any("--images camera" in command for command in texts_to_copy(explore))
    export = opened("export.py", **link)
    assert any("export labels/bridge.json --images camera" in command for command in texts_to_copy(export))


def test_known_data_sets_are_listed_by_name_with_their_numbers_and_opened_by_a_press(home):
    for folder in ("deep/twin/labels", "second"):
        write_hues(home / folder, [1, 2, 3])
    app = opened("dataset.py")
    form(app, "deep/twin/labels")  # too deep to be found, but opened before
    form(app, "labels", "camera")

    again = opened("dataset.py")  # of another session: the server keeps the list
    names = {found.label for found in again.button}
    assert names >= {"second", "twin/labels"}
    assert f"{home.name}/labels" in names
    assert any(found.value.startswith("all · 3 images · 6 objects · `") for found in again.caption)
    chosen = next(found for found in again.sidebar.selectbox if found.label == "Data set")
    assert chosen.options == ["sample", f"{home.name}/labels", "twin/labels"]
    button(again, "second").click().run()
    assert not again.exception
    assert again.query_params["dataset"] == str(home / "second")
    assert metrics(again)["images"] == "3"
    button(again, f"{home.name}/labels").click().run()
    assert again.query_params["images"] == str(home / "camera")


WRONG = {
    "empty": "holds none of the listed pictures",
    "nowhere": "nowhere: no such folder",
    "labels/bridge.json": "bridge.json: is a file, expected a folder",
    "/": "outside the folders this app may use",
    "camera/../../..": "outside the folders this app may use",
}


@pytest.mark.parametrize(("images", "words"), WRONG.items())
def test_a_wrong_folder_of_pictures_is_one_clear_line(home, images, words):
    app = opened("dataset.py")
    said = form(app, "labels", images)
    assert sum(words in line for line in said) == 1
    page = opened("explore.py", dataset="labels", images=images)
    said = [found.value for found in (*page.error, *page.warning)]
    assert sum(words in line for line in said) == 1
    assert any("Data set" in link.proto.label for link in page.get("page_link"))


@pytest.mark.parametrize("dataset", ["labels/camera.json", "camera", "camera/red.png", "/etc", ""])
def test_a_wrong_data_set_leaves_the_open_one(home, dataset):
    app = opened("dataset.py", dataset="labels", images="camera")
    assert len(form(app, dataset)) == 1
    assert app.query_params["dataset"] == "labels"


def test_each_data_set_keeps_its_folder(home):
    write_hues(home / "other", [1, 2, 3])
    app = opened("dataset.py")
    form(app, "labels", "camera")
    form(app, "other")
    assert not app.warning
    assert "images" not in app.query_params
    chosen = next(found for found in app.sidebar.selectbox if found.label == "Data set")
    chosen.set_value(str(home / "labels")).run()
    assert not app.exception
    assert not app.warning
    assert app.query_params["images"] == str(home / "camera")


def test_the_folder_is_part_of_what_is_cached(home):
    (home / "copy").mkdir()
    shutil.copy(home / "camera/blue.png", home / "copy/red.png")
    chosen = Choice("labels", images="camera")
    first = opening.open_chosen(chosen)
    second = opening.open_chosen(Choice("labels", images="copy"))
    assert first.read(0)[0, 0].argmax() == 0
    assert second.read(0)[0, 0].argmax() == 2
    assert opening.open_chosen(chosen) is first


def test_crops_lead_to_the_pictures_that_their_job_was_given(home, monkeypatch):
    monkeypatch.setenv("BOXSCOPE_STATE", str(home / "state"))
    words = ["export", "labels/bridge.json", "--images", "camera", "--out", "out", "--split", "train"]
    assert cli.main([*words, "--proposer", "grid", "--workers", "1"]) == 0
    register.write(home / "out/train", ["-m", "core", *words], home, 1.0)
    gallery = Gallery(home / "out/train")
    found = origin.origin(gallery.folder, gallery.summary, Choice(dataset="elsewhere"), [])
    assert found.dataset is not None
    assert found.dataset.images_dir == home / "camera"
    assert found.view is not None
    assert found.view.spell()["images"] == str(home / "camera")
    opened_there = Choice(dataset="labels", images="camera")
    assert origin.origin(gallery.folder, gallery.summary, opened_there, []).view.spell()["images"] == "camera"


def test_files_without_boxes_are_named(home):
    (home / "labels/captions.json").write_text(
        '{"images": [{"id": 1, "file_name": "red.png"}], "annotations": [{"image_id": 1, "caption": "*"}]}'
    )
    app = opened("dataset.py", dataset="labels", images="camera")
    assert "Left out: `captions` holds captions and no boxes." in [found.value for found in app.caption]
    assert [found.options for found in app.sidebar.selectbox if found.label == "Split"] == [["bridge"]]


@pytest.mark.browser
def test_a_file_and_a_folder_of_pictures_are_opened_and_a_link_opens_the_same(home):
    with app(home) as url, chromium() as browser:
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.set_default_timeout(PATIENCE)
        page.goto(f"{url}/dataset")
        page.get_by_role("textbox", name="Folder").fill("labels/bridge.json")
        page.get_by_role("textbox", name="Pictures").fill("camera")
        page.get_by_role("button", name="Open folder").click()
        page.get_by_text("No problems found.").wait_for()
        page.get_by_role("link", name="Explore").click()
        page.locator('.viewer[data-image="1"]:not([data-painted="0"])').wait_for()
        page.get_by_role("button", name="Next image").click()
        page.wait_for_url(re.compile("image=2"))
        assert parse_qs(urlsplit(page.url).query)["images"] == [str(home / "camera")]
        other = browser.new_page()
        other.set_default_timeout(PATIENCE)
        other.goto(page.url)
        other.locator('.viewer[data-image="2"]:not([data-painted="0"])').wait_for()
        frame = other.locator('.frame.loaded[data-image="2"]')
        frame.wait_for()
        assert hue_of(frame) == "green"
