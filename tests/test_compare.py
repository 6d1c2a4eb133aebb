"""Two setups compared: objects won and lost, differences in words, and the page Compare."""

import re
import shutil

import numpy as np
import pytest
from playwright.sync_api import expect
from streamlit.testing.v1 import AppTest

from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.evaluation.bootstrap import Interval
from core.evaluation.compared_objects import TAKEN, object_results
from core.evaluation.comparison import (
    LOST,
    WON,
    chance_text,
    changed_images,
    changes,
    compare,
    difference_text,
    of_images,
    pair,
)
from core.evaluation.evaluation import ALL, joined
from core.evaluation.one_image import RankedImage
from core.pipeline import Setup
from core.presets import BUILT_IN
from core.proposals.proposer_cache import ProposerCache
from core.proposers import Grid
from pages.ui.server import lists, tables
from pages.ui.state.setups import offered_setups, preset_of, spelled, typed_setup
from tests.browser import PATIENCE, again, chromium, streamlit_server
from tests.drawn import slab
from tests.small import ROOT, Fixed, texts_to_copy, write_coco

MAIN = ROOT / "pages/main.py"
NAMED = {name: setup for name, (setup, _) in BUILT_IN.items()}
LEGIBLE = (ROOT / "tests/legible.js").read_text().partition("\n")[2]

# Two objects that overlap by IoU 2/3, and one apart; a proposer of boxes finds the objects of every image.
LEFT, WIDE, APART = (0.0, 0.0, 40.0, 40.0), (0.0, 0.0, 40.0, 60.0), (60.0, 40.0, 96.0, 72.0)
OBJECTS = {
    "one.png": [LEFT],
    "none.png": [],
    "both.png": [LEFT, APART],
    "near.png": [LEFT, WIDE],
    "apart.png": [APART],
}


def as_coco(box):
    x0, y0, x1, y1 = box
    return [x0, y0, x1 - x0, y1 - y0]


@pytest.fixture
def dataset(tmp_path):
    pictures = {name: (slab(96, 72), map(as_coco, boxes)) for name, boxes in OBJECTS.items()}
    return CocoDataset.open(write_coco(tmp_path / "drawn", pictures))


@pytest.fixture
def cache_of(tmp_path):
    """A cache for each setup: the boxes of `Fixed` are no parameter that would tell them apart."""
    return lambda setup: ProposerCache(tmp_path / f"proposals of {hash(setup)}")


def fixed(*boxes) -> Setup:
    return Setup(Fixed(corners=boxes), order="own")


@pytest.fixture
def evaluated(dataset, cache_of):
    def evaluated(setup, indices=range(5)):
        return joined([RankedImage(cache_of(setup), dataset, index, setup).evaluation() for index in indices])

    return evaluated


def test_objects_won_and_lost_by_hand(evaluated):
    both = pair(evaluated(fixed(LEFT)), evaluated(fixed(APART)))
    # one: LEFT | both: LEFT, APART | near: LEFT, WIDE | apart: APART
    assert changes(both, ALL, 0.5).tolist() == [-1, -1, 1, -1, 0, 1]
    assert changes(both, ALL, 0.5, "best").tolist() == [-1, -1, 1, -1, -1, 1]  # LEFT finds WIDE as well
    figures = compare(both, ALL, 0.5)
    assert (figures.images, figures.objects) == (5, 6)
    assert (figures.won, figures.lost, figures.both, figures.neither) == (2, 3, 0, 1)
    assert figures.found == "A finds 1 more of 6 objects"
    assert figures.recall.value == pytest.approx(-1 / 6)
    assert figures.average_recall.value == pytest.approx(-1 / 6)
    assert not figures.recall.excludes_zero


def test_images_that_differ_come_with_the_most_lost_objects_first(evaluated):
    both = pair(evaluated(fixed(LEFT, WIDE)), evaluated(fixed(APART)))
    every = changed_images(both, ALL, 0.5)
    assert every.indices.tolist() == [3, 2, 0, 4]
    assert (every.lost.tolist(), every.won.tolist()) == ([2, 1, 1, 0], [0, 1, 0, 1])
    assert changed_images(both, ALL, 0.5, which=LOST).indices.tolist() == [3, 2, 0]
    assert changed_images(both, ALL, 0.5, which=WON).indices.tolist() == [2, 4]
    same = pair(both.first, both.first)
    assert not len(changed_images(same, ALL, 0.5).indices)
    assert chance_text(compare(same, ALL, 0.5).recall) == "no difference"


