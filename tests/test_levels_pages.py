"""Grey levels in the app: chosen in the sidebar, where the data set has them, and in a link."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.cli.spelling import export_command
from core.datasets import CocoDataset
from core.export import DatasetKind
from core.pipeline import Setup
from core.sampling import Sampling
from pages.ui.views.export.origin import origin
from tests.browser import PATIENCE
from tests.small import GRID, config, export, texts_to_copy, write_coco
from tests.test_deep_pictures import deep, wall

MAIN = Path(__file__).parents[1] / "pages/main.py"
LABEL = "Grey levels"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder to start the app in, with a set of 12 bits and one of 8."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOXSCOPE_ROOTS", str(tmp_path))
    for name, pixels in (("deep", deep(wall(), 12)), ("eight", wall())):
        write_coco(tmp_path / name, {"a.png": (pixels, [[8, 10, 32, 10]])})
    return tmp_path


def opened(**link: str) -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=PATIENCE / 1000)
    for name, text in link.items():
        app.query_params[name] = text
    app.run()
    assert not app.exception
    return app


def field(app: AppTest):
    return next((widget for widget in app.text_input if widget.label == LABEL), None)


def command(app: AppTest) -> str:
    return next(text for text in texts_to_copy(app) if "core export" in text)


def test_the_sidebar_offers_levels_only_where_there_are_more_than_8_bits(home):
    assert field(opened(dataset="eight")) is None
    app = opened(dataset="deep")
    assert field(app).value == "auto"
    assert "--levels" not in command(app)


def test_chosen_levels_are_in_the_link_and_in_the_command(home):
    app = opened(dataset="deep")
    field(app).set_value("0-1023").run()
    assert not app.exception
    assert app.query_params["grey"] in ("0-1023", ["0-1023"])
    assert "--levels=0-1023" in command(app)
    linked = opened(dataset="deep", grey="0-1023")
    assert field(linked).value == "0-1023"
    assert "--levels=0-1023" in command(linked)


def test_levels_that_are_none_are_an_error_that_can_be_mended(home):
    app = opened(dataset="deep", grey="some")
    assert any("levels: got 'some', expected auto" in error.value for error in app.error)
    field(app).set_value("").run()
    assert not app.error
    assert "--levels" not in command(app)


def test_another_data_set_starts_with_its_own_levels(home):
    write_coco(home / "other", {"a.png": (deep(wall(), 10), [[8, 10, 32, 10]])})
    app = opened(dataset="deep", grey="0-4095")
    app.session_state["opening"] = "other", ""
    app.run()
    assert field(app).value == "auto"


def test_the_command_spells_levels_that_begin_with_a_minus():
    words = export_command("a", "o", DatasetKind.TRAIN, Setup(), Sampling(), levels="-5-90")
    assert "--levels=-5-90" in words


@pytest.mark.parametrize("levels", ["auto", "0-1023"])
def test_crops_lead_to_the_levels_that_they_were_cut_with(home, levels):
    path = home / "deep/annotations.json"
    wanted = config(CocoDataset.open(path, levels=levels), GRID)
    export(wanted, home / "out")
    summary = {"settings": wanted.settings}
    found = origin(home / "out/train", summary, opened_choice("deep"), [])
    assert found.dataset.levels == levels
    assert found.view.spell().get("grey", "auto") == levels


def opened_choice(folder: str):
    from pages.ui.state.choice import Choice

    return Choice(dataset=folder)
