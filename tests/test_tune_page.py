"""The page Tune: a search that is started, watched, looked into and applied."""

import json
import os
import re
import shutil

import pytest
from playwright.sync_api import expect
from streamlit.testing.v1 import AppTest

from core import cli
from core.datasets import CocoDataset
from core.pipeline import Setup
from core.tuning.folder import TuneFolder
from core.tuning.watching import Watched, searches, setup_of
from pages.ui.jobs.searches import parent
from tests.browser import PATIENCE, chromium, streamlit_server
from tests.small import ROOT, texts_to_copy

TRIALS = 24
FIXED = ("min_area=20", "more_kernels=", "percentiles=", "window=0")


@pytest.fixture
def home(home, sample):
    """A folder to start the app in, with a sample set."""
    shutil.copytree(sample, home / "sample")
    return home


def searched(home, trials=TRIALS):
    """Search where pages look for searches, and return the search."""
    split = [str(home / "sample" / name / "annotations.json") for name in ("train", "valid")]
    out = parent() / "one"
    words = ["tune", split[0], "--valid", split[1], "--proposer", "adaptive-threshold", "--out", str(out)]
    words += [word for text in FIXED for word in ("--param", text)]
    assert cli.main([*words, "--trials", str(trials), "--workers", "1", "--json"]) == 0
    return Watched.of(TuneFolder(out))


def opened(**link: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "pages/main.py"), default_timeout=PATIENCE / 1000)
    for name, text in link.items():
        app.query_params[name] = text
    app.run()
    app.switch_page("tune.py").run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    return " ".join(each.value for each in [*app.caption, *app.markdown, *app.error])


def test_before_any_search_the_page_says_what_it_would_search(home):
    app = opened()
    assert "No search of this split yet." in texts(app)
    (command,) = texts_to_copy(app)
    assert "tune sample/train/annotations.json --valid sample/valid/annotations.json" in command
    assert "--search" not in command
    app.checkbox(key="tune.adaptive-threshold.nms").uncheck().run()
    app.slider(key="tune.adaptive-threshold.min_side min_side").set_value((0, 30)).run()
    assert not app.exception
    assert "as in the sidebar" in texts(app)
    (command,) = texts_to_copy(app)
    assert "--nms 1.0 --search min_side=0..30" in command


def test_a_trial_is_looked_at_and_applied(home, capsys):
    search = searched(home)
    best, other = search.best, search.front[-1]
    assert best.number != other.number
    app = opened()
    assert f"**Trial {best.number}** · the highest recall" in texts(app)
    app.session_state["trial"] = str(other.number)
    app.run()
    assert f"**Trial {other.number}** · on the front" in texts(app)
    next(each for each in app.button if each.label == "Apply").click().run()
    assert not app.exception
    assert app.session_state["setups"]  # the one before is kept in the comparison
    link = dict(app.query_params)
    taken = Setup.parse({name: link[name] for name in link if name in setup_of(other).spell()})
    assert taken.proposer == setup_of(other).proposer
    assert taken.ranked_by == setup_of(other).ranked_by
    assert "It is the setup of all pages" in texts(app)


def test_a_search_as_its_folder_shows_it(home, capsys):
    search = searched(home)
    dataset = CocoDataset.open(home / "sample/train/annotations.json")
    assert [each.folder for each in searches([parent()], dataset)] == [search.folder]
    valid = CocoDataset.open(home / "sample/valid/annotations.json")
    assert searches([parent()], valid) == []
    assert "fingerprint" not in vars(valid)  # told by the names of its images: no file was read for it
    report = search.folder.report()
    assert [trial.number for trial in search.front] == [row["trial"] for row in report["front"]]
    worst = search.worst_images(search.best)
    assert [each.recall for each in worst] == sorted(each.recall for each in worst)
    objects = sum(each.objects for each in worst)
    mean = sum(each.recall * each.objects for each in worst) / objects
    assert mean == pytest.approx(search.best.recall(100))
    shares = search.importances()
    assert sum(shares.values()) == pytest.approx(1)
    assert list(shares.values()) == sorted(shares.values(), reverse=True)
    (search.folder.path / "trials.jsonl").write_text("{}\n")
    assert searches([parent()], dataset) == []


@pytest.mark.slow
@pytest.mark.browser
def test_a_search_is_started_and_its_front_grows_and_a_click_and_apply_show_the_boxes(home):
    env = {name: os.environ[name] for name in ("BOXSCOPE_ROOTS", "BOXSCOPE_STATE")}
    with streamlit_server(ROOT / "app.py", cwd=home, env=env) as url, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1300})
        page.goto(f"{url}/tune?dataset={home / 'sample'}&proposer=adaptive-threshold&minutes=30")
        page.get_by_role("button", name="Start").click()
        marks = page.locator(".st-key-tune-front .scatterlayer .point")
        expect(marks.first).to_be_attached()
        first = marks.count()
        page.wait_for_function(
            "before => document.querySelectorAll('.st-key-tune-front .scatterlayer .point').length > before",
            arg=first,
            timeout=PATIENCE,
        )
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("Ended before its time")).to_be_visible()
        (folder,) = parent().glob("*/tune.json")
        search = Watched.of(TuneFolder(folder.parent))
        wanted = search.front[-1]
        assert wanted.number != search.best.number
        front = page.locator(".st-key-tune-front .scatterlayer .trace").nth(1).locator(".point")
        expect(front).to_have_count(len(search.front))
        box = front.first.bounding_box()
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        expect(page.get_by_text(f"Trial {wanted.number} · on the front")).to_be_visible()
        page.get_by_role("button", name="Apply").click()
        expect(page.get_by_text("It is the setup of all pages")).to_be_visible()
        page.get_by_role("link", name="Explore").click()
        offsets = setup_of(wanted).spell()["offsets"].replace(",", "(,|%2C)")
        expect(page).to_have_url(re.compile(rf"/\?.*offsets={offsets}(&|$)"))
        expect(page.locator(".viewer")).not_to_have_attribute("data-painted", "0")
    assert json.loads((folder.parent / "tune.json").read_text())["about"]["proposer"] == "adaptive-threshold"