def test_a_budget_counts_the_first_proposals_of_each_setup(evaluated):
    both = pair(evaluated(fixed(LEFT, APART)), evaluated(fixed(APART, LEFT)))
    assert not changes(both, ALL, 0.5).any()
    assert changes(both, 1, 0.5).tolist() == [-1, -1, 1, -1, 0, 1]


def test_setups_are_compared_on_the_images_that_both_have(evaluated):
    some, others = evaluated(fixed(LEFT), [0, 2, 3]), evaluated(fixed(APART, LEFT), [1, 2, 3, 4])
    both = pair(some, others)
    for part, whole in ((both.first, fixed(LEFT)), (both.second, fixed(APART, LEFT))):
        expected = evaluated(whole, [2, 3])
        for name in ("indices", "sizes", "proposals", "objects", "image", "row", "boxes", "area", "ranks"):
            assert np.array_equal(getattr(part, name), getattr(expected, name)), name
        assert np.array_equal(part.one_to_one, expected.one_to_one)
        for budget in (1, 2, ALL):
            for made, wanted in zip(part.records.best(budget), expected.records.best(budget), strict=True):
                assert np.array_equal(made, wanted)
    assert not len(of_images(some, np.zeros(0, np.int64)).image)


def test_differences_in_words():
    assert difference_text(Interval(0.0312, -0.01, 0.07)) == "+0.031 (−0.010 to +0.070)"
    assert difference_text(Interval(-0.0001, -0.2, 0)) == "0.000 (−0.200 to 0.000)"
    assert chance_text(Interval(0.03, -0.01, 0.07)) == "cannot be told from chance"
    assert chance_text(Interval(0.03, 0.01, 0.07)) == "can be told from chance"
    assert chance_text(Interval(*[float("nan")] * 3)) == "there is nothing to measure"


def test_what_a_setup_does_with_the_objects_of_an_image(dataset, cache_of):
    def results(index, budget, *boxes):
        setup = fixed(*boxes)
        return object_results(cache_of(setup), dataset, index, setup, 0.5, budget)

    left, wide = results(3, ALL, APART, LEFT)
    assert (left.overlap, left.rank, left.is_found, left.reason) == (1, 1, True, "")
    assert (wide.overlap, wide.rank, wide.is_found) == (pytest.approx(2 / 3), 1, False)
    assert wide.reason == TAKEN  # LEFT finds the other one
    (ranked_out,), (nothing,) = results(0, 1, APART, LEFT), results(0, 1, APART)
    assert (ranked_out.reason, ranked_out.rank) == ("ranked out", -1)
    assert nothing.reason == "nothing there"


def test_setups_are_typed_as_links_spell_them_or_by_a_preset():
    present = Setup()
    assert (
        typed_setup("grid nms=0.8", present, NAMED)
        == typed_setup("proposer=grid nms=0.8", present, NAMED)
        == Setup(Grid(), nms=0.8)
    )
    assert typed_setup("nms=0.8", Setup(Grid(levels=2), nms=0.5), NAMED) == Setup(Grid(levels=2), nms=0.8)
    article = typed_setup(" article ", present, NAMED)
    assert preset_of(article, NAMED) == "article"
    assert article in offered_setups(present, NAMED).values()
    assert not preset_of(Setup(Grid()), NAMED)
    for wrong in ("nothing", "proposer=grid levels=a", "grid nms"):
        with pytest.raises(BoxscopeError):
            typed_setup(wrong, present, NAMED)


def test_a_list_of_images_is_served_under_an_address_of_what_it_holds(dataset):
    indices, numbers = np.array([3, 0]), np.array([1, 2])
    address = lists.address(dataset, indices, numbers)
    assert address == lists.address(dataset, indices.copy(), numbers.copy())
    assert address != lists.address(dataset, indices[::-1], numbers)
    listed = lists.find(re.search(r"/([\w-]+)\?", address)[1])
    ids = dataset.image_ids[indices]
    assert tables.image_list(dataset, *listed).endswith(ids.tobytes() + numbers.astype(float).tobytes())
    with pytest.raises(BoxscopeError, match="the page makes it again"):
        lists.find("1-0")


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
    app.switch_page("compare.py")
    for _ in again():
        app.run()
        assert not app.exception
        if "<progress" not in text(app):
            return app
    raise TimeoutError("measuring does not end")


