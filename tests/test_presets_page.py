"""Presets in the sidebar: chosen, named while they hold, saved, opened, and named by a link."""

import shutil

import pytest
from streamlit.testing.v1 import AppTest

from core import presets
from core.pipeline import Setup
from core.proposers import AdaptiveThreshold, make_proposer
from tests.browser import PATIENCE
from tests.small import ROOT

MAIN = ROOT / "pages/main.py"
THIN = Setup(AdaptiveThreshold(offsets=(5, 9)), order="small", nms=0.8)


@pytest.fixture
def loaded(tmp_path, monkeypatch, sample):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOXSCOPE_ROOTS", str(tmp_path))
    monkeypatch.setenv("BOXSCOPE_STATE", str(tmp_path / "state"))
    shutil.copytree(sample, tmp_path / "sample")
    return tmp_path


def opened(page: str = "explore.py", **link: str) -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=PATIENCE / 1000)
    for name, text in link.items():
        app.query_params[name] = text
    app.run()
    if page != "explore.py":
        app.switch_page(page).run()
    assert not app.exception
    return app


def preset(app: AppTest):
    return app.selectbox(key="setup.preset")


def texts(app: AppTest) -> str:
    return " ".join(each.value for each in [*app.caption, *app.error, *app.warning, *app.toast])


def test_a_preset_sets_the_whole_setup_and_is_named_while_it_holds(loaded):
    presets.save(loaded / "sample" / presets.FOLDER, "thin", THIN)
    presets.save(presets.user_folder(), "thin", Setup(make_proposer("grid")))
    (loaded / "sample" / presets.FOLDER / "broken.toml").write_text("version = 9")
    app = opened()
    assert preset(app).options[:4] == ["defaults", "thin · data set", "thin · mine", "article"]
    assert preset(app).value == "Boxscope/defaults"
    assert "`broken.toml` is no preset: version: got 9, expected 1" in texts(app)
    preset(app).set_value("data set/thin").run()
    link = dict(app.query_params)
    assert (link["offsets"], link["order"], link["nms"]) == ("5,9", "small", "0.8")
    assert preset(app).value == "data set/thin"
    app.selectbox(key="setup.order").set_value("area").run()
    assert preset(app).value is None
    preset(app).set_value("Boxscope/cracks").run()
    link = dict(app.query_params)
    assert (link["proposer"], link.get("nms"), link.get("top")) == ("crack-groups", None, None)
    app.switch_page("export.py").run()
    assert preset(app).value == "Boxscope/cracks"
    assert not app.exception


def test_the_present_setup_is_saved_under_a_name_that_is_not_taken(loaded):
    app = opened(offsets="5,9", top="7", nms="0.7")
    assert preset(app).value is None

    def save(name):
        app.text_input(key="preset.name").set_value(name)
        next(each for each in app.button if each.label == "Save").click().run()
        assert not app.exception

    path = loaded / "sample" / presets.FOLDER / "thin cracks.toml"
    save("../thin")
    assert "expected 1 to 60 letters" in texts(app)
    save("thin cracks")
    assert "Saved as" in texts(app)
    assert preset(app).value == "data set/thin cracks"
    assert presets.read_file(path) == Setup(AdaptiveThreshold(offsets=(5, 9)), nms=0.7)
    app.selectbox(key="setup.order").set_value("small").run()
    save("thin cracks")
    assert "There is a preset thin cracks already" in texts(app)
    assert presets.read_file(path).order == "default"
    next(each for each in app.button if each.label == "Replace it").click().run()
    assert presets.read_file(path).order == "small"
    app.radio(key="preset.where").set_value("user")
    save("thin cracks")
    assert preset(app).value == "user/thin cracks"
    assert (presets.user_folder() / "thin cracks.toml").exists()


def test_a_file_that_is_given_is_applied_and_what_is_none_is_refused(loaded):
    app = opened()
    (uploader,) = app.file_uploader
    uploader.upload("a.toml", presets.text_of(THIN).encode(), "application/toml").run()
    assert dict(app.query_params)["offsets"] == "5,9"
    assert "a.toml is applied" in texts(app)
    (uploader,) = app.file_uploader
    uploader.upload("b.toml", b"version = 1\nproposer = 'grid'\nsize = 2", "application/toml").run()
    assert "b.toml: unknown key 'size', expected one of version, proposer, levels" in texts(app)
    outside = presets.text_of(Setup(make_proposer("from-file", {"file": "/etc/passwd"})))
    (uploader,) = app.file_uploader
    uploader.upload("c.toml", outside.encode(), "application/toml").run()
    assert "outside the folders this app may use" in texts(app)
    assert dict(app.query_params)["proposer"] == "adaptive-threshold"


def test_a_link_may_name_a_preset_and_then_spells_its_settings(loaded):
    presets.save(loaded / "sample" / presets.FOLDER, "thin", THIN)
    app = opened(preset="thin", nms="0.5")
    link = dict(app.query_params)
    assert (link["offsets"], link["order"], link["nms"]) == ("5,9", "small", "0.5")
    assert "preset" not in link
    other = dict(opened(preset="thin", proposer="grid").query_params)
    assert (other["proposer"], other["order"], other["nms"]) == ("grid", "small", "0.8")
    for wrong in ("magic", "../sample/thin.toml", str(loaded / "sample/boxscope-presets/thin.toml")):
        app = opened(preset=wrong)
        assert "preset: got" in texts(app)
        assert dict(app.query_params).get("offsets") is None


def test_presets_are_among_the_setups_to_compare_with(loaded):
    presets.save(loaded / "sample" / presets.FOLDER, "thin", THIN)
    app = opened("evaluate.py")
    offered = next(each for each in app.selectbox if each.label == "Add a proposer").options
    assert "adaptive-threshold offsets=5,9 order=small nms=0.8 · preset thin" in offered
    assert "crack-groups · preset cracks" in offered
    app = opened("compare.py")
    assert app.selectbox(key="against").value == "proposer=adaptive-threshold offsets=5,9 order=small nms=0.8"
