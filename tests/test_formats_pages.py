"""Data sets in other formats in the app: listed, opened, with what was noted, and written as COCO."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.datasets.nearby import NearbySearch
from tests.browser import PATIENCE
from tests.foreign import picture, voc, voc_object, yolo
from tests.small import texts_to_copy

MAIN = Path(__file__).parents[1] / "pages/main.py"
BOX = voc_object("crack", 5, 5, 60, 50)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder to start the app in, with a set of Pascal VOC a picture without file, and one of YOLO."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOXSCOPE_ROOTS", str(tmp_path))
    monkeypatch.setenv("BOXSCOPE_CACHE", str(tmp_path / ".cache"))
    voc(tmp_path / "walls", {"a": [BOX], "b": []})
    picture(tmp_path / "walls/JPEGImages/unknown.jpg")
    for split in ("train", "val"):
        yolo(tmp_path / "roads", {f"{split}/{split}": "0 .5 .5 .2 .2"})
    return tmp_path


def opened(page: str, **link: str) -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=PATIENCE / 1000)
    for name, text in link.items():
        app.query_params[name] = text
    app.run()
    app.switch_page(page).run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    return "\n".join(element.value for kind in ("markdown", "error", "success") for element in app.get(kind))


def test_the_page_says_what_it_is_and_writes_coco_beside(home):
    app = opened("dataset.py", dataset="walls")
    assert "Pascal VOC: 2 XML files in Annotations/, 3 pictures; sure." in texts(app)
    assert "2 pictures, 1 object; 1 of 3 pictures and label files left out." in texts(app)
    field = next(one for one in app.text_input if one.label == "COCO file")
    assert field.value == "walls/annotations.json"
    next(button for button in app.button if button.label == "Write as COCO").click().run()
    assert (home / "walls/annotations.json").is_file()
    next(button for button in app.button if button.label == "Open it").click().run()
    assert not app.exception
    # In COCO now: nothing more is said of another format.
    assert "Pascal VOC" not in texts(app)


def test_splits_are_chosen_as_those_of_coco(home):
    app = opened("dataset.py", dataset="roads")
    assert "of the split train" in texts(app)
    app.selectbox(key="split").set_value("val").run()
    assert not app.exception
    assert "of the split val" in texts(app)


def test_the_command_of_an_export_names_the_folder(home):
    (command,) = (text for text in texts_to_copy(opened("export.py", dataset="walls")) if "export " in text)
    assert " export walls/Annotations " in command


def test_a_folder_that_looks_like_two_formats_is_not_opened_by_guess(home):
    yolo(home / "walls", {"c": "0 .5 .5 .2 .2"})
    app = opened("dataset.py", dataset="walls")
    assert "looks like Pascal VOC" in texts(app)
    assert "and YOLO" in texts(app)
    assert "Pascal VOC" in texts(opened("dataset.py", dataset="walls/Annotations"))


def test_the_search_finds_other_formats(home):
    found, complete = NearbySearch([home], lambda path: True).found(PATIENCE / 1000)
    assert complete
    assert {(one.folder.name, one.format) for one in found} == {("walls", "Pascal VOC"), ("roads", "YOLO")}
