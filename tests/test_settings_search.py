"""Explore's question which settings find a missed object: asked in its row, answered, and applied."""

import pytest
from streamlit.testing.v1 import AppTest

from core.pipeline import Setup
from core.proposers import AdaptiveThreshold, FullImage
from tests.browser import PATIENCE, chromium, streamlit_server
from tests.drawn import slab
from tests.small import ROOT, write_coco

MAIN = ROOT / "pages/main.py"
# An object that the first offset shows, and one that is fainter.
PICTURE = slab(200, 120, (20, 20, 80, 60), light=200, dark=60)
PICTURE[70:110, 120:180] = 150
OBJECTS = [[20, 20, 60, 40], [120, 70, 60, 40]]


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOXSCOPE_ROOTS", str(tmp_path))
    monkeypatch.setenv("BOXSCOPE_CACHE", str(tmp_path / "cache"))
    write_coco(tmp_path / "sample", {"a.png": (PICTURE, OBJECTS)})
    return tmp_path


def asked(setup: Setup, number: int, **link: str) -> AppTest:
    """Explore after a click in the row of an object, which the viewer sends on."""
    app = AppTest.from_file(str(MAIN), default_timeout=PATIENCE / 1000)
    app.query_params["proposer"] = setup.proposer.name
    for name, text in link.items():
        app.query_params[name] = text
    app.run()
    app.session_state["explore.search_asked"] = (app.session_state["image"], number, setup)
    app.run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    return "\n".join(each.value for each in [*app.markdown, *app.caption])


def test_the_change_is_shown_with_its_cost_and_applied(home):
    app = asked(Setup(AdaptiveThreshold(offsets=(80,)), top=100), 1, offsets="80")
    assert "Which settings find crack 2?" in texts(app)
    assert "**Threshold offset** 80 → **" in texts(app)
    assert "found at rank" in texts(app)
    assert "objects found 1 → 2." in texts(app)
    assert "On the set: not measured." in texts(app)
    next(each for each in app.button if each.label == "Apply").click().run()
    assert not app.exception
    offsets = [int(text) for text in dict(app.query_params)["offsets"].split(",")]
    assert min(offsets) < 80
    assert "Which settings find" not in texts(app)
    assert any(each.value == "2 / 2" for each in app.metric)


def test_what_no_setting_finds_is_said_with_the_nearest(home):
    write_coco(home / "plain", {"a.png": (slab(60, 40), [[5, 5, 20, 20]])})
    app = asked(Setup(AdaptiveThreshold(), top=100), 0, dataset="plain")
    assert "None found in" in texts(app)
    assert not any(each.label == "Apply" for each in app.button)


def test_a_proposer_without_parameters_says_so(home):
    app = asked(Setup(FullImage(), top=100), 0)
    assert "full-image has no parameters of which others could find a missed object." in texts(app)


@pytest.mark.browser
def test_a_missed_object_is_found_by_two_clicks(home):
    from playwright.sync_api import expect

    env = {name: str(home / folder) for name, folder in (("BOXSCOPE_ROOTS", ""), ("BOXSCOPE_CACHE", "cache"))}
    env["PYTHONPATH"] = str(ROOT)
    with streamlit_server(ROOT / "app.py", cwd=home, env=env) as url, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1100})
        page.goto(f"{url}/?proposer=adaptive-threshold&offsets=80")
        row = page.locator("table.objects tr.missed", has=page.get_by_role("button", name="crack 2"))
        expect(row).to_be_visible()
        # Before it is painted, no script hears a click.
        expect(page.locator('.viewer:not([data-painted="0"])')).to_be_visible()
        page.locator("table.objects button[data-search='1']").click()
        picture = page.locator(".viewer .search")
        expect(picture).to_have_text("Which settings find crack 2?")
        page.get_by_role("button", name="Apply").click()
        expect(page.locator("table.objects tr.missed")).to_have_count(0)
        expect(picture).to_be_hidden()