def text(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def test_the_page_says_how_two_setups_differ_and_lists_where(home):
    app = opened(proposer="full-image", against="proposer=grid levels=3")
    assert re.search(r"B finds \d+ more of \d+ objects", text(app))
    assert "can be told from chance" in text(app)
    assert "won" in text(app)
    # B in its order, and in the one by area; A is one box.
    assert re.search(r"the proposer&#x27;s order: AR@100 0\.\d+ · area, largest first: 0\.\d+", text(app))
    assert (
        "--setup 'proposer=grid levels=3 order=own' --setup 'proposer=full-image order=own'"
        in texts_to_copy(app)[0]
    )
    assert app.query_params["against"] == "proposer=grid levels=3"
    assert app.query_params["image"]
    app.segmented_control(key="listed").set_value("won").run()
    assert re.search(r"<span>1 of \d+</span>", text(app))
    app.segmented_control(key="listed").set_value("lost").run()
    assert "No image measured so far is in this list" in " ".join(each.value for each in app.caption)


def test_b_is_a_preset_at_first_and_then_what_is_chosen(home):
    app = opened(proposer="adaptive-threshold")
    assert app.selectbox(key="against").value == spelled(typed_setup("article", Setup(), NAMED))
    app.selectbox(key="against").set_value("proposer=grid").run()
    assert app.query_params["against"] == "proposer=grid"
    app.selectbox(key="against").set_value("proposer=adaptive-threshold").run()
    assert "the same setup" in app.info[0].value


@pytest.mark.browser
def test_two_pictures_have_one_zoom_and_one_image(tmp_path):
    pictures = {f"{number}.png": (slab(96, 72), [[0, 0, 96, 72], [0, 0, 30, 24]]) for number in range(3)}
    write_coco(tmp_path / "sample", pictures)
    env = {
        "BOXSCOPE_ROOTS": str(tmp_path),
        "BOXSCOPE_CACHE": str(tmp_path / "cache"),
        "PYTHONPATH": str(ROOT),
    }
    with streamlit_server(ROOT / "app.py", cwd=tmp_path, env=env) as url, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1100})
        page.goto(f"{url}/compare?proposer=full-image&against=proposer%3Dgrid")
        viewers = page.locator(".viewer")
        for image in (1, 2):
            for viewer in (viewers.nth(0), viewers.nth(1)):
                expect(viewer).to_have_attribute("data-image", str(image))
                expect(viewer).not_to_have_attribute("data-painted", "0")
            if image == 1:
                viewers.nth(1).locator("canvas").press("ArrowRight")  # B has no queue: A leads it
        expect(page).to_have_url(re.compile("image=2"))
        expect(page.locator(".image-name")).to_contain_text("2 of 3")
        expect(page.locator(".frame .count")).to_have_text(["1 won"] * 3)
        zooms = page.locator(".viewer .zoom")
        before = zooms.nth(0).inner_text()
        for number in (0, 1):
            viewers.nth(number).locator("canvas").press("+")
            expect(zooms.nth(0)).not_to_have_text(before)
            before = zooms.nth(0).inner_text()
            expect(zooms.nth(1)).to_have_text(before)
        expect(page).to_have_url(re.compile("shown=zoom"))
        expect(page.locator(":root.image-behind, :root.setup-behind")).to_have_count(0)
        assert page.evaluate(LEGIBLE) == []
        page.locator("table.compared tr[data-object='1']").hover()
        expect(viewers.nth(0)).to_have_attribute("data-highlight", "0")
        expect(viewers.nth(1)).not_to_have_attribute("data-highlight", "")
        box = page.get_by_role("combobox", name=re.compile("^B:"))
        for typed, errors in (("gird", 1), ("full-image min_side=2", 0)):
            box.click()
            box.press_sequentially(typed)
            box.press("Enter")
            expect(page.get_by_test_id("stAlert").filter(has_text="gird")).to_have_count(errors)
        expect(page).to_have_url(re.compile("against=proposer%3Dfull-image.min_side%3D2"))
