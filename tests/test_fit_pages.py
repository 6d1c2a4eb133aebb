"""Fitted files on the pages: judged, measured before and after, taken, and in the table of data sets."""

import re
import shutil

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.evaluation.bootstrap import Share
from core.evaluation.transfer import BUDGETS, AverageRecall
from core.files.hashing import sha256
from core.proposals.fitted_files import fitted_file, fitted_files, fitted_to
from core.proposers.fitted import features, file
from core.proposers.fitted.perceptron import Perceptron
from core.proposers.fitted.sources import settings_of
from tests.browser import PATIENCE, again
from tests.small import ROOT

FIGURES = {"fitted": {"10": 0.6, "100": 0.7}, "selective-search": {"10": 0.2, "100": 0.3}}
FIGURES["crack-groups"] = {"10": 0.5, "100": 0.7}


def written(path, annotations, recommended=True, **header):
    """Write a fitted file whose weights are drawn, for some annotations."""
    count, draw = len(features.NAMES), np.random.default_rng(0)
    zeros, ones = np.zeros(count, np.float32), np.ones(count, np.float32)
    shapes = (count, 3), (3,), (3, 2), (2,), (2,), (1,)
    net = Perceptron(*(draw.normal(size=shape).astype(np.float32) for shape in shapes))
    guard = file.Guard(4, FIGURES, recommended, "fitted is no better")
    texts = {"version": file.VERSION, "features": features.VERSION, "sources": settings_of(("crack-groups",))}
    texts |= {
        "annotations_sha256": sha256(annotations),
        "images": 6,
        "objects": 9,
        "candidates": 99,
        "seed": 0,
        "shares": (1.0, 1.0),
        "plain": "crack-groups",
        "plain_parameters": {},
    }
    content = file.Content(file.Header(**texts | header, guard=guard, far=99.0), net, zeros, ones)
    path.write_bytes(file.encoded(content))
    return path


@pytest.fixture
def home(home, sample):
    """A folder to start the app in, with a sample set and an order fitted to its training split."""
    shutil.copytree(sample, home / "sample")
    written(home / "sample/train/annotations.fitted.npz", home / "sample/train/annotations.json")
    return home


def opened(page: str, **link: str) -> AppTest:
    """Open a page with the panels open."""
    app = AppTest.from_file(str(ROOT / "pages/main.py"), default_timeout=PATIENCE / 1000)
    for name, value in {"proposer": "full-image", **link}.items():
        app.query_params[name] = value
    app.run()
    if page:
        app.switch_page(page).run()
    app.session_state["fit.open"] = app.session_state["transfer.open"] = True
    return app.run()


def click(app: AppTest, label: str) -> None:
    next(found for found in app.button if found.label.startswith(label)).click().run()


def table(app: AppTest, holds: str) -> list[list[str]]:
    """Return the rows of the table of figures that holds a text, once all is measured."""
    for _ in again():
        app.run()
        assert not app.exception
        bodies = [element.proto.body for element in app.get("html")]
        found = [body for body in bodies if '<div class="evaluation">' in body and holds in body]
        if found and not app.get("progress"):
            rows = re.findall("<tr>(.*?)</tr>", found[0])
            return [re.findall("<t[dh][^>]*>(.*?)</t[dh]>", row) for row in rows]
    raise TimeoutError("measuring does not end")


@pytest.mark.parametrize("page", ["", "evaluate.py"])
def test_the_panel_measures_before_and_after_on_the_other_split_and_takes_the_order(home, page):
    app = opened(page)
    click(app, "Measure before and after (2 images")
    rows = table(app, "after: fitted")
    assert [re.sub("<[^>]*>", "", row[0]) for row in rows[1:]] == [
        "before: full-image",
        "without a fit: crack-groups",
        "after: fitted",
    ]
    assert all(
        re.match(r"[+-]0\.\d{3}<small>[+-]0\.\d{3} to ", cell) for row in rows[1:3] for cell in row[3:]
    )
    click(app, "Use it")
    assert app.selectbox(key="proposer").value == "fitted"
    assert "It is the setup of all pages." in [found.value for found in app.caption]
    assert app.query_params["setups"] == "proposer=full-image"


def test_a_comparison_opens_evaluate_on_the_other_split_with_both_setups(home):
    app = opened("evaluate.py")
    click(app, "Measure before and after")
    table(app, "after: fitted")
    click(app, "Compare it on valid")
    assert app.query_params["split"] == "valid"
    assert app.query_params["setups"].startswith("proposer=full-image;proposer=fitted model=")


def test_a_file_that_its_fit_does_not_recommend_is_used_only_as_said(home):
    annotations = home / "sample/train/annotations.json"
    written(annotations.with_name("annotations.fitted.npz"), annotations, recommended=False)
    app = opened("")
    assert "Not recommended: fitted is no better." in [found.value for found in app.warning]
    click(app, "Use it all the same")
    assert app.query_params["advice"] == "ignore"


def test_fitted_files_stand_beside_the_orders_without_a_fit(home):
    written(home / "sample/old.npz", home / "sample/valid/annotations.json", version=0)
    app = opened("evaluate.py", split="valid")
    app.multiselect[0].select("sample: train").run()
    click(app, "Measure (6 evaluations")
    rows = table(app, "fitted to 6 images of sample: train")
    assert rows[0][1:] == ["sample: valid", "sample: train"]
    named = {re.findall("<b>(.*?)</b>", row[0])[0]: row[1:] for row in rows[2:]}
    assert list(named) == [
        "sample/old.npz",
        "sample/train/annotations.fitted.npz",
        "selective-search",
        "crack-groups",
    ]
    assert named["sample/old.npz"] == [""] * 4
    assert "fit it again" in str(rows)
    fitted = named["sample/train/annotations.fitted.npz"]
    assert ["fitted to it" in cell for cell in fitted] == [False, False, True, True]
    assert all(re.match(r"\d\.\d{3}<small>", cell) for cell in named["crack-groups"])


def test_files_are_found_in_folders_and_told_by_the_bytes_of_their_annotations(home):
    train, valid = (home / f"sample/{split}/annotations.json" for split in ("train", "valid"))
    (home / "sample/train/other.npz").write_bytes(b"no archive")
    (found,) = fitted_files([train.parent, home / "none", train.parent])
    assert (found.path, found.reason) == (train.parent / "annotations.fitted.npz", "")
    names = {"gone": home / "gone.json", "valid": valid, "train": train}
    assert fitted_to(found.header, names) == "train"
    assert fitted_to(found.header, {"valid": valid}) == ""
    assert "no file of `fit proposer`" in fitted_file(train).reason


def test_average_recall_is_compared_on_the_same_images_alone():
    def recall(parts, first=0):
        shares = {budget: [Share(np.array(parts, float), np.ones(3))] for budget in BUDGETS}
        return AverageRecall(np.arange(first, first + 3), shares)

    high, low = recall([1.0, 0.5, 0.6]), recall([0.5, 0.0, 0.1])
    assert high.total == pytest.approx(1.4)
    assert high.above(low, 10) == pytest.approx((0.5, 0.5, 0.5))
    assert high.above(recall([0.5, 0.0, 0.1], first=1), 10) is None
