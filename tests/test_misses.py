"""Why an object is missed: drawn cases, one a reason, and what holds for any boxes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import boxes as bx
from core.evaluation.misses import REASONS, reasons
from core.proposers import AdaptiveThreshold, Grid, Union

OBJECT = bx.as_boxes([[100, 100, 200, 200]])
EXACT = (100, 100, 200, 200)
FAR = (0, 0, 20, 20)


def reason(boxes, before=(), iou=0.5, budget=100):
    (one,) = reasons(bx.as_boxes(boxes), lambda: bx.as_boxes(before), OBJECT, iou, budget)
    return one


@pytest.mark.parametrize(
    ("boxes", "before", "expected"),
    [
        ([EXACT], [], ""),
        ([FAR, EXACT], [], ""),
        ([FAR] * 100 + [EXACT], [], "ranked out"),
        ([FAR], [EXACT], "filtered"),
        ([(100, 100, 200, 140)], [], "shifted"),
        ([(100, 100, 140, 140), (150, 150, 190, 190)], [], "fragments"),
        ([FAR], [(100, 100, 140, 140), (130, 150, 150, 170)], "fragments"),
        ([(100, 100, 149, 120), (110, 120, 140, 160)], [], "nothing there"),
        ([(100 + 20 * n, 100 + 20 * n, 115 + 20 * n, 115 + 20 * n) for n in range(5)], [], "fragments"),
        ([(0, 0, 300, 300)], [], "swallowed"),
        ([FAR], [], "nothing there"),
        ([], [], "nothing there"),
        ([(0, 0, 300, 300), (100, 100, 130, 130)], [], "swallowed"),
        ([(0, 0, 300, 300), (100, 100, 130, 130), (150, 110, 170, 120)], [], "fragments"),
        ([(90, 0, 110, 300)], [], "nothing there"),
    ],
)
def test_reason_of_a_drawn_case(boxes, before, expected):
    assert reason(boxes, before) == expected


def test_the_threshold_itself_finds_and_a_higher_one_asks_for_more():
    half = (100, 100, 200, 150)
    assert reason([half]) == ""
    assert reason([half], iou=0.55) == "shifted"


def test_the_proposer_is_run_without_filters_only_where_it_is_needed():
    def never():
        raise AssertionError

    assert reasons(bx.as_boxes([FAR] * 10 + [EXACT]), never, OBJECT, 0.5, 10) == ["ranked out"]
    assert reasons(bx.as_boxes([EXACT]), never, OBJECT, 0.5, 10) == [""]
    assert reasons(bx.as_boxes([EXACT]), never, bx.as_boxes([]), 0.5, 10) == []


corner = st.integers(0, 9).map(lambda number: 10.0 * number)
box = st.tuples(corner, corner, st.integers(1, 4), st.integers(1, 4)).map(
    lambda b: (b[0], b[1], b[0] + 10.0 * b[2], b[1] + 10.0 * b[3])
)


@given(st.lists(box, max_size=8), st.lists(box, max_size=8), st.lists(box, max_size=4), st.integers(0, 9))
def test_every_object_is_found_or_has_one_reason(boxes, before, objects, budget):
    boxes, objects = bx.as_boxes(boxes), bx.as_boxes(objects)
    given_reasons = reasons(boxes, lambda: bx.as_boxes(before), objects, 0.5, budget)
    found = bx.iou(boxes[:budget], objects).max(axis=0, initial=0) >= 0.5
    assert [one == "" for one in given_reasons] == found.tolist()
    assert set(given_reasons) - {""} <= set(REASONS)


def test_a_proposer_without_its_filters_returns_all_that_it_returned_and_more():
    image = np.full((60, 80, 3), 160, np.uint8)
    image[10:20, 10:20] = 60
    image[40:43, 50:54] = 60
    proposer = AdaptiveThreshold(min_area=50)
    boxes, more = (one.propose(image).boxes.tolist() for one in (proposer, proposer.unfiltered()))
    assert [10, 10, 20, 20] in boxes
    assert [50, 40, 54, 43] in more
    assert all(one in more for one in boxes)
    assert Union((proposer, Grid())).unfiltered().parts[0].min_area == 0
