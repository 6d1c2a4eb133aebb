"""Crack-groups: drawn cracks with boxes known by hand, and its kernels against slow twins."""

import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core import boxes as bx
from core.duplicate_boxes import distinct
from core.proposers import CrackGroups
from core.proposers.crack_groups import overlaps, search, warm
from core.proposers.crack_groups.components import components
from core.proposers.crack_groups.grouping import Fragments, groups
from core.proposers.found import Found
from core.proposers.origins import Origins
from tests.drawn import some_boxes

ONE_SCALE = CrackGroups(scales=(1.0,))


@pytest.fixture(autouse=True, scope="module")
def _loaded():
    warm()


def concrete(seed=0, height=120, width=160):
    return np.random.default_rng(seed).integers(150, 170, (height, width, 3)).astype(np.uint8)


def broken_line():
    """A dark line of three pieces with gaps of 8 px; the box around all of it."""
    image = concrete()
    for start in (20, 68, 116):
        image[58:61, start : start + 40] = 90
    return image, (20, 58, 156, 61)


def best(found, box, first=None):
    return float(bx.iou(found.boxes[:first], bx.as_boxes([box])).max(initial=0))


@pytest.mark.parametrize("scales", [(1.0,), (0.5, 1.0)])
def test_a_broken_line_is_one_of_the_first_boxes_and_so_is_a_piece(scales):
    image, line = broken_line()
    found = CrackGroups(scales=scales).propose(image)
    assert best(found, line, 8) > 0.6
    assert best(found, (20, 58, 60, 61)) > 0.5
    assert found.scores is not None
    assert found.origins is not None
    assert found.origins.describe(0).startswith("scale ")


def test_groups_farther_apart_than_the_gap_are_not_joined():
    image, line = broken_line()
    apart = ONE_SCALE.replace(max_gap=4.0, length=1, percentiles=(98.0,))
    assert best(apart.propose(image), line) < 0.4
    assert best(apart.replace(max_gap=20.0).propose(image), line) > 0.9


def test_a_dark_dot_is_no_fragment():
    image = np.full((120, 160, 3), 160, np.uint8)
    image[40:43, 50:53] = 40
    proposer = ONE_SCALE.replace(length=1, percentiles=(99.9,))
    assert len(proposer.propose(image).boxes) == 0
    (dot,) = proposer.unfiltered().propose(image).boxes.tolist()
    assert (dot[0] <= 50, dot[1] <= 40, dot[2] >= 53, dot[3] >= 43) == (True,) * 4


def test_a_line_that_ends_nearer_to_an_edge_than_the_shortest_fragment_reaches_it():
    image = np.full((120, 160, 3), 160, np.uint8)
    image[58:61, 7:100] = image[20:23, 40:151] = 60
    proposer = ONE_SCALE.replace(length=1, percentiles=(97.0,), max_gap=4.0)
    near, far = proposer.propose(image).boxes[np.argsort(-proposer.propose(image).boxes[:, 1])]
    assert (near[0], far[0], far[2] < 160) == (0, 40, True)
    assert proposer.replace(min_length=5).propose(image).boxes[:, 0].min() == 7


def test_bright_lines_of_the_inverted_picture_are_the_dark_ones():
    image = np.repeat(broken_line()[0][..., :1], 3, axis=2)  # so that grey is not rounded
    dark, bright = ONE_SCALE.propose(image), ONE_SCALE.replace(polarity="bright").propose(255 - image)
    assert np.array_equal(dark.boxes, bright.boxes)
    both = ONE_SCALE.replace(polarity="both").propose(image)
    assert best(both, broken_line()[1], 5) > 0.5


def test_boxes_are_inside_the_image_distinct_and_of_their_scale():
    image = concrete(3, 101, 143)
    found = CrackGroups(scales=(0.3, 0.7)).propose(image)
    assert len(found.boxes) > 10
    assert np.array_equal(bx.clip(found.boxes, 143, 101), found.boxes)
    assert (bx.area(found.boxes) > 0).all()
    ious = bx.iou(found.boxes, found.boxes)
    np.fill_diagonal(ious, 0)
    assert ious.max() <= 0.95 + 1e-6
    assert (np.diff(found.scores) <= 0).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (3, 3), (40, 2)])
