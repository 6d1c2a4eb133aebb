"""Boxes: what a loop over pairs would say, and what torchvision says."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import boxes as bx
from tests import naive
from tests.drawn import quick, some_boxes

TWENTIETHS = range(1, 20)


@pytest.fixture(scope="module")
def ops():
    from torchvision import ops

    return ops


@pytest.fixture(scope="module")
def tensor():
    from torch import from_numpy

    return from_numpy


def fractional_boxes() -> st.SearchStrategy[np.ndarray]:
    return st.tuples(some_boxes(), st.sampled_from([1, 0.5, 0.1, 1e3])).map(
        lambda drawn: (drawn[0] * drawn[1]).astype(np.float32)
    )


@pytest.mark.parametrize("values", [[], (), np.zeros((0, 4)), np.zeros(0)], ids=["list", "tuple", "2d", "1d"])
def test_no_boxes_are_an_array_of_four_columns(values):
    assert bx.as_boxes(values).shape == (0, 4)
    assert bx.as_boxes(values).dtype == np.float32


def test_area_counts_half_open_sides():
    assert bx.area(bx.as_boxes([[2, 3, 5, 7], [2, 3, 2, 7], [5, 7, 2, 3]])).tolist() == [12, 0, 0]


def test_area_of_a_24_megapixel_box_is_exact():
    assert bx.area(bx.as_boxes([[0, 0, 6001, 4001], [1, 1, 6001, 4000]])).tolist() == [
        6001 * 4001,
        6000 * 3999,
    ]


def test_clip_cuts_to_the_image_and_leaves_what_is_inside():
    boxes = bx.as_boxes([[-5, -1, 200, 100], [1.5, 2, 3, 4], [120, 5, 130, 9]])
    assert bx.clip(boxes, 100, 50).tolist() == [[0, 0, 100, 50], [1.5, 2, 3, 4], [100, 5, 100, 9]]
    assert bx.area(bx.clip(boxes, 100, 50))[2] == 0


@quick
@given(fractional_boxes(), fractional_boxes())
def test_iou_equals_a_loop_over_pairs(boxes, others):
    expected = [[np.float32(float(naive.iou(a, b))) for b in others] for a in boxes]
    np.testing.assert_allclose(
        bx.iou(boxes, others), np.reshape(expected, (len(boxes), len(others))), rtol=2e-7, atol=0
    )


@quick
@given(fractional_boxes(), fractional_boxes())
def test_iou_equals_torchvision(ops, tensor, boxes, others):
    expected = ops.box_iou(tensor(boxes), tensor(others)).numpy()
    np.testing.assert_allclose(bx.iou(boxes, others), expected, rtol=1e-5, atol=1e-6)


@quick
@given(fractional_boxes(), fractional_boxes())
def test_iou_is_symmetric_and_between_0_and_1(boxes, others):
    forth, back = bx.iou(boxes, others), bx.iou(others, boxes)
    assert forth.dtype == np.float32
    assert (forth == back.T).all()
    assert ((forth >= 0) & (forth <= 1)).all()


@quick
@given(fractional_boxes())
def test_iou_of_a_box_with_itself_is_1(boxes):
    assert (np.diag(bx.iou(boxes, boxes)) == 1).all()


def test_iou_of_boxes_that_share_an_edge_or_are_empty_is_0():
    boxes = bx.as_boxes([[0, 0, 10, 10], [10, 0, 20, 10], [5, 5, 5, 5], [9, 9, 3, 3]])
    assert bx.iou(boxes, boxes).tolist() == [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]


@pytest.mark.parametrize(("n", "g"), [(0, 0), (0, 3), (3, 0)])
def test_iou_without_boxes_keeps_its_shape(n, g):
    assert bx.iou(np.ones((n, 4), np.float32), np.ones((g, 4), np.float32)).shape == (n, g)


@quick
@given(some_boxes(side=3))
def test_unique_keeps_the_first_of_each_and_the_order(boxes):
    assert bx.unique(boxes).tolist() == naive.unique(boxes)
    assert bx.unique(boxes).shape[1] == 4


@quick
@given(some_boxes(most=20), st.sampled_from([0.0501, 0.2503, 0.5003, 0.7507, 0.9491]))
def test_nms_equals_a_loop_and_torchvision(ops, tensor, boxes, threshold):
    kept = bx.nms(boxes, threshold)
    assert kept.dtype == np.int64
    assert kept.tolist() == naive.nms(boxes, Fraction(threshold))
    scores = np.arange(len(boxes), 0, -1, dtype=np.float32)
    assert kept.tolist() == ops.nms(tensor(boxes), tensor(scores), threshold).tolist()


@pytest.mark.parametrize("k", TWENTIETHS)
def test_nms_keeps_a_box_whose_iou_is_the_threshold_itself(k):
    boxes = bx.as_boxes([[0, 0, 100, 100], [0, 0, 100, 5 * k]])
    assert bx.nms(boxes, k / 20).tolist() == [0, 1]
    assert bx.nms(boxes, k / 20 - 0.001).tolist() == [0]


@pytest.mark.parametrize("threshold", [0.25, 0.5, 0.75])
def test_nms_agrees_with_torchvision_on_touching_thresholds(ops, tensor, threshold):
    boxes = bx.as_boxes([[0, 0, 100, 100], [0, 0, 100, 100 * threshold], [0, 0, 100, 100 * threshold + 1]])
    expected = ops.nms(tensor(boxes), tensor(np.array([3, 2, 1], np.float32)), threshold).tolist()
    assert bx.nms(boxes, threshold).tolist() == expected == [0, 1]


def test_nms_lets_a_dropped_box_suppress_nothing():
    chain = bx.as_boxes([[0, 0, 100, 10], [40, 0, 140, 10], [80, 0, 180, 10]])
    assert bx.nms(chain, 0.4).tolist() == [0, 2]


def test_nms_of_no_boxes_is_empty():
    kept = bx.nms(bx.as_boxes([]), 0.5)
    assert kept.shape == (0,)
    assert kept.dtype == np.int64
