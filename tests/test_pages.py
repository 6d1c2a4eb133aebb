"""Every page, run without a browser: with nothing open, with a data set, and after one click."""

import json
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.proposers import PROPOSERS

MAIN = Path(__file__).parents[1] / "pages/main.py"
PAGES = ["explore.py", "export.py", "dataset.py"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder to start the app in, with no data set."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOXSCOPE_ROOTS", str(tmp_path))
    return tmp_path


@pytest.fixture
def loaded(home, sample):
    """The same with a sample set."""
    shutil.copytree(sample, home / "sample")
    return home


def opened(page: str, **link: str) -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=30)
    for name, text in link.items():
        app.query_params[name] = text
    app.run()
    if page != "explore.py":
        app.switch_page(page).run()
    assert not app.exception
    return app


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def button(app: AppTest, label: str):
    return next(found for found in app.button if found.label == label)


@pytest.mark.parametrize("page", ["explore.py", "export.py"])
def test_without_a_data_set_a_page_says_where_to_open_one(home, page):
    app = opened(page)
    assert "No data set is open" in app.info[0].value
    assert not app.metric


def test_the_sample_set_is_made_by_a_button_and_opened(home):
    app = opened("dataset.py")
    button(app, "Make the sample set").click().run()
    assert not app.exception
    assert (home / "sample/train/annotations.json").exists()
    assert metrics(app)["images"] == "24"


@pytest.mark.parametrize("name", PROPOSERS)
def test_explore_shows_every_proposer(loaded, name):
    app = opened("explore.py", proposer=name)
    figures = metrics(app)
    assert figures["to propose"].endswith("ms")
    assert app.query_params["proposer"] == name


def test_explore_draws_a_widget_for_every_parameter(loaded):
    app = opened("explore.py", proposer="adaptive-threshold", offsets="5,6,7,8")
    offsets = [slider for slider in app.sidebar.slider if slider.label.startswith("Threshold offset")]
    assert [slider.value for slider in offsets] == [5, 6, 7, 8]
    assert {(slider.min, slider.max) for slider in offsets} == {(0, 255)}
    labels = {
        widget.label for widget in [*app.sidebar.slider, *app.sidebar.number_input, *app.sidebar.selectbox]
    }
    assert {
        "Minimum area",
        "Closing kernel width",
        "Closing kernel height",
        "Order",
        "Positive above IoU",
    } <= labels


def test_the_last_offset_cannot_be_removed(loaded):
    app = opened("explore.py", offsets="5")
    assert [found.disabled for found in app.button if found.label == "✕"] == [True]


def test_next_goes_to_the_next_image_and_the_link_says_so(loaded):
    app = opened("explore.py", image="1")
    button(app, "→").click().run()
    assert app.query_params["image"] == "2"


def test_the_steps_of_the_proposer_are_shown_on_demand(loaded):
    app = opened("explore.py", offsets="10")
    before = len(app.get("image"))
    next(toggle for toggle in app.toggle if toggle.label.startswith("Show the steps")).set_value(True).run()
    assert len(app.get("image")) == before + 6  # a cut above and one below, each cut, closed, components


def test_an_image_that_cannot_be_read_says_why_and_leaves_the_rest_in_reach(loaded):
    (loaded / "sample/train/images/train_0001.jpg").write_bytes(b"no picture")
    app = opened("explore.py", image="1")
    assert "train_0001.jpg: not a readable picture" in app.error[0].value
    button(app, "→").click().run()
    assert [found.value for found in app.error] == []


def test_an_unknown_split_or_image_in_the_link_falls_back(loaded):
    app = opened("explore.py", split="nowhere", image="99999")
    assert app.query_params["split"] == "train"
    assert app.query_params["image"] == "1"


def test_a_mistake_in_the_link_is_named(loaded):
    app = opened("explore.py", proposer="magic")
    assert "no proposer 'magic'" in app.toast[0].value


def test_a_folder_outside_the_roots_is_refused_from_the_link_too(loaded):
    app = opened("explore.py", dataset="/")
    assert "outside the folders" in app.caption[0].value


def test_export_tells_what_it_would_write_and_the_command(loaded):
    app = opened("export.py", offsets="10,20", out="here")
    assert metrics(app)["images"] == "6"
    assert app.code[0].value == (
        "python -m core export sample/train/annotations.json --out here --split train "
        "--proposer adaptive-threshold --param offsets=10,20"
    )
    assert button(app, "Start the export")
    assert not (loaded / "here").exists()


def test_export_follows_its_settings(loaded):
    app = opened("export.py", proposer="grid")
    before = int(metrics(app)["negative"].removeprefix("≈ ").replace(",", ""))
    next(field for field in app.number_input if field.label.startswith("Negatives")).set_value(10).run()
    after = int(metrics(app)["negative"].removeprefix("≈ ").replace(",", ""))
    assert after <= 60 < before
    assert app.query_params["negatives_first"] == "10"
    assert "--negatives-first 10" in app.code[0].value


def test_export_into_a_folder_outside_the_roots_is_refused(loaded):
    app = opened("export.py", out="/somewhere")
    assert "outside the folders" in app.error[0].value
    assert "Start the export" not in [found.label for found in app.button]


def test_a_finished_export_with_other_settings_is_told_apart(loaded):
    from core.cli import main

    words = ["export", "sample/train/annotations.json", "--out", "here", "--split", "train", "--workers", "1"]
    assert main([*words, "--proposer", "full-image"]) == 0
    same = opened("export.py", proposer="full-image", out="here")
    assert same.success[0].value == "Finished."
    counts = json.loads((loaded / "here/train/export.json").read_text())["counts"]
    assert metrics(same)["crops"] == str(counts["crops"])
    other = opened("export.py", proposer="grid", out="here")
    assert "other settings" in other.success[0].value
    assert button(other, "Overwrite with the settings chosen now")


def test_the_health_report_lists_what_is_wrong(loaded):
    path = loaded / "sample/train/annotations.json"
    coco = json.loads(path.read_text())
    coco["annotations"][0]["bbox"] = [5, 5, 0, 4]
    path.write_text(json.dumps(coco))
    app = opened("dataset.py")
    assert "1 image or object cannot be used" in app.warning[0].value
    assert app.dataframe[0].value["kind"].tolist() == ["zero-area"]


def test_a_data_set_without_images_is_said_to_be_empty(loaded):
    path = loaded / "sample/train/annotations.json"
    path.write_text('{"images": [], "annotations": [], "categories": []}')
    for page in PAGES:
        app = opened(page)
        assert any("lists no images" in found.value for found in app.info)