def test_tiny_pictures_give_boxes_or_none(size):
    found = CrackGroups().propose(concrete(0, *size))
    assert found.boxes.shape[1] == 4


def test_a_flat_picture_has_no_lines():
    assert len(CrackGroups().propose(np.full((60, 80, 3), 128, np.uint8)).boxes) == 0


def test_stages_show_maps_then_fragments_with_the_boxes_of_groups():
    image, line = broken_line()
    stages = ONE_SCALE.stages(image)
    names = [stage.name for stage in stages]
    assert names[:2] == ["scale 1, contrast", "scale 1, along lines"]
    assert names[2:] == [f"scale 1, above {p:g} %" for p in ONE_SCALE.percentiles]
    assert max(bx.iou(stage.boxes, bx.as_boxes([line])).max() for stage in stages[2:]) > 0.55


@given(some_boxes(most=25), st.sampled_from([0.3, 0.5, 0.9]), st.sampled_from([2, 9, None]))
def test_distinct_boxes_are_those_of_non_maximum_suppression(boxes, threshold, most):
    kept = []
    for row in range(len(boxes)):
        if not kept or bx.iou(boxes[row : row + 1], boxes[kept]).max() <= threshold:
            kept.append(row)
    assert distinct(boxes, threshold, most).tolist() == kept[:most]


@given(some_boxes(), st.sampled_from([0.3, 0.5, 0.7]))
def test_agreement_counts_the_steps_with_a_box_that_overlaps_enough(boxes, overlap):
    step = (np.arange(len(boxes)) * 7 % 5).astype(np.int16)
    near = bx.iou(boxes, boxes).astype(np.float64)
    assume(not (np.abs(near - overlap) < 1e-4).any())
    slow = [len({*step[near[row] > overlap].tolist(), int(own)}) for row, own in enumerate(step)]
    assert overlaps.agreeing(boxes, step, overlap).tolist() == slow


def test_what_several_percentiles_find_comes_before_what_one_finds():
    boxes = bx.as_boxes([[50, 50, 60, 60], [0, 0, 10, 10], [0, 0, 10, 9]])
    part = Found(boxes, np.array([9, 8, 1], np.float32), Origins(("a", "b"), np.array([0, 0, 1], np.int16)))
    assert search.best_first([part], 0.0).scores.tolist() == [9, 8, 1]
    agreed = search.best_first([part], 1.0)
    assert (agreed.boxes[0].tolist(), agreed.scores.tolist()) == ([0, 0, 10, 10], [16, 9, 2])


def test_a_group_is_put_behind_others_when_better_ones_overlap_it():
    """IoU .9 of neighbours; the third overlaps two better ones; one elsewhere has half the best score."""
    boxes = bx.as_boxes([(0, 0, 100, 10), (0, 0, 90, 10), (0, 0, 81, 10), (0, 50, 100, 60)])
    scores = np.array([8, 6, 4, 4], np.float32)
    rows, found = overlaps.damped(boxes, scores, 0.7, 0.5, 3, 4)
    assert (rows.tolist(), found.tolist()) == ([0, 3, 1, 2], [8, 4, 3, 1])
    assert overlaps.damped(boxes, scores, 0.7, 0.5, 1, 4)[1].tolist() == [8, 4, 3, 2]  # once at most
    assert overlaps.damped(boxes, scores, 0.7, 0.5, 3, 1)[0].tolist() == [0, 3, 1, 2]  # then by score


