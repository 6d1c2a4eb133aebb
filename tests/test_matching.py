"""Recall, average recall and best overlap: cases with answers known by hand, and COCO's tools as oracles."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import boxes as bx
from core.errors import BoxscopeError
from core.evaluation import figures
from core.evaluation.bootstrap import interval
from core.evaluation.evaluation import ALL, COCO_THRESHOLDS, Measured, evaluate, joined
from core.truth import Truth
from tests import coco_tools

WHOLE = (0, 0, 100, 100)


def truth(*boxes, category=None, crowd=None):
    count = len(boxes)
    category = np.array(category or [1] * count, np.int64)
    crowd = np.array(crowd or [False] * count, bool)
    corners = bx.as_boxes(boxes)
    return Truth(corners, category, bx.area(corners), crowd, np.arange(count))


def evaluation(*images):
    """Evaluate images given as pairs of proposals and truth."""
    return evaluate([Measured(i, bx.as_boxes(b), t, (300, 300), 0.5) for i, (b, t) in enumerate(images)])


def value(shares):
    return interval(shares).value


def coco_ar(result, budget=ALL):
    return value(figures.average_recall(result, budget))


def hosang_ar(result, budget=ALL):
    return value(figures.average_recall(result, budget, "hosang"))


@pytest.mark.parametrize(
    ("proposal", "coco", "hosang"),
    [((0, 0, 100, 80), 0.7, 0.6), ((0, 0, 100, 50), 0.1, 0.0), ((0, 0, 100, 60), 0.3, 0.2)],
)
def test_average_recall_of_one_box(proposal, coco, hosang):
    result = evaluation(([proposal], truth(WHOLE)))
    assert coco_ar(result) == pytest.approx(coco, abs=1e-12)
    assert hosang_ar(result) == pytest.approx(hosang, abs=1e-12)
    assert value(figures.recall(result, ALL, 0.5)) == 1


def test_only_proposals_within_the_budget_count():
    result = evaluation(([(0, 0, 10, 10), WHOLE], truth(WHOLE)))
    assert (coco_ar(result, 1), coco_ar(result, 10)) == (0, 1)
    assert result.overlap(1) == pytest.approx(0.01)


def test_an_object_annotated_twice_needs_two_proposals_but_overlaps_one_fully():
    result = evaluation(([WHOLE], truth(WHOLE, WHOLE)))
    assert coco_ar(result) == 0.5
    assert value(figures.average_best_overlap(result, ALL)) == 1
    assert value(figures.average_recall(result, ALL, "best")) == 1


def test_an_image_without_proposals_counts_its_objects():
    assert coco_ar(evaluation(([WHOLE], truth(WHOLE)), ([], truth(WHOLE)))) == 0.5


@pytest.mark.parametrize(("swapped", "coco"), [(False, 0.35), (True, 0.5)])
def test_cocos_matching_depends_on_the_order_and_hosangs_does_not(swapped, coco):
    proposals = [(0, 15, 100, 115), (0, 0, 100, 80)]
    result = evaluation((proposals[::-1] if swapped else proposals, truth(WHOLE, (0, 40, 100, 140))))
    assert coco_ar(result, 2) == pytest.approx(coco)
    assert hosang_ar(result, ALL) == pytest.approx(0.4)


def test_a_missed_crowd_region_counts_neither_way():
    result = evaluation(([WHOLE], truth(WHOLE, (100, 100, 200, 200), crowd=[False, True])))
    assert coco_ar(result) == 1
    assert result.objects.tolist() == [1]


def test_mabo_is_the_mean_over_classes_and_abo_over_objects():
    half, quarter = (0, 200, 100, 250), (200, 200, 250, 250)
    objects = truth(WHOLE, (0, 200, 100, 300), (200, 200, 300, 300), category=[1, 1, 2])
    result = evaluation(([WHOLE, half, quarter], objects))
    assert value(figures.average_best_overlap(result, ALL)) == pytest.approx((1 + 0.5 + 0.25) / 3)
    assert value(figures.mean_average_best_overlap(result, ALL)) == pytest.approx(0.5)


def test_a_set_without_objects_has_no_recall():
    assert np.isnan(coco_ar(evaluation(([WHOLE], truth()))))


def test_a_threshold_or_budget_that_was_not_evaluated_is_refused():
    result = evaluation(([WHOLE], truth(WHOLE)))
    with pytest.raises(BoxscopeError, match=r"got 0\.123, which was not evaluated"):
        result.found(10, 0.123)
    with pytest.raises(BoxscopeError, match="got 37, which was not evaluated by Hosang"):
        result.found(37, 0.5, "hosang")
    assert result.found(37, 0.123, "best").tolist() == [True]


def test_images_evaluated_apart_and_joined_are_as_evaluated_together():
    images = [([WHOLE, (5, 5, 90, 90)], truth(WHOLE)), ([], truth((1, 1, 9, 9))), ([(0, 0, 9, 9)], truth())]
    measured = [Measured(i, bx.as_boxes(b), t, (300, 300), 0.5) for i, (b, t) in enumerate(images)]
    together, apart = evaluate(measured), joined([evaluate([each]) for each in measured])
    for name in ("indices", "proposals", "objects", "image", "row", "ranks", "one_to_one", "area", "sizes"):
        assert np.array_equal(getattr(together, name), getattr(apart, name)), name
    assert all(map(np.array_equal, together.records, apart.records))


def assert_equal_to_coco(images):
    result = evaluation(*images)
    ours = [[value(figures.recall(result, k, t)) for k in coco_tools.BUDGETS] for t in COCO_THRESHOLDS]
    arrays = [(bx.as_boxes(boxes), objects) for boxes, objects in images]
    for tool in coco_tools.TOOLS:
        np.testing.assert_allclose(ours, coco_tools.recall(arrays, tool), atol=1e-9)


# Corners on few lines, so that equal overlaps and overlaps exactly at a threshold are common.
corner = st.integers(0, 10).map(lambda number: 20.0 * number)
box = st.tuples(corner, corner, st.integers(1, 5), st.integers(1, 5)).map(
    lambda b: (b[0], b[1], b[0] + 20.0 * b[2], b[1] + 20.0 * b[3])
)
an_image = st.tuples(
    st.lists(box, max_size=14),
    st.lists(st.tuples(box, st.booleans()), min_size=1, max_size=5).map(
        lambda objects: truth(*(b for b, _ in objects), crowd=[crowd for _, crowd in objects])
    ),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(an_image, min_size=1, max_size=3))
def test_recall_of_random_boxes_equals_that_of_cocos_tools(images):
    if any(len(boxes) for boxes, _ in images) and any(len(t.objects) for _, t in images):
        assert_equal_to_coco(images)


@settings(deadline=None, max_examples=60)
@given(st.lists(an_image, min_size=1, max_size=3), st.integers(0, 15))
def test_best_overlap_and_hosang_equal_plain_loops(images, budget):
    result = evaluate(
        [Measured(i, bx.as_boxes(b), t, (300, 300), 0.5) for i, (b, t) in enumerate(images)],
        budgets=(budget,),
    )
    best, one_to_one = [], []
    for boxes, objects in images:
        iou = bx.iou(bx.as_boxes(boxes)[:budget], objects.boxes[objects.objects]).astype(np.float64)
        best += iou.max(axis=0, initial=0).tolist()
        one_to_one += hosang(iou)
    np.testing.assert_allclose(result.overlap(budget), best, atol=1e-6)
    np.testing.assert_allclose(result.overlap(budget, "hosang"), one_to_one, atol=1e-6)


def hosang(iou):
    """Take the largest overlap again and again, with its row and column: the definition."""
    iou, found = iou.copy(), [0.0] * iou.shape[1]
    while iou.size and iou.max() > 0:
        row, column = np.unravel_index(np.argmax(iou), iou.shape)
        found[column] = float(iou[row, column])
        iou[row], iou[:, column] = 0, 0
    return found
