"""The page Data set on a folder of masks: a picture in stages, the settings, and what is written."""

import json

import cv2
import numpy as np
import pytest
from playwright.sync_api import expect
from streamlit.testing.v1 import AppTest

from tests.browser import PATIENCE, chromium, streamlit_server
from tests.foreign import HEIGHT, WIDTH
from tests.small import ROOT
from tests.test_mask_folders import mask_set, two_bars

STAGES = ["Picture", "Mask as stored", "Foreground", "Closed", "Pieces", "Objects"]


@pytest.fixture
def home(home, monkeypatch):
    monkeypatch.setenv("BOXSCOPE_CACHE", str(home / "cache"))
    clear = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask_set(home / "cracks", {"a": two_bars(9), "b": two_bars(3), "c": clear, "lone": None})
    return home


def opened(dataset="cracks") -> AppTest:
    app = AppTest.from_file(str(ROOT / "pages/main.py"), default_timeout=PATIENCE / 1000)
    app.query_params["dataset"] = dataset
    app.run()
    return app.switch_page("dataset.py").run()


def counted(app: AppTest) -> str:
    return next(found.value for found in app.markdown if found.value.startswith("**"))


def test_a_picture_is_shown_with_its_objects_and_a_setting_changes_them(home):
    app = opened()
    assert not app.exception
    assert any(
        "3 pictures with a mask (masks/), 1 picture without one" in found.value for found in app.markdown
    )
    assert [image.proto.imgs[0].caption for image in app.get("imgs")] in ([], STAGES)
    assert counted(app) == "**2 objects**: 160, 160 px²"
    app.session_state["masks.closing"] = 11
    assert counted(app.run()) == "**1 object**: 320 px²"
    assert any("0.7 objects a picture, at most 1; 1 without" in found.value for found in app.caption)
    next(found for found in app.button if found.label == "Next").click().run()
    assert any("images/b.jpg" in found.value for found in app.caption)


def test_what_is_wrong_is_said_in_place_of_the_stages(home):
    app = opened()
    app.text_input(key="masks.classes").set_value("crack=1").run()
    assert "masks/a.png: has 320 pixels of 255, which none of the classes has" in app.error[0].value
    app.text_input(key="masks.classes").set_value("/etc/passwd").run()
    assert "outside the folders this app may use" in app.error[0].value
    assert not app.exception


@pytest.mark.slow
@pytest.mark.browser
def test_a_moved_slider_changes_the_number_of_objects_and_what_is_written_is_opened(home):
    env = {"BOXSCOPE_ROOTS": str(home), "PYTHONPATH": str(ROOT)}
    with streamlit_server(ROOT / "app.py", cwd=home, env=env) as url, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.goto(f"{url}/dataset?dataset=cracks")
        expect(page.get_by_text("2 objects: 160, 160 px²")).to_be_visible()
        expect(page.get_by_test_id("stImageCaption")).to_have_text(STAGES)
        slider = page.get_by_role("slider", name="Closing kernel")
        slider.focus()
        for _ in range(6):
            slider.press("ArrowRight")
        expect(page.get_by_text("1 object: 320 px²")).to_be_visible()
        expect(page.locator(".to-copy pre")).to_contain_text("--param closing=11")
        assert not (home / "cracks/annotations.json").exists()
        page.get_by_role("button", name="Write COCO").click()
        expect(page.get_by_text("cracks/annotations.json with the pictures in")).to_be_visible()
        expect(page.get_by_text("3 images, 2 objects, 3 notes, 1 picture or mask left out")).to_be_visible()
    coco = json.loads((home / "cracks/annotations.json").read_text())
    assert [one["bbox"] for one in coco["annotations"]] == [[20, 10, 40, 17], [20, 10, 40, 11]]
    assert coco["info"]["boxscope"]["settings"]["closing"] == "11"
    assert cv2.imread(str(home / "cracks/masks/a.png"), 0).tolist() == two_bars(9).tolist()
