"""From a results file to an export of hard negatives: the least score, the worst false positive, its crop."""

import re
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import expect

from core.export import ExportFolder
from tests.browser import again, chromium, clean_page, streamlit_server
from tests.drawn import slab
from tests.small import write_coco

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[1]
# Pictures of 96 x 72 with an object at the left; the file has (left, score) of boxes as large.
BOXES = {1: [(0, 0.9), (50, 0.4)], 2: [(2, 0.8), (52, 0.85), (40, 0.6)], 3: [(4, 0.3)]}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("scores")
    write_coco(home / "sample", {f"{n}.png": (slab(96, 72), [[0, 0, 40, 40]]) for n in BOXES})
    rows = [(n, left, score) for n, boxes in BOXES.items() for left, score in boxes]
    np.savez(
        home / "boxes.npz",
        file_name=[f"{n}.png" for n, *_ in rows],
        boxes=[[left, 0, left + 40, 40] for _, left, _ in rows],
        scores=[score for *_, score in rows],
    )
    return home


@pytest.fixture(scope="module")
def opened(home):
    env = {"BOXSCOPE_ROOTS": str(home), "BOXSCOPE_CACHE": str(home / "cache"), "PYTHONPATH": str(ROOT)}
    with (
        streamlit_server(ROOT / "app.py", cwd=home, env=env) as url,
        chromium() as browser,
        clean_page(browser, viewport={"width": 1400, "height": 900}) as page,
    ):
        yield lambda link: page.goto(f"{url}/{link}") and page


def shows(page, **facts):
    """Wait until the viewer says so of its last paint."""
    for name, value in facts.items():
        expect(page.locator(".viewer")).to_have_attribute(f"data-{name}", str(value))


def figures_follow(page, **texts):
    """Wait until the figures are those of what is painted, and have these texts."""
    expect(page.locator("html")).not_to_have_class(re.compile("behind"))
    for name, text in texts.items():
        metric = page.get_by_test_id("stMetric").filter(has_text=name)
        expect(metric.get_by_test_id("stMetricValue")).to_have_text(text)


@pytest.mark.slow
def test_from_a_results_file_to_an_export_of_hard_negatives(opened, home):
    page = opened("?proposer=from-file")
    file = page.get_by_role("textbox", name="Results file")
    file.fill(str(home / "boxes.npz"))
    file.press("Enter")
    shows(page, image=1, boxes=2)
    figures_follow(page, Recall="1 / 1", Proposals="2")
    page.locator(".viewer canvas").press("]")
    expect(page.locator(".card b")).to_have_text("IoU 1.00 · score 0.900 · positive")
    page.get_by_role("button", name="Display").click()
    page.get_by_role("button", name="score", exact=True).click()
    expect(page.locator(".legend")).to_contain_text("score 0")
    page.get_by_role("button", name="Filter boxes").click()
    score = page.get_by_role("slider", name="Score", exact=True)
    score.fill("41")
    shows(page, boxes=1, score=0.41)
    figures_follow(page, Recall="1 / 1", Proposals="1")
    score.fill("95")
    shows(page, boxes=0)
    figures_follow(page, Recall="0 / 1", Proposals="0")  # a box below the least score finds nothing
    expect(page.locator("tr.missed", has_text="#0 finds it, with a score of 0.900")).to_be_visible()
    expect(page.locator("tr.missed .why")).to_have_text("score too low")
    score.fill("41")
    page.wait_for_url(re.compile("display=score_0.41"))
    page.get_by_role("button", name="Close").first.click()

    page.get_by_text("false positives first", exact=True).click()
    shows(page, image=2, index=0)
    expect(page.locator(".frame").first).to_contain_text("2 false")
    page.locator(".viewer canvas").press("f")
    shows(page, image=2, selected=0)
    page.locator(".note", has_text="False positive: score 0.850, best IoU 0.00").wait_for()
    page.locator(".viewer canvas").press("f")
    shows(page, image=2, selected=2)  # rank 1 finds the object
    page.locator(".viewer canvas").press("F")
    shows(page, image=2, selected=0)
    expect(page.locator("table.objects tr[data-rank]:not([data-object])")).to_have_count(2)

    page.get_by_role("link", name="Export hard negatives").click()
    page.wait_for_url(re.compile("export.*negatives=score"))
    page.get_by_role("button", name="Start the export").click()
    manifest = home / "proposals" / "train" / "manifest.parquet"
    assert any(ExportFolder(manifest.parent).state == "done" for _ in again())
    rows = pq.read_table(manifest, columns=["label", "score"]).to_pylist()
    negatives = sorted(row["score"] for row in rows if row["label"] == 0)
    assert negatives == pytest.approx([0.4, 0.6, 0.85])


def test_scores_are_offered_where_there_are_some(opened):
    page = opened("?proposer=grid&image=1")
    shows(page, image=1)
    page.get_by_role("button", name="Display").click()
    expect(page.get_by_role("button", name="score", exact=True)).to_be_hidden()
    page.get_by_role("button", name="Filter boxes").click()
    expect(page.get_by_role("slider", name="Score", exact=True)).to_be_hidden()


def test_recall_and_precision_follow_the_least_score(opened, home):
    page = opened(f"evaluate?proposer=from-file&file={home / 'boxes.npz'}")
    score = page.get_by_role("slider", name="Least score")
    figures = page.locator(".figure b")
    for step, texts in {"41": ["0.667", "0.500", "0.571", "0.67"], "95": ["0.000", "–", "–", "0"]}.items():
        score.fill(step)
        expect(figures).to_have_text(texts)
    page.wait_for_url(re.compile("score=0.95"))
    page.get_by_role("button", name="Best F1").click()
    expect(figures).to_have_text(["1.000", "0.500", "0.667", "1"])  # of equal ones the lowest score
    page.get_by_role("link", name="Look at the false positives").click()
    shows(page, image=2, score=0)
