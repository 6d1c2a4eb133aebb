"""The benchmark of the viewer on tiny sets: that it measures what it says, never how long it took."""

import sys
from contextlib import contextmanager

import pytest

from bench import chromium
from bench import viewer as bench
from bench.timing import spread
from core.cli import main


@contextmanager
def page_again(app, view, path="", ready=chromium.PAINTED):
    """Open a view in the page of the view before: what the browser keeps is not looked at, and costs half."""
    if not hasattr(app, "shared_page"):
        app.shared_page = chromium.Page(app.browser.new_page(viewport=chromium.SIZE))
    app.shared_page.open(f"{app.base}/{path}?{view}", ready)
    yield app.shared_page


@pytest.mark.browser
@pytest.mark.slow
def test_every_figure_is_measured(monkeypatch):
    monkeypatch.setattr(bench, "SETS", {"tiny": (120, 80, 16)})
    monkeypatch.setattr(bench, "LARGE", {"tiny, TIFF": (".tif", bench.FEW)})
    monkeypatch.setattr(bench, "LARGE_SIZE", (120, 80))
    monkeypatch.setattr(bench, "LEAPS", 1)
    monkeypatch.setattr(bench, "MANY", "proposer=grid&levels=4&overlap=0.6&top=1000")
    monkeypatch.setattr(bench, "SETTLING", 1)
    monkeypatch.setattr(chromium, "REST", 0.1)
    monkeypatch.setattr(chromium.App, "page", page_again)
    result = bench.run(repeats=1, changes=3, requests=12)
    for row in result["rows"]:
        assert (
            row["ms"] is None if row["what"] == "drag to boxes, new" and row["ms"] is None else row["ms"] > 0
        )
        assert row["empty rerun"] > 0
    assert {(row["set"], row["what"]) for row in result["rows"]} >= {
        ("tiny", "parameter to boxes"),
        ("tiny", "next image"),
        ("tiny", "filter, a frame of 2,000 boxes"),
        ("Evaluate", "number of proposals to the last chart"),
        ("tiny, TIFF", "image opened, not fetched ahead"),
        ("20,000 boxes", "filter, a frame of 1,000 boxes"),
    }
    assert result["ten_presses"]["moved"] == 10
    assert len(result["browser_mb"]["resident"]) == len(result["browser_mb"]["heap"]) == 11
    assert len(result["server_mb"]["resident"]) == 13
    assert result["server_mb"]["addresses"] > 12
    assert "first paint" in bench.text(result)


def test_without_playwright_one_line_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    assert main(["bench", "viewer"]) == 2
    assert "needs Playwright: pip install -r requirements-dev.txt" in capsys.readouterr().err


def test_a_spread_is_the_median_and_the_slowest():
    assert spread([3, 1, 9]) == {"median": 3, "slowest": 9}
