"""The page Evaluate: what is measured in the background, what filters its images, and the way to Explore."""

import re
import shutil

import numpy as np
import pytest
from playwright.sync_api import expect
from streamlit.testing.v1 import AppTest

from core.datasets import make_sample
from core.datasets.spread import spread_order
from core.errors import BoxscopeError
from core.evaluation import one_image
from core.evaluation.evaluation import ALL, BUDGETS, joined
from core.evaluation.failures import ObjectFilter, shown_images, with_best_boxes, worst_images
from core.evaluation.misses import UNKNOWN
from core.evaluation.set_survey import EvaluationSurvey, ReasonSurvey, SetupResults, in_spread_order
from core.evaluation.slices import Slice
from core.evaluation.summary import (
    above,
    budgets_to,
    overlap_histogram,
    overlap_histograms,
    recalls_by_budget,
    recalls_by_iou,
    slice_figures,
    summary,
)
from core.executors.background import Survey
from core.pipeline import Setup
from core.proposals.proposer_cache import ProposerCache
from core.proposers import FullImage, Grid
from pages.ui.state import evaluations
from pages.ui.state.kept import SetupTexts
from pages.ui.state.setups import setup_of, spelled
from tests.browser import PATIENCE, again, chromium, streamlit_server
from tests.small import GRID, ROOT, Fixed, small_set, texts_to_copy

MAIN = ROOT / "pages/main.py"
LEGIBLE = (ROOT / "tests/legible.js").read_text().partition("\n")[2]
FULL = Setup(FullImage())