@given(some_boxes(most=12), st.sampled_from([0.3, 0.7]), st.sampled_from([3, 12]))
def test_damped_boxes_are_those_of_taking_the_best_again_and_again(boxes, overlap, most):
    scores = np.linspace(2, 1, len(boxes), dtype=np.float32)
    ious, left, lowered = bx.iou(boxes, boxes), scores.copy(), np.zeros(len(boxes), int)
    assume(len(boxes) == 0 or np.abs(ious - overlap).min() > 1e-6)
    rows: list[int] = []
    while len(rows) < min(most, len(boxes)):
        row = max((each for each in range(len(boxes)) if each not in rows), key=lambda each: left[each])
        rows.append(row)
        for other in set(range(len(boxes))) - set(rows):
            if ious[row, other] > overlap and lowered[other] < 2:
                left[other] *= np.float32(0.75)
                lowered[other] += 1
    rows += sorted(set(range(len(boxes))) - set(rows), key=lambda each: (-left[each], each))
    found, damped = overlaps.damped(boxes, scores, overlap, 0.75, 2, most)
    assert found.tolist() == rows
    assert np.allclose(damped, left[rows])


@given(st.integers(0, 10**6), st.sampled_from([0.1, 0.4, 0.7]), st.sampled_from([1, 4]))
def test_components_are_those_of_opencv(seed, share, min_length):
    values = np.random.default_rng(seed).random((13, 17), np.float32)
    level = 1 - share
    count, expected, stats, _ = cv2.connectedComponentsWithStats((values > level).astype(np.uint8))
    labels = np.zeros(values.shape, np.int32)
    boxes, sums = components(values, values, level, min_length, labels)
    long = [number for number in range(1, count) if stats[number, 2:4].max() >= min_length]
    assert len(boxes) == labels.max() == len(long)
    for row, (box, total) in enumerate(zip(boxes.tolist(), sums.tolist(), strict=True)):
        (number,) = np.unique(expected[labels == row + 1])
        assert number in long
        assert np.array_equal(labels == row + 1, expected == number)
        x, y, width, height, _ = stats[number]
        assert box == [x, y, x + width, y + height]
        assert total == pytest.approx(values[expected == number].sum(), rel=1e-4)


def pixels(mask_labels, number):
    return np.argwhere(mask_labels == number)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1000))
def test_groups_are_those_of_joining_the_nearest_pixels_first(seed):
    """Single linkage by Euclidean distances, computed from all pairs of pixels; the chamfer is within 8 %."""
    rng = np.random.default_rng(seed)
    labels = np.zeros((40, 50), np.int32)
    corners = []
    for number in range(1, 6):
        y, x = 3 + 12 * ((number - 1) // 3), 2 + 16 * ((number - 1) % 3)
        h, w = rng.integers(1, 8), rng.integers(1, 12)
        labels[y : y + h, x : x + w] = number
        corners.append((x, y, x + w, y + h))
    pieces = Fragments(labels, bx.as_boxes(corners), np.ones(5, np.float32))
    found = groups(pieces, 100.0)
    assert len(found.boxes) == 9
    gap = np.full((5, 5), np.inf)
    for one in range(5):
        for other in range(one):
            difference = pixels(labels, one + 1)[:, None] - pixels(labels, other + 1)[None]
            gap[one, other] = gap[other, one] = np.sqrt((difference**2).sum(axis=-1)).min()
    members = [{number} for number in range(5)]
    boxes = {tuple(corner) for corner in corners}
    distances = []
    while len(members) > 1:
        pairs = [
            (min(gap[a, b] for a in members[i] for b in members[j]), i, j)
            for i in range(len(members))
            for j in range(i)
        ]
        _, i, j = min(pairs)
        distances.append(sorted(one for one, *_ in pairs)[:2])
        united = members[i] | members[j]
        members = [each for number, each in enumerate(members) if number not in (i, j)] + [united]
        part = np.array([corners[number] for number in united])
        boxes.add((*part[:, :2].min(axis=0).tolist(), *part[:, 2:].max(axis=0).tolist()))
    clear = all(len(two) < 2 or two[1] > 1.1 * two[0] + 2 for two in distances)
    if clear:  # else two gaps are too near each other for the chamfer to tell
        assert {tuple(int(c) for c in box) for box in found.boxes.tolist()} == boxes


def test_the_search_runs_on_one_percentile_and_finds_no_more_than_it_says():
    image, _ = broken_line()
    found = ONE_SCALE.replace(percentiles=(97.0,), duplicates=1.0).propose(image)
    assert set(found.origins.step.tolist()) == {0}
    assert found.origins.names == ("scale 1, above 97 %",)
