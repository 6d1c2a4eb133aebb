"""The store of proposals: what it returns, that it computes each image once, and what it keeps."""

import dataclasses
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from core import boxes as bx
from core.caching.memory import MemoryCache
from core.errors import BoxscopeError
from core.evaluation import records
from core.export import ExportFolder
from core.files.hashing import joined_sha256
from core.labelling import LabelRule
from core.pipeline import Setup, process_image
from core.proposals import proposer_cache
from core.proposals.store import ProposalStore
from core.proposers import AdaptiveThreshold, Grid, SelectiveSearch
from core.proposers.stages import stages_nbytes
from pages.ui.state import cached, queue
from pages.ui.views.export.dry_run import dry_run
from tests.drawn import noise
from tests.forking import wait_until
from tests.small import GRID, config, small_set

PLENTY = 10**9


@pytest.fixture
def dataset(tmp_path):
    return small_set(tmp_path, 7)  # 4 has no objects, 6 is a crowd


@pytest.fixture
def calls(monkeypatch):
    """Note the setups that a grid is called for."""
    noted, plain = [], Grid.propose
    monkeypatch.setattr(
        Grid, "propose", lambda self, image, ref=None: noted.append(self) or plain(self, image)
    )
    return noted


SETUPS = {
    "plain": GRID,
    "filtered": Setup(Grid(levels=3), order="small", nms=0.5, min_side=9),
    "with origins": Setup(AdaptiveThreshold(offsets=(10, 30), min_area=20), rule=LabelRule(0.3)),
}


@pytest.mark.parametrize("setup", SETUPS.values(), ids=SETUPS)
def test_what_is_kept_is_what_the_pipeline_gives(dataset, setup):
    store = ProposalStore(PLENTY)
    for index in range(len(dataset)):
        found, (image, wanted) = store.get(dataset, index, setup), process_image(setup, dataset, index)
        assert np.array_equal(found.boxes, wanted.boxes)
        assert (found.height, found.width) == image.shape[:2]
        labels = found.labelled(setup.rule, dataset.truth(index)).labels
        for name in ("iou", "match", "kind"):
            assert np.array_equal(getattr(labels, name), getattr(wanted.labels, name))
        rises = records(wanted.boxes, dataset.truth(index))
        for one, other in zip(
            [*found.records.rank, *found.records.iou], [*rises.rank, *rises.iou], strict=True
        ):
            assert np.array_equal(one, other)
        if wanted.origins is not None:
            origins = [found.origins.describe(rank) for rank in range(len(found.boxes))]
            assert origins == [wanted.origins.describe(rank) for rank in range(len(wanted.boxes))]


def test_neither_the_label_rule_nor_the_top_asks_the_proposer_again(dataset, calls):
    store = ProposalStore(PLENTY)
    for setup in (GRID, Setup(GRID.proposer, top=3), Setup(GRID.proposer, rule=LabelRule(0.3))):
        assert len(store.get(dataset, 0, setup).boxes) == 10
    assert len(calls) == 1
    for setup in (Setup(Grid(levels=3)), Setup(GRID.proposer, order="small"), Setup(GRID.proposer, nms=0.5)):
        store.get(dataset, 0, setup)
    assert len(calls) == 4


def test_overlaps_with_the_objects_are_computed_once_an_image(dataset, monkeypatch):
    computed, plain = [], bx.iou
    monkeypatch.setattr(bx, "iou", lambda a, b, *rest: computed.append(len(b)) or plain(a, b, *rest))
    store = ProposalStore(PLENTY)
    for rule in (LabelRule(), LabelRule(0.3), LabelRule(0.6)):
        found = store.get(dataset, 0, GRID)
        assert len(found.labelled(rule, dataset.truth(0)).labels.iou) == len(found.boxes)
        assert found.records.best(5).iou.shape == (2,)
    assert computed == [2]


def test_a_picture_that_has_changed_is_proposed_on_again(dataset, calls):
    store = ProposalStore(PLENTY)
    store.get(dataset, 0, GRID)
    os.utime(dataset.path(0), ns=(1, 1))
    store.get(dataset, 0, GRID)
    os.utime(dataset.annotations, ns=(1, 1))
    store.get(dataset, 0, GRID)
    assert len(calls) == 3


def test_the_picture_is_taken_from_who_keeps_it(dataset):
    flat = np.zeros((30, 40, 3), np.uint8)
    found = ProposalStore(PLENTY).get(dataset, 0, GRID, lambda index: flat)
    assert (found.width, found.height) == (40, 30)