def test_the_first_positions_of_a_spread_order_are_spread():
    for count in (0, 1, 2, 7, 100):
        assert sorted(spread_order(count)) == list(range(count))
    for first in (1, 2, 4, 8, 16):
        assert sorted(spread_order(64)[:first] * first // 64) == list(range(first))  # one in each part


def test_a_spread_order_by_hand():
    assert spread_order(8).tolist() == [0, 4, 2, 6, 1, 5, 3, 7]
    assert spread_order(5).tolist() == [0, 4, 2, 1, 3]


@pytest.fixture
def dataset(tmp_path):
    return small_set(tmp_path, 10)  # 4 and 9 have no objects, 6 is a crowd


@pytest.fixture
def cache(tmp_path):
    return ProposerCache(tmp_path / "proposals")


def test_a_survey_measures_all_images_under_all_setups_and_none_twice(dataset, cache, monkeypatch):
    grid, full = SetupResults(), SetupResults()
    indices = in_spread_order(dataset, 100)
    survey = EvaluationSurvey(cache, dataset, [(GRID, grid), (FULL, full)], threads=3)
    assert grid.joined(indices) is None
    assert survey.measure(indices, seconds=60) == len(indices) == 10
    by_hand = joined([one_image.RankedImage(cache, dataset, index, GRID).evaluation() for index in range(10)])
    measured = grid.joined(indices)
    np.testing.assert_array_equal(measured.indices, np.arange(10))
    np.testing.assert_array_equal(measured.ranks, by_hand.ranks)
    np.testing.assert_array_equal(full.joined(indices).proposals, np.ones(10))
    assert grid.joined(indices) is measured
    # Another comparison of the same setups finds all done.
    monkeypatch.setattr("core.evaluation.set_survey.RankedImage", None)
    again = EvaluationSurvey(cache, dataset, [(FULL, full), (GRID, grid)], threads=1)
    assert again.done(indices) == 10


def test_no_two_threads_of_a_survey_work_on_the_same_image():
    made = []
    survey = Survey(lambda index: made.append(index), threads=4)
    assert survey.measure(np.arange(50), seconds=60) == 50
    assert sorted(made) == list(range(50))


def test_what_is_done_so_far_is_known_and_failures_are_counted(dataset, cache):
    dataset.path(3).unlink()
    results, indices = SetupResults(), np.arange(5)
    survey = EvaluationSurvey(cache, dataset, [(GRID, results)], threads=1)
    survey.measure(indices[:2], seconds=60)
    assert (results.done(indices), results.joined(indices).indices.tolist()) == (2, [0, 1])
    survey.measure(indices, seconds=60)
    assert (results.done(indices), results.failed(indices)) == (5, 1)
    assert results.joined(indices).indices.tolist() == [0, 1, 2, 4]


def test_reasons_stand_beside_the_objects_of_an_evaluation(dataset, cache):
    evaluation = joined([one_image.RankedImage(cache, dataset, index, FULL).evaluation() for index in (2, 5)])
    survey = ReasonSurvey(cache, dataset, FULL, 0.5, ALL, threads=1)
    assert survey.of_objects(evaluation) == [None] * 4
    survey.measure(np.array([5]), seconds=60)
    reasons = survey.of_objects(evaluation)
    assert reasons[:2] == [None, None]
    assert reasons[2:] == one_image.image_reasons(cache, dataset, 5, FULL, 0.5, ALL)
    assert "swallowed" in reasons
    assert survey.counts(np.array([2, 5]))["swallowed"] == reasons.count("swallowed")
    dataset.path(2).unlink()
    survey.measure(np.array([2]), seconds=60)
    assert survey.of_objects(evaluation)[:2] == [UNKNOWN] * 2


@pytest.fixture
def three(dataset, cache):
    """Three images of two objects each under one box, which is the first object of the second image."""
    box = tuple(dataset.truth(1).boxes[0].tolist())
    setup = Setup(Fixed(corners=(box,)), order="own")
    images = [one_image.RankedImage(cache, dataset, index, setup) for index in range(3)]
    return setup, joined([image.evaluation() for image in images])


def test_images_are_listed_worst_first_by_the_objects_that_fit(three):
    _, evaluation = three
    overlap = evaluation.overlap(ALL)
    assert overlap[2] == 1
    every = ObjectFilter().mask(evaluation, ALL)
    means = overlap.reshape(3, 2).mean(axis=1)
    assert worst_images(evaluation, ALL, every).tolist() == np.argsort(means, kind="stable").tolist()
    found = ObjectFilter(bins=(19, 19)).mask(evaluation, ALL)
    assert worst_images(evaluation, ALL, found).tolist() == [1]
    last = Slice("size", "last", np.arange(6) == 5)
    assert worst_images(evaluation, ALL, ObjectFilter([last]).mask(evaluation, ALL)).tolist() == [2]
    reasons = ["", None, "", "shifted", "", ""]
    shifted = ObjectFilter(reason="shifted").mask(evaluation, ALL, reasons)
    assert worst_images(evaluation, ALL, shifted).tolist() == [1]
    assert not ObjectFilter([last], (19, 19)).mask(evaluation, ALL).any()


def test_an_image_is_shown_with_its_objects_and_their_best_proposals(three, dataset, cache):
    setup, evaluation = three
    every = ObjectFilter().mask(evaluation, ALL)
    (image,) = shown_images(evaluation, [1], ALL, 0.5, "coco", every)
    assert (image.index, [each.is_found for each in image.objects], image.missed) == (1, [True, False], 1)
    best = with_best_boxes(image, cache, dataset, setup).objects[0]
    width, height = dataset.size(1)
    x0, y0, x1, y1 = dataset.truth(1).boxes[0].tolist()
    assert best.box == best.best == pytest.approx((x0 / width, y0 / height, x1 / width, y1 / height))


def test_bins_of_best_overlap_hold_their_lower_end(three, dataset, cache):
    setup, evaluation = three
    counts = overlap_histogram(evaluation, ALL)
    assert (counts.sum(), counts[19]) == (6, 1)
    assert overlap_histograms(evaluation)[BUDGETS.index(ALL)].tolist() == counts.tolist()
    perfect = recalls_by_iou(evaluation, "coco")[:, -1]  # at IoU 1 the box finds its own object alone
    assert perfect.tolist() == pytest.approx([1 / 6] * len(BUDGETS))
    assert above(evaluation, evaluation, ALL, "coco") == (0, 0, 0)
    fewer = one_image.RankedImage(cache, dataset, 0, setup).evaluation()
    assert above(evaluation, fewer, ALL, "coco") is None
    curve = recalls_by_budget(evaluation, [1, 10], None, "coco")
    assert curve.tolist() == pytest.approx([1 / 6] * 2)  # one of six
    classes = [each for each in slice_figures(evaluation, [], ALL, 0.5, "coco") if each.part.kind == "class"]
    mean = np.mean([each.best_overlap for each in classes])
    assert summary(evaluation, ALL, 0.5, "coco").mean_best_overlap.value == pytest.approx(mean)
    assert budgets_to(10) == [1, 2, 3, 5, 7, 10]
    assert budgets_to(11)[-1] == 15
    assert budgets_to(10**6)[-1] == 10_000


def test_setups_are_spelled_as_text():
    field, setups = SetupTexts(), ["proposer=grid nms=0.8", "proposer=full-image"]
    assert field.parse("setups", {"setups": "; ".join([*setups, setups[0]])}) == tuple(setups)
    assert setup_of(setups[0]) == Setup(Grid(), nms=0.8)
    assert spelled(Setup(Grid(), nms=0.8, top=7)) == setups[0]
    for wrong in ("proposer=none", "grid", ";".join(f"proposer=grid nms=0.{n}" for n in range(10, 99, 10))):
        with pytest.raises(BoxscopeError):
            field.parse("setups", {"setups": wrong})


# ---- the page


@pytest.fixture
def home(home, sample):
    """A folder to start the app in, with a sample set."""
    shutil.copytree(sample, home / "sample")
    return home


def opened(**link: str) -> AppTest:
    """Open the page and wait until all images are measured."""
    app = AppTest.from_file(str(MAIN), default_timeout=PATIENCE / 1000)
    for name, value in link.items():
        app.query_params[name] = value
    app.run()
    app.switch_page("evaluate.py")
    return settled(app)


def settled(app: AppTest) -> AppTest:
    for _ in again():
        app.run()
        assert not app.exception
        if "<progress" not in text(app):
            return app
    raise TimeoutError("measuring does not end")


def text(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def names(app: AppTest) -> list[str]:
    table = text(app).partition('<div class="evaluation">')[2]
    return re.findall(r"<b>([^<]+)</b>", table.partition("</table>")[0])


def test_the_page_compares_the_present_setup_with_kept_ones_and_the_baselines(home):
    app = opened(proposer="grid", levels="2", setups="proposer=grid nms=0.8", budget="10")
    assert names(app) == ["grid levels=2", "grid nms=0.8", "grid", "full-image"]
    assert "the proposer&#x27;s order" in text(app)
    assert "--setup 'proposer=grid order=own nms=0.8'" in texts_to_copy(app)[0]
    next(found for found in app.button if found.help.startswith("Remove grid nms")).click().run()
    assert names(settled(app)) == ["grid levels=2", "grid", "full-image"]
    next(found for found in app.button if found.label.startswith("Keep")).click().run()
    assert app.query_params["setups"] == "proposer=grid levels=2"


def test_slices_bins_and_reasons_filter_the_images(home):
    link = {"proposer": "full-image", "budget": "all", "fails": "reasons"}
    app = opened(**link)
    every = len(re.findall("data-image", text(app)))
    reasons = opened(**link, missed_as="swallowed")
    assert "swallowed" in [found.label for found in reasons.button]
    assert 0 < len(re.findall("data-image", text(reasons))) <= every
    none = opened(**link, in_bins="19-19")
    assert "No object measured so far is among all of these." in [found.value for found in none.info]
    next(found for found in none.button if found.label.startswith("IoU")).click().run()
    assert len(re.findall("data-image", text(none))) == every


def test_of_a_large_set_some_images_are_measured_and_the_rest_on_request(home, monkeypatch):
    monkeypatch.setattr(evaluations, "AT_ONCE", 3)
    app = opened(proposer="full-image")
    assert re.search("3 images measured, spread over [0-9]+", text(app))
    next(found for found in app.button if found.label.startswith("Measure ")).click().run()
    assert not re.search("spread over", text(settled(app)))


def test_the_table_says_what_the_other_order_gives(home):
    assert "area, largest first: AR@100" in text(opened(proposer="grid"))
    assert "the proposer&#x27;s order: AR@100" in text(opened(proposer="grid", order="area"))


def test_a_link_of_wrong_setups_is_said_and_opens_the_page(home):
    app = opened(setups="proposer=gird")
    assert "full-image" in names(app)


def _rows_and_lists_choose(page) -> None:
    """A row of the table chooses whose images are listed, and lists beside the bars choose as the bars do."""
    row = page.locator(".evaluation tr", has_text=re.compile("^grid"))
    row.locator("td").nth(2).click()
    expect(page).to_have_url(re.compile("fails_of=proposer%3Dgrid"))
    expect(row).to_have_attribute("aria-current", "true")
    page.locator(".evaluation tr button").first.focus()
    page.keyboard.press("Enter")
    expect(page).not_to_have_url(re.compile("fails_of"))
    page.get_by_text("Slices", exact=True).click()
    page.get_by_role("combobox", name="Objects of a slice").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("in_slice=size"))
    page.get_by_role("button", name=re.compile("size: ")).click()
    expect(page).not_to_have_url(re.compile("in_slice"))


def _charts_follow_the_number_of_proposals(page) -> None:
    """Charts change while the slider is moved; Python has the number on release, and by keys."""
    slider = page.get_by_role("slider", name="Proposals an image")
    title = page.locator(".st-key-evaluate-by_iou .ytitle")
    slider.evaluate("input => { input.value = input.max; input.dispatchEvent(new Event('input')); }")
    expect(title).to_have_text("recall by all proposals")
    expect(page).not_to_have_url(re.compile("budget="))
    slider.focus()
    page.keyboard.press("Home")
    expect(title).to_have_text("recall by the first 1 proposals")
    expect(page).to_have_url(re.compile("budget=1$|budget=1&"))
    expect(page.locator(".evaluation th", has_text="ABO")).to_have_text("ABO @1")
    expect(slider).to_have_attribute("aria-valuetext", "1")


@pytest.mark.slow
@pytest.mark.browser
def test_a_bar_filters_the_images_and_one_opens_in_explore(tmp_path):
    make_sample(tmp_path / "sample", images=8, width=320, height=240)
    env = {
        "BOXSCOPE_ROOTS": str(tmp_path),
        "BOXSCOPE_CACHE": str(tmp_path / "cache"),
        "PYTHONPATH": str(ROOT),
    }
    with streamlit_server(ROOT / "app.py", cwd=tmp_path, env=env) as url, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1400})
        page.goto(f"{url}/evaluate?proposer=full-image&recall_iou=0.1")
        expect(page.locator("p.progress")).to_contain_text(re.compile(r"sample\s+6 images measured"))
        expect(page.locator('.stApp[data-test-script-state="notRunning"]')).to_be_attached()
        bars = page.locator(".st-key-evaluate-overlaps .bars .point path")
        expect(bars.first).to_be_attached()
        page.evaluate("() => (document.querySelector('.st-key-evaluate-overlaps svg').isFirst = true)")
        pictures = page.locator(".failures a")
        every = pictures.count()
        first = bars.first.bounding_box()
        page.mouse.click(first["x"] + first["width"] / 2, first["y"] + first["height"] / 2)
        chip = page.get_by_role("button", name=re.compile("^close IoU|^IoU"))
        expect(chip).to_have_count(1)
        expect(page).to_have_url(re.compile("in_bins=0-0"))
        expect(bars.nth(1)).to_have_css("opacity", "0.35")
        assert page.evaluate("() => document.querySelector('.st-key-evaluate-overlaps svg').isFirst")
        assert 0 < pictures.count() <= every
        page.wait_for_timeout(1500)  # a chart that is drawn again must not clear what was chosen
        expect(chip).to_have_count(1)
        assert page.evaluate(LEGIBLE) == []
        _rows_and_lists_choose(page)
        chip.click()
        expect(chip).to_have_count(0)
        _charts_follow_the_number_of_proposals(page)
        image = pictures.first.get_attribute("data-image")
        pictures.first.click()
        expect(page).to_have_url(re.compile(rf"/\?.*image={image}\b"))
        expect(page).to_have_url(re.compile("proposer=full-image"))
        expect(page.locator('.viewer:not([data-painted="0"])')).to_be_visible()
