"""Orders of images: what is measured of each, and worst first."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given

from core import boxes as bx
from core.datasets import CocoDataset
from core.datasets.search import ImageFilter, find_images
from core.errors import BoxscopeError
from core.evaluation import (
    Coverage,
    RecallRule,
    best_overlap,
    coverage,
    records,
    set_coverage,
    worst_first,
)
from core.evaluation.survey import other_order
from core.labelling import LabelRule
from core.pipeline import Setup, process_image
from core.proposers import AdaptiveThreshold, FullImage, Grid
from pages.ui.state import queue
from pages.ui.state.queue import Criteria, Order
from tests.drawn import CRACK, annotation, coco, image, quick, slab, some_boxes, truth, write
from tests.small import small_set, write_coco


@quick
@given(some_boxes(), some_boxes(most=4))
def test_records_give_the_best_proposal_among_the_first_k_for_every_k(boxes, objects):
    of = truth(objects, [n == 1 for n in range(len(objects))])
    found = records(boxes, of)
    for k in range(len(boxes) + 2):
        fast, slow = found.best(k), best_overlap(boxes[:k], of)
        for one, other in zip(fast, slow, strict=True):
            np.testing.assert_array_equal(one, other)


def test_records_by_hand():
    boxes = bx.as_boxes([(0, 0, 5, 10), (20, 20, 30, 30), (0, 0, 4, 10), (0, 0, 10, 10), (0, 0, 10, 10)])
    found = records(boxes, truth([(0, 0, 10, 10), (50, 50, 60, 60)]))
    assert [ranks.tolist() for ranks in found.rank] == [[0, 3], []]
    assert [ious.tolist() for ious in found.iou] == [[0.5, 1.0], []]


def test_coverage_by_hand():
    boxes = bx.as_boxes([(0, 0, 5, 10), (0, 0, 10, 10)])
    of = truth([(0, 0, 10, 10), (50, 50, 60, 60)])
    assert coverage(records(boxes, of).best(2), RecallRule()) == (2, 1, 0.5)
    assert coverage(records(boxes, of).best(1), RecallRule()) == (2, 1, 0.25)  # 0.5 itself counts
    assert coverage(records(boxes, of).best(1), RecallRule(0.55)) == (2, 2, 0.25)
    assert coverage(records(boxes, truth([])).best(2), RecallRule()) == (0, 0, 1)


def test_the_first_proposal_that_finds_an_object_by_hand():
    boxes = bx.as_boxes([(0, 0, 4, 10), (0, 0, 5, 10), (0, 0, 10, 10)])
    found = records(boxes, truth([(0, 0, 10, 10), (50, 50, 60, 60)]))
    assert found.first_found(RecallRule()).tolist() == [1, -1]
    assert found.first_found(RecallRule(0.55)).tolist() == [2, -1]
    assert records(boxes, truth([])).first_found(RecallRule()).tolist() == []


@pytest.mark.parametrize("iou", [0.35, 0.6, 0.7, 0.95])
def test_the_threshold_itself_finds_though_overlaps_have_32_bits(iou):
    assert RecallRule(iou).passes(np.array([iou, iou - 1e-4], np.float32)).tolist() == [True, False]


def test_worst_first_by_hand():
    known = [
        Coverage(2, 0, 0.9),
        Coverage(0, 0, 1.0),
        Coverage(3, 1, 0.4),
        None,
        Coverage(3, 2, 0.4),
        Coverage(1, 0, 0.9),
    ]
    assert worst_first(known).tolist() == [4, 2, 0, 5, 3, 1]
    assert worst_first([]).tolist() == []


def test_the_coverage_of_a_set_weighs_objects_alike():
    assert set_coverage([Coverage(3, 1, 0.5), None, Coverage(0, 0, 1.0), Coverage(1, 0, 0.9)]) == (4, 3, 0.6)
    assert set_coverage([None]) == (0, 0, 1.0)


@pytest.fixture
def dataset(tmp_path):
    return small_set(tmp_path, 10)  # 4 and 9 have no objects, 6 is a crowd


def measured(dataset, setup, indices):
    """Wait until all are measured."""
    survey = queue.survey(dataset, setup)
    while survey.measure(indices, seconds=1) < len(indices):
        pass
    return survey


def test_a_survey_measures_what_the_core_says(dataset):
    wanted = queue.to_measure(dataset, queue.matching(dataset, ImageFilter()))
    assert wanted.tolist() == [0, 1, 2, 3, 5, 7, 8]
    setup = Setup(Grid(levels=3), rule=LabelRule(0.3))
    survey = measured(dataset, setup, wanted)
    for top in (0, 3):
        for index in wanted.tolist():
            boxes = process_image(setup, dataset, index)[1].boxes
            best = best_overlap(boxes[: top or len(boxes)], dataset.truth(index))
            for recall in (RecallRule(), RecallRule(0.3)):
                criteria = Criteria(replace(setup, top=top), recall)
                assert survey.coverage(index, criteria) == coverage(best, recall)
    other = Setup(Grid(levels=3), top=5, rule=LabelRule(0.7))
    assert queue.survey(dataset, other) is survey  # neither the limit nor the rule asks for new boxes
    assert queue.survey(dataset, Setup(Grid(levels=2))) is not survey


def test_a_survey_goes_on_over_what_cannot_be_read_and_counts_it(dataset):
    dataset.path(1).write_bytes(b"no picture")
    wanted = queue.to_measure(dataset, queue.matching(dataset, ImageFilter()))
    criteria = Criteria(Setup(Grid(levels=4)))
    survey = measured(dataset, criteria.setup, wanted)
    assert survey.failed(wanted) == 1
    assert survey.coverage(1, criteria) is None
    order = queue.ordered(dataset, ImageFilter(), Order(queue.WORST), criteria, len(wanted))
    assert order.tolist()[-4:] == [1, 4, 6, 9]
    without = [survey.coverage(index, criteria) for index in wanted.tolist() if index != 1]
    assert queue.of_set(dataset, criteria) == set_coverage(without)
    assert queue.of_set(dataset, Criteria(Setup(Grid(levels=6)))) is None  # not measured


def test_the_order_to_compare_with_is_another_and_is_there_where_an_order_decides_something():
    setups = {
        Setup(Grid(), top=5): "area",
        Setup(Grid(), order="small", top=5): "own",
        Setup(AdaptiveThreshold(), top=5): "own",
        Setup(Grid(), nms=0.5): "area",
        Setup(Grid()): None,
    }
    for setup, order in setups.items():
        other = other_order(setup)
        assert (other and other.order) == order
        assert other is None or replace(other, order=setup.order) == setup


def test_an_order_by_some_of_the_images_leaves_the_others_behind_them(tmp_path):
    areas = [0.9, 0.2, 0.6, 0.1]
    pictures = {f"{n}.png": (slab(100, 50), [[0, 0, 100 * part, 50]]) for n, part in enumerate(areas)}
    data = CocoDataset.open(write_coco(tmp_path, pictures))
    setup = Setup(FullImage())
    wanted = queue.to_measure(data, queue.matching(data, ImageFilter()))
    measured(data, setup, wanted)
    worst = partial(queue.ordered, order=Order(queue.WORST), criteria=Criteria(setup))
    assert worst(data, ImageFilter(), measured=4).tolist() == [3, 1, 2, 0]
    assert worst(data, ImageFilter(), measured=3).tolist() == [1, 2, 0, 3]
    assert worst(data, ImageFilter(), measured=0).tolist() == [0, 1, 2, 3]
    assert worst(data, ImageFilter("2.png"), measured=1).tolist() == [2]


def test_only_images_with_a_miss_are_listed_and_all_where_there_is_none(tmp_path):
    pictures = {
        f"{n}.png": (slab(100, 50), [[0, 0, 100 * part, 50]]) for n, part in enumerate([0.9, 0.2, 0.1])
    }
    data = CocoDataset.open(write_coco(tmp_path, pictures))
    setup, wanted = Setup(FullImage()), queue.matching(data, ImageFilter())
    measured(data, setup, wanted)
    listed, criteria = partial(queue.ordered, data, ImageFilter()), Criteria(setup)
    in_file, worst = Order(queue.FILE, missed=True), Order(queue.WORST, missed=True)
    assert listed(in_file, criteria, 3).tolist() == [1, 2]
    assert listed(worst, criteria, 3).tolist() == [2, 1]
    assert listed(worst, criteria._replace(recall=RecallRule(0.1)), 3).tolist() == [2, 1, 0]
    assert listed(in_file, criteria, 1).tolist() == [0, 1, 2]  # none is known to have one


def test_images_are_found_by_name_class_and_number_of_objects(tmp_path):
    boxes = [annotation(n, image_id) for n, image_id in enumerate([1, 1, 1, 3, 4])]
    boxes[1] |= {"category_id": 7}
    boxes[3] |= {"iscrowd": 1, "category_id": 7}
    images = [image(n, f"{'ab'[n % 2]}{n}.png") for n in (1, 2, 3, 4)]
    data = CocoDataset.open(
        write(coco(images, boxes, [CRACK, {"id": 7, "name": "bowl"}]), tmp_path / "a.json")
    )
    found = {
        ImageFilter(): [0, 1, 2, 3],
        ImageFilter("B"): [0, 2],
        ImageFilter("none"): [],
        ImageFilter(objects="0"): [1, 2],  # a crowd region is no object
        ImageFilter(objects="2-4"): [0],
        ImageFilter("a", objects="1"): [3],
        ImageFilter(category="7"): [0],
        ImageFilter(category="8"): [],
    }
    assert {wanted: find_images(data, wanted).tolist() for wanted in found} == found
    with pytest.raises(BoxscopeError, match="objects: got 'many', expected one of any"):
        find_images(data, ImageFilter(objects="many"))
    assert queue.matching(data, ImageFilter(category="8")).tolist() == [0, 1, 2, 3]
