"""Average precision: cases known by hand, and COCO's tools on drawn boxes."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core import boxes as bx
from core.evaluation.average_precision import average_precision, by_category, detections, figures, scored
from core.evaluation.precision_intervals import intervals, resampled
from core.proposers import Found
from core.truth import Truth
from tests import coco_tools
from tests.drawn import quick, some_boxes

NONE = np.zeros(0, np.int64)


def truth(boxes, category=None, crowd=None) -> Truth:
    boxes = bx.as_boxes(boxes)
    count = len(boxes)
    category = np.ones(count, np.int64) if category is None else np.asarray(category, np.int64)
    crowd = np.zeros(count, bool) if crowd is None else np.asarray(crowd, bool)
    return Truth(boxes, category, bx.area(boxes), crowd, np.arange(count))


def found(boxes, scores, categories=None) -> Found:
    of = None if categories is None else np.asarray(categories, np.int64)
    return Found(bx.as_boxes(boxes), np.asarray(scores, np.float32), categories=of)


A, B, FAR = [0, 0, 10, 10], [20, 0, 30, 10], [50, 50, 60, 60]


def test_by_hand():
    """True, false, true of two objects: precision 1 up to recall 1/2, then 2/3."""
    one = detections(bx.as_boxes([A, FAR, B]), np.array([0.9, 0.8, 0.7], np.float32), truth([A, B]))
    assert one.match[0].tolist() == [1, 0, 1]
    np.testing.assert_allclose(average_precision([one]), (51 + 50 * 2 / 3) / 101)


def test_a_second_box_on_an_object_is_false_and_one_in_a_crowd_does_not_count():
    inside = [61, 61, 69, 69]
    boxes, scores = bx.as_boxes([A, A, inside, inside]), np.array([0.9, 0.8, 0.7, 0.6], np.float32)
    one = detections(boxes, scores, truth([[60, 60, 90, 90], A], crowd=[True, False]))
    assert one.match[0].tolist() == [1, 0, -1, -1]
    assert one.objects == 1


def test_without_objects_or_scores_there_is_no_figure():
    one = scored(found([A], [0.5]), truth([]))
    assert figures([one]) == {"average_precision": {"0.5": None, "0.75": None, "0.5:0.95": None}}
    assert scored(Found(bx.as_boxes([A])), truth([A])) is None
    assert figures([]) == {}


def test_figures_by_category_are_a_mean_over_those_that_have_objects():
    one = scored(found([A, B, FAR], [0.9, 0.8, 0.7], [1, 2, 3]), truth([A, B], [1, 1]))
    assert figures([one])["average_precision"]["0.5"] == 1
    assert figures([one])["mean_average_precision"]["0.5"] == figures([one])["mean_average_precision"]["0.75"]
    np.testing.assert_allclose(figures([one])["mean_average_precision"]["0.5"], 51 / 101)


@st.composite
def some_images(draw):
    """Draw images of boxes with few different scores, and objects of which some are crowd regions."""
    images = []
    for _ in range(draw(st.integers(1, 4))):
        boxes, objects = draw(some_boxes(most=14, side=12)), draw(some_boxes(most=6, side=12))

        def column(item, length):
            return np.array(draw(st.lists(item, min_size=length, max_size=length)))

        scores = column(st.sampled_from([0.125, 0.25, 0.5, 0.75]), len(boxes)).astype(np.float32)
        of = column(st.integers(1, 3), len(boxes)).astype(np.int64)
        crowd = column(st.booleans(), len(objects)).astype(bool)
        images.append((boxes, scores, of, truth(objects, column(st.integers(1, 3), len(objects)), crowd)))
    return images


@settings(quick, max_examples=50)
@given(some_images())
def test_it_is_that_of_cocos_tools(images):
    if not any(len(boxes) for boxes, *_ in images):
        return  # they cannot read an empty list
    each = [scored(Found(boxes, scores, categories=of), truth) for boxes, scores, of, truth in images]
    ours = average_precision([one.of_any for one in each])
    np.testing.assert_allclose(ours, coco_tools.precision(images, False), atol=1e-9)
    values = list(by_category([one.of_category for one in each]).values())
    ours = np.mean(values, axis=0) if values else np.full(10, np.nan)
    np.testing.assert_allclose(ours, coco_tools.precision(images, True), atol=1e-9)


def test_a_hundred_boxes_of_an_image_count():
    boxes = np.tile(bx.as_boxes([FAR]), (100, 1)) + np.arange(100, dtype=np.float32)[:, None] / 100
    scores = np.arange(101, 0, -1).astype(np.float32)
    one = (np.concatenate([boxes, bx.as_boxes([A])]), scores, np.ones(101, np.int64), truth([A]))
    assert average_precision([scored(Found(*one[:2]), one[3]).of_any])[0] == 0
    assert coco_tools.precision([one], False)[0] == 0


@settings(quick, max_examples=30)
@given(st.lists(st.tuples(some_boxes(side=12), some_boxes(side=12)), min_size=1, max_size=4), st.data())
def test_a_resample_is_the_figure_of_the_images_that_it_draws(pairs, data):
    ranks = iter(data.draw(st.permutations(range(sum(len(boxes) for boxes, _ in pairs)))))
    images = [
        detections(boxes, np.array([next(ranks) for _ in boxes], np.float32), truth(objects))
        for boxes, objects in pairs
    ]
    times = data.draw(st.lists(st.integers(0, 2), min_size=len(images), max_size=len(images)))
    drawn = [image for image, count in zip(images, times, strict=True) for _ in range(count)]
    if drawn:
        (made,) = resampled(images, np.array([times], np.float32))
        np.testing.assert_allclose(made, average_precision(drawn), atol=1e-6)


def test_the_interval_holds_the_figure_and_is_a_point_for_one_image():
    one = scored(found([A, FAR, B], [0.9, 0.8, 0.7], [1, 1, 2]), truth([A, B], [1, 2]))
    none = scored(found([FAR], [0.6], [1]), truth([A], [1]))
    value, ends = figures([one, none, one]), intervals([one, none, one])
    for key in ("average_precision", "mean_average_precision"):
        low, high = ends[key]["0.5"]
        assert low < value[key]["0.5"] < high
    (point,) = set(intervals([one])["average_precision"]["0.5"])
    np.testing.assert_allclose(point, figures([one])["average_precision"]["0.5"])
    assert intervals([]) == {}
