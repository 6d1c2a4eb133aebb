"""Which proposals count, and which of them find no object."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import boxes as bx
from core.datasets import CocoDataset
from core.datasets.search import ImageFilter
from core.evaluation import RecallRule, best_overlap, records
from core.evaluation.outcome import FalsePositives, Limit, Outcome, worst_false_first
from core.labelling import matches
from core.pipeline import Setup
from core.proposers import FromFile
from pages.ui.server import tables
from pages.ui.state import cached, queue
from pages.ui.state.queue import Criteria, Order
from tests.drawn import quick, slab, some_boxes, truth
from tests.small import write_coco


def outcome(boxes, scores, of):
    boxes = bx.as_boxes(boxes)
    return Outcome.of(boxes, of, np.array(scores, np.float32), matches(boxes, of), records(boxes, of))


@quick
@given(some_boxes(), some_boxes(most=4), st.randoms(use_true_random=False), st.booleans(), st.integers(0, 9))
def test_the_best_that_count_are_the_best_of_those_alone(boxes, objects, random, falls, top):
    of = truth(objects, [n == 1 for n in range(len(objects))])
    scores = np.array([random.randint(0, 10) / 10 for _ in boxes], np.float32)
    scores = np.sort(scores)[::-1] if falls else scores
    found = outcome(boxes, scores, of)
    for score in (None, 0.3, 0.7, 2.0):
        limit = Limit(top, score)
        rows = limit.rows(len(boxes), scores)
        alone, among = best_overlap(boxes[rows], of), found.best(limit)
        np.testing.assert_array_equal(among.iou, alone.iou)
        assert among.rank.tolist() == [rows[rank] if rank >= 0 else -1 for rank in alone.rank.tolist()]
        first = found.first_counted(limit)
        assert first is None or rows.tolist() == list(range(min(first, len(boxes))))


def test_false_positives_by_hand():
    of = truth([(0, 0, 10, 10), (50, 50, 90, 90)], [False, True])
    boxes = [(0, 0, 10, 10), (0, 0, 10, 9), (20, 20, 30, 30), (0, 0, 4, 10), (60, 60, 70, 70)]
    found = outcome(boxes, [0.9, 0.2, 0.5, 0.7, 0.8], of)
    every = found.false_positives(Limit(), RecallRule())
    assert every.tolist() == [3, 2]  # a second box of the object is none, nor one in the crowd region
    assert found.false_positives(Limit(), RecallRule(0.4)).tolist() == [2]
    assert found.false_positives(Limit(3), RecallRule()).tolist() == [2]
    assert found.false_positives(Limit(0, 0.7), RecallRule()).tolist() == [3]  # 0.7 itself counts
    assert found.worst_false(Limit(), RecallRule()) == (2, np.float32(0.7))
    assert found.worst_false(Limit(0, 0.95), RecallRule()) == (0, -np.inf)
    without = Outcome(records(bx.as_boxes(boxes), of))
    assert without.false_positives(Limit(), RecallRule()).tolist() == []


def test_images_with_the_worst_false_positive_come_first():
    known = [FalsePositives(1, 0.2), None, FalsePositives(0, -np.inf), FalsePositives(3, 0.9)]
    assert worst_false_first(known).tolist() == [3, 0, 2, 1]


@pytest.fixture
def scored(tmp_path, monkeypatch):
    """Four images and a results file: one without an object, one that is found, one with a false positive."""
    pictures = {f"{n}.png": (slab(100, 50), [[0, 0, 40, 40]] if n else []) for n in range(4)}
    data = CocoDataset.open(write_coco(tmp_path, pictures))
    ids = data.image_ids.tolist()
    rows = [(0, 5, 0.8), (1, 0, 0.9), (2, 0, 0.9), (2, 55, 0.3), (3, 55, 0.6), (3, 0, 0.5)]
    np.savez(
        tmp_path / "boxes.npz",
        image_id=[ids[n] for n, _, _ in rows],
        boxes=[[left, 0, left + 40, 40] for _, left, _ in rows],
        scores=[score for *_, score in rows],
        categories=[1, 1, 1, 7, 1, 1],
    )
    return data, Setup(FromFile(str(tmp_path / "boxes.npz")))


def test_the_queue_by_false_positives(scored):
    data, setup = scored
    order = Order(queue.FALSE)
    wanted = queue.to_measure(data, queue.matching(data, ImageFilter()), order)
    assert wanted.tolist() == [0, 1, 2, 3]  # the empty one has false positives as well
    survey = queue.survey(data, setup)
    while survey.measure(wanted, seconds=1) < len(wanted):
        pass
    criteria = Criteria(setup)

    def listed(order, criteria):
        return queue.ordered(data, ImageFilter(), order, criteria, 4).tolist()

    assert listed(order, criteria) == [0, 3, 2, 1]
    assert listed(order, criteria._replace(score=0.7)) == [0, 1, 2, 3]
    assert listed(Order(false=True), criteria) == [0, 2, 3]
    assert listed(Order(false=True), criteria._replace(score=0.5)) == [0, 3]
    assert listed(Order(false=True), criteria._replace(score=0.99)) == [0, 1, 2, 3]  # none has one
    assert listed(Order(false=True), Criteria(replace(setup, top=1))) == [0, 3]
    assert listed(Order(missed=True), criteria._replace(score=0.7)) == [3]
    every = np.arange(4)
    of = queue.coverages(data, every, criteria, 4, order), queue.false_positives(data, every, criteria, 4)
    table = np.frombuffer(tables.queue(data, every, *of)[-4 * 5 * 8 :], "<f8").reshape(4, 5)
    assert table[:, 3].tolist() == [1, 0, 1, 1]
    np.testing.assert_allclose(table[[0, 2, 3], 4], [0.8, 0.3, 0.6])


def test_scores_and_categories_reach_the_browser(scored):
    data, setup = scored
    head, numbers = tables.unpack(tables.proposals(data, 2, setup, cached.result(data, 2, setup)), 1)
    numbers, count = numbers.ravel(), head["count"]
    assert count == 2
    assert head["scores"] == pytest.approx([0.3, 0.9])  # of the whole file
    np.testing.assert_allclose(numbers[7 * count : 8 * count], [0.9, 0.3])
    names = [head["categories"][int(at)] for at in numbers[8 * count :]]
    assert names == [data.categories[1], "category 7"]
