"""The dry run counts what the export writes."""

import time

import pytest

from core.datasets import CocoDataset
from core.export import estimate
from core.pipeline import Setup
from core.proposers import FullImage, Grid
from tests.exports import COUNT, times
from tests.small import (
    config,
    export,
    small_set,
    write_coco,
    write_scenes,
)


def test_an_estimate_of_all_images_is_the_export(tmp_path, dataset):
    guess, done = estimate(config(dataset), images=COUNT), export(config(dataset), tmp_path)
    assert guess.exact
    assert guess.looked_at == guess.images == COUNT
    for name in ("crops", "positives", "negatives", "bytes"):
        assert getattr(guess, name) == getattr(done, name)


def test_an_estimate_of_some_images_is_scaled_up(dataset):
    """Ten crops an image, whatever it shows, but for crowds."""
    guess = estimate(config(dataset, Setup(FullImage())), images=4)
    assert (guess.looked_at, guess.exact, guess.images) == (4, False, COUNT)
    assert guess.crops == guess.positives + guess.negatives == COUNT


def test_an_estimate_writes_nothing(tmp_path):
    requested = config(small_set(tmp_path, 3))
    before = times(tmp_path)
    estimate(requested)
    assert times(tmp_path) == before


def test_an_estimate_names_what_cannot_be_used(tmp_path):
    annotations = write_scenes(tmp_path, 3)
    (tmp_path / "images" / "001.jpg").unlink()
    guess, done = (
        act(config(CocoDataset.open(annotations))) for act in (estimate, lambda c: export(c, tmp_path))
    )
    assert [item["file"] for item in guess.skipped] == ["001.jpg"]
    assert (guess.crops, guess.exact) == (done.crops, True)


@pytest.mark.parametrize(("seconds", "most"), [(0.0, 1), (0.25, 8)], ids=["none left", "a quarter second"])
def test_an_estimate_keeps_its_time_and_looks_at_one_at_least(dataset, monkeypatch, seconds, most):
    plain = Grid.propose
    monkeypatch.setattr(Grid, "propose", lambda self, image, ref=None: time.sleep(0.05) or plain(self, image))
    guess = estimate(config(dataset), images=COUNT, seconds=seconds)
    assert 1 <= guess.looked_at <= most
    assert guess.crops > 0
    assert guess.seconds >= 0.05 * COUNT


def test_an_estimate_of_no_images(tmp_path):
    guess = estimate(config(CocoDataset.open(write_coco(tmp_path, {}))))
    assert (guess.images, guess.crops, guess.exact) == (0, 0, True)