def test_a_picture_that_cannot_be_read_is_an_error_and_is_tried_again(dataset):
    store, data = ProposalStore(PLENTY), dataset.path(1).read_bytes()
    dataset.path(1).write_bytes(b"no picture")
    with pytest.raises(BoxscopeError, match="001"):
        store.get(dataset, 1, GRID)
    dataset.path(1).write_bytes(data)
    assert len(store.get(dataset, 1, GRID).boxes) == 10


def test_what_is_kept_stays_within_its_bound_and_weighs_what_its_arrays_do(dataset):
    one = ProposalStore(PLENTY).get(dataset, 0, GRID)
    # 10 boxes of 16 bytes, an IoU and a share of 4 each, a match of 8, two flags of 1; records take 12 each.
    rises = sum(map(len, one.records.rank))
    assert one.nbytes == 10 * 34 + rises * 12 + 1000
    store = ProposalStore(3 * one.nbytes)
    for index in range(len(dataset)):
        store.get(dataset, index, GRID, background=True)
        assert 0 < store.nbytes <= 3 * one.nbytes


def test_work_over_a_whole_set_does_not_push_out_what_is_on_the_screen(dataset, calls):
    store = ProposalStore(3 * ProposalStore(PLENTY).get(dataset, 0, GRID).nbytes)
    calls.clear()
    store.get(dataset, 0, GRID)
    for index in range(1, 7):
        store.get(dataset, index, GRID, background=True)
    store.get(dataset, 0, GRID)
    assert len(calls) == 7  # the image on the screen was kept through all of them


def test_of_values_asked_for_in_the_background_the_oldest_goes_first():
    cache, made = MemoryCache[int](3), []

    def get(key, background=False):
        return cache.get(key, lambda: made.append(key) or 0, background)

    get("screen")
    for key in "abcb":
        get(key, background=True)  # a had to go for c
    get("d", background=True)  # and c for d, since b was asked for again
    get("screen")
    get("b")  # looked at, so no longer of the background
    get("e")  # d is the only one left there
    get("b")
    get("screen")
    assert made == ["screen", "a", "b", "c", "d", "e"]


def test_many_who_ask_wait_for_one(dataset, monkeypatch):
    plain, started = Grid.propose, []

    def slow(self, image, ref=None):
        started.append(self)
        threading.Event().wait(0.2)
        return plain(self, image)

    monkeypatch.setattr(Grid, "propose", slow)
    store = ProposalStore(PLENTY)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda n: store.get(dataset, 0, GRID, background=bool(n % 2)), range(4)))
    assert len(started) == 1
    assert all(one is found[0] for one in found)


def test_a_stage_weighs_what_its_arrays_do():
    picture = noise(120, 80)
    masks = AdaptiveThreshold(offsets=(10,)).stages(picture)
    assert all(stage.nbytes >= stage.picture.nbytes for stage in masks if stage.picture is not None)
    groupings = SelectiveSearch(mode="single").stages(picture)
    labels = 120 * 80 * 4
    assert all(stage.nbytes > labels for stage in groupings)
    twice = [*groupings, *groupings]
    assert stages_nbytes(twice) == stages_nbytes(groupings) < sum(stage.nbytes for stage in twice)


def test_explore_worst_first_and_design_propose_once_on_each_image(dataset, calls, tmp_path):
    chosen = Setup(Grid(levels=2, aspects=(0.7,)), top=5)
    shown = cached.result(dataset, 2, chosen)
    survey, everything = queue.survey(dataset, chosen), np.arange(len(dataset))
    wanted = queue.to_measure(dataset, everything)
    assert wait_until(lambda: survey.measure(wanted) == len(wanted))
    tried = dry_run(config(dataset, dataclasses.replace(chosen, top=0, rule=LabelRule(0.3))))
    assert wait_until(lambda: tried.update(ExportFolder(tmp_path / "out"), 0.1).done)
    assert tried.update(ExportFolder(tmp_path / "out"), 0.0).looked_at == len(dataset)
    assert cached.result(dataset, 2, chosen).proposals.boxes is shown.proposals.boxes
    assert len(calls) == len(dataset)


def test_what_is_kept_depends_on_the_sources_of_proposers():
    assert proposer_cache.code_version().split()[0] != joined_sha256([])
