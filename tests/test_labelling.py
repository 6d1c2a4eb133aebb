"""Labels, orders and best overlaps: by hand, and by a loop over pairs."""

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import boxes as bx
from core.errors import BoxscopeError
from core.evaluation import RecallRule, best_overlap
from core.labelling import IGNORED, KINDS, NEGATIVE, POSITIVE, LabelRule, Labels, best_match, label
from core.ranking import ORDER_TEXTS, ORDERS, SCORE, agreeing, rank
from tests import naive
from tests.drawn import quick, some_boxes, truth

OBJECT = (0, 0, 100, 100)
STRICT, INCLUSIVE = LabelRule(), LabelRule(inclusive=True)


def labelled(proposals, of, rule=STRICT):
    return label(bx.as_boxes(proposals), of, rule)


@pytest.mark.parametrize(
    ("proposal", "iou", "kind"),
    [
        ((0, 0, 100, 80), 0.8, POSITIVE),
        ((0, 0, 100, 60), 0.6, POSITIVE),
        ((0, 0, 100, 50), 0.5, NEGATIVE),
        ((0, 0, 10, 10), 0.01, NEGATIVE),
        ((0, 0, 100, 100), 1.0, POSITIVE),
        ((0, 40, 100, 140), 60 / 140, NEGATIVE),
        ((0, 15, 100, 115), 85 / 115, POSITIVE),
        ((100, 0, 200, 100), 0.0, NEGATIVE),
    ],
    ids=str,
)
def test_proposal_is_labelled_by_hand(proposal, iou, kind):
    labels = labelled([proposal], truth([OBJECT]))
    assert labels.iou.tolist() == [np.float32(iou)]
    assert labels.kind.tolist() == [kind]
    assert labels.match.tolist() == [0 if iou else -1]


@pytest.mark.parametrize("k", range(1, 21))
def test_threshold_itself_counts_only_where_the_rule_includes_it(k):
    proposal = [(0, 0, 100, 5 * k)]
    strict, inclusive = LabelRule(iou=k / 20), LabelRule(iou=k / 20, inclusive=True)
    assert labelled(proposal, truth([OBJECT]), strict).kind.tolist() == [NEGATIVE]
    assert labelled(proposal, truth([OBJECT]), inclusive).kind.tolist() == [POSITIVE]


RULES = {
    "the article's": (LabelRule(), [NEGATIVE] * 5 + [POSITIVE] * 2),
    "strict at one": (LabelRule(iou=1.0), [NEGATIVE] * 7),
    "R-CNN's classifiers": (
        LabelRule(iou=1.0, inclusive=True, negative_below=0.3),
        [NEGATIVE, NEGATIVE, IGNORED, IGNORED, IGNORED, IGNORED, POSITIVE],
    ),
    "Fast R-CNN's": (
        LabelRule(iou=0.5, inclusive=True, negative_from=0.1, negative_below=0.5),
        [IGNORED, NEGATIVE, NEGATIVE, NEGATIVE, POSITIVE, POSITIVE, POSITIVE],
    ),
    "positive within the negatives": (
        LabelRule(iou=0.4, negative_below=0.6),
        [NEGATIVE, NEGATIVE, NEGATIVE, NEGATIVE, POSITIVE, POSITIVE, POSITIVE],
    ),
}


@pytest.mark.parametrize(("rule", "kinds"), RULES.values(), ids=RULES)
def test_bands_by_hand(rule, kinds):
    ious = (0, 0.1, 0.3, 0.4, 0.5, 0.8, 1)
    boxes = [(0, 0, 100, 100 * iou) if iou else (500, 500, 600, 600) for iou in ious]
    assert labelled(boxes, truth([OBJECT]), rule).kind.tolist() == kinds
    assert rule.kinds(np.array(ious, np.float32)).tolist() == kinds


@pytest.mark.parametrize(
    ("values", "end"),
    [
        ({"negative_from": 0.6, "negative_below": 0.3}, "negative_below, which is 0.3"),
        ({"negative_from": 0.3, "negative_below": 0.3}, "negative_below, which is 0.3"),
        ({"negative_from": 0.6}, "iou, which is 0.5"),
        ({"negative_from": 0.5, "inclusive": True}, "iou, which is 0.5"),
    ],
    ids=str,
)
def test_a_rule_by_which_nothing_is_negative_is_refused(values, end):
    with pytest.raises(BoxscopeError) as stop:
        LabelRule(**values)
    said = f"negative_from: got {values['negative_from']}, expected less than {end}: no box would be negative"
    assert str(stop.value) == said


def test_without_objects_what_overlaps_too_little_is_ignored_too():
    assert labelled([OBJECT], truth([]), LabelRule(negative_from=0.1)).kind.tolist() == [IGNORED]


def test_first_of_equal_objects_is_the_match():
    labels = labelled(
        [(10, 0, 20, 10), (0, 0, 30, 10)], truth([(0, 0, 10, 10), (10, 0, 20, 10), (20, 0, 30, 10)])
    )
    assert labels.match.tolist() == [1, 0]
    assert labelled([OBJECT], truth([OBJECT, OBJECT])).match.tolist() == [0]


def test_columns_have_their_types():
    for boxes, of in (([OBJECT], truth([OBJECT])), ([], truth([OBJECT])), ([OBJECT], truth([]))):
        labels = labelled(boxes, of)
        assert (labels.iou.dtype, labels.match.dtype, labels.kind.dtype) == (np.float32, np.int64, np.int8)
        assert (labels.inside.dtype, labels.tied.dtype) == (np.float32, bool)
        assert {len(getattr(labels, field.name)) for field in dataclasses.fields(labels)} == {len(boxes)}


def test_without_objects_every_proposal_is_negative():
    labels = labelled([OBJECT, (1, 1, 2, 2)], truth([]))
    assert labels.kind.tolist() == [NEGATIVE, NEGATIVE]
    assert labels.match.tolist() == [-1, -1]
    assert labels.iou.tolist() == [0, 0]


def test_crowd_region_matches_nothing():
    labels = labelled([OBJECT], truth([OBJECT], crowd=[True]))
    assert labels.iou.tolist() == [0]
    assert labels.match.tolist() == [-1]
    assert labels.kind.tolist() == [IGNORED]


def test_match_is_the_row_in_truth_not_among_the_objects():
    of = truth([(500, 500, 600, 600), OBJECT], crowd=[True, False])
    assert labelled([OBJECT], of).match.tolist() == [1]


@pytest.mark.parametrize(
    ("proposal", "kind"),
    [
        ((0, 0, 50, 50), IGNORED),
        ((150, 0, 250, 10), IGNORED),
        ((151, 0, 251, 10), NEGATIVE),
        ((300, 0, 400, 10), NEGATIVE),
    ],
    ids=["inside", "half covered", "less than half", "outside"],
)
def test_proposal_half_inside_a_crowd_region_is_ignored(proposal, kind):
    assert labelled([proposal], truth([(0, 0, 200, 200)], crowd=[True])).kind.tolist() == [kind]


def test_positive_inside_a_crowd_region_stays_positive():
    of = truth([(0, 0, 500, 500), OBJECT], crowd=[True, False])
    labels = labelled([OBJECT, (0, 0, 100, 51), (0, 0, 100, 50)], of)
    assert labels.kind.tolist() == [POSITIVE, POSITIVE, IGNORED]
    assert labels.match.tolist() == [1, 1, 1]


def test_two_crowd_regions_do_not_add_up():
    crowds = truth([(0, 0, 40, 100), (60, 0, 100, 100)], crowd=[True, True])
    assert labelled([(0, 0, 100, 100)], crowds).kind.tolist() == [NEGATIVE]


def test_empty_proposal_is_negative_and_no_division_by_zero():
    with np.errstate(all="raise"):
        labels = labelled([(5, 5, 5, 5)], truth([OBJECT, OBJECT], crowd=[True, False]))
    assert labels.kind.tolist() == [NEGATIVE]


@quick
@given(some_boxes(), some_boxes(most=5), st.data(), st.integers(1, 20), st.booleans())
def test_labels_equal_a_loop_over_pairs(boxes, of, data, k, inclusive):
    crowd = data.draw(st.lists(st.booleans(), min_size=len(of), max_size=len(of)))
    labels = label(boxes, truth(of, crowd), LabelRule(iou=k / 20, inclusive=inclusive))
    expected = naive.labels(
        boxes,
        [(row, box) for row, box in enumerate(of) if not crowd[row]],
        [box for row, box in enumerate(of) if crowd[row]],
        Fraction(k, 20),
        inclusive,
    )
    assert labels.iou.tolist() == [np.float32(float(iou)) for iou, _, _ in expected]
    assert labels.kind.tolist() == [kind for _, _, kind in expected]
    for match, (iou, expected_match, _) in zip(labels.match.tolist(), expected, strict=True):
        assert match == expected_match or iou == naive.iou(of[match], of[match]) * iou


@quick
@given(some_boxes(), some_boxes(most=5))
def test_best_match_names_an_object_with_that_iou(boxes, of):
    iou, match = best_match(boxes, truth(of))
    for box, value, row in zip(boxes, iou, match, strict=True):
        overlaps = [float(naive.iou(box, other)) for other in of]
        assert value == np.float32(max(overlaps, default=0))
        assert row == (-1 if value == 0 else overlaps.index(max(overlaps)))


def test_labels_of_the_first_k_are_the_head():
    labels = labelled([OBJECT, (0, 0, 1, 1), (0, 0, 100, 90)], truth([OBJECT]))
    head = labels.first(2)
    assert (head.iou.tolist(), head.match.tolist(), head.kind.tolist()) == (
        labels.iou[:2].tolist(),
        [0, 0],
        [POSITIVE, NEGATIVE],
    )


def test_every_kind_has_a_word():
    assert {POSITIVE, NEGATIVE, IGNORED} == {1, 0, -1} == set(KINDS)


def test_labels_below_each_other():
    of = truth([OBJECT])
    first, second = labelled([OBJECT, (0, 0, 1, 1)], of), labelled([(0, 0, 100, 90)], of)
    joined = Labels.joined([first, second])
    assert joined.kind.tolist() == [POSITIVE, NEGATIVE, POSITIVE]
    assert joined.iou.tolist() == [*first.iou.tolist(), *second.iou.tolist()]
    assert joined.take(np.array([2, 0])).kind.tolist() == [POSITIVE, POSITIVE]


# ---- inside an object

HALF = LabelRule(ignore_inside=0.5)


@pytest.mark.parametrize(
    ("proposal", "share", "kind"),
    [
        ((0, 0, 50, 100), 1.0, IGNORED),
        ((10, 10, 20, 20), 1.0, IGNORED),
        ((49, 0, 149, 100), 0.51, IGNORED),
        ((50, 0, 150, 100), 0.5, NEGATIVE),
        ((95, 0, 195, 100), 0.05, NEGATIVE),
        ((0, 0, 200, 200), 0.25, NEGATIVE),
        ((500, 0, 600, 100), 0.0, NEGATIVE),
        ((0, 0, 100, 51), 1.0, POSITIVE),
    ],
    ids=str,
)
def test_no_positive_that_lies_too_far_inside_an_object_is_ignored(proposal, share, kind):
    labels = labelled([proposal], truth([OBJECT]), HALF)
    assert labels.inside.tolist() == [np.float32(share)]
    assert labels.kind.tolist() == [kind]
    assert labelled([proposal], truth([OBJECT])).kind.tolist() == [max(kind, NEGATIVE)]


def test_shares_inside_two_objects_do_not_add_up():
    of = truth([(0, 0, 40, 100), (60, 0, 100, 100)])
    labels = labelled([(0, 0, 100, 100)], of, HALF)
    assert (labels.inside.tolist(), labels.kind.tolist()) == ([np.float32(0.4)], [NEGATIVE])


def test_the_share_is_of_any_object_not_of_the_match():
    """A small box at the edge of a large object, most like a small one that it hardly touches."""
    of = truth([(0, 0, 1000, 1000), (90, 0, 110, 20)])
    labels = labelled([(100, 0, 120, 20)], of, HALF)
    assert (labels.match.tolist(), labels.inside.tolist(), labels.kind.tolist()) == ([1], [1], [IGNORED])


def test_a_crowd_region_is_no_object_to_lie_inside():
    crowd = truth([(0, 0, 45, 100)], crowd=[True])
    labels = labelled([(0, 0, 100, 100)], crowd, LabelRule(ignore_inside=0.1))
    assert (labels.inside.tolist(), labels.kind.tolist()) == ([0], [NEGATIVE])


@pytest.mark.parametrize("boxes", [[(5, 5, 5, 5)], []], ids=["empty", "none"])
def test_no_share_of_an_empty_box(boxes):
    with np.errstate(all="raise"):
        assert labelled(boxes, truth([OBJECT]), HALF).inside.tolist() == [0] * len(boxes)


def test_a_share_below_every_negative_is_refused():
    with pytest.raises(BoxscopeError) as stop:
        LabelRule(negative_from=0.3, ignore_inside=0.2)
    assert str(stop.value) == (
        "negative_from: got 0.3, expected at most ignore_inside, which is 0.2: no box would be negative"
    )


@quick
@given(some_boxes(), some_boxes(most=5), st.integers(0, 20))
def test_shares_equal_a_loop_over_pairs(boxes, of, k):
    labels = label(boxes, truth(of), LabelRule(ignore_inside=k / 20))
    plain = label(boxes, truth(of), STRICT)
    shares = [max((naive.share(box, other) for other in of), default=Fraction(0)) for box in boxes]
    assert labels.inside.tolist() == [np.float32(float(share)) for share in shares]
    assert (labels.inside >= labels.iou).all()
    ignored = [
        kind == NEGATIVE and share > Fraction(k, 20) for kind, share in zip(plain.kind, shares, strict=True)
    ]
    assert labels.kind.tolist() == np.where(ignored, IGNORED, plain.kind).tolist()


@quick
@given(some_boxes(), some_boxes(most=5, fewest=1))
def test_shares_equal_the_overlap_of_pycocotools_with_crowds(boxes, of):
    """It divides by the detection's own area where the object is a crowd."""
    mask = pytest.importorskip("pycocotools.mask")
    sides = [np.hstack([some[:, :2], some[:, 2:] - some[:, :2]]).astype(np.float64) for some in (boxes, of)]
    theirs = mask.iou(*sides, [1] * len(of)) if len(boxes) else np.zeros((0, len(of)))
    assert label(boxes, truth(of), STRICT).inside.tolist() == pytest.approx(
        theirs.max(axis=1).tolist(), abs=1e-6
    )


# ---- categories


def test_a_match_is_not_certain_where_another_category_overlaps_as_much():
    objects = [(0, 0, 10, 10), (20, 0, 30, 10), (0, 0, 10, 10), (500, 0, 510, 10)]
    of = dataclasses.replace(truth(objects), category=np.array([1, 2, 2, 1]))
    boxes = [(0, 0, 10, 10), (20, 0, 30, 10), (10, 0, 20, 10), (5, 0, 25, 10), (600, 0, 610, 10)]
    labels = labelled(boxes, of)
    assert labels.tied.tolist() == [True, False, False, True, False]
    assert labels.match.tolist() == [0, 1, -1, 0, -1]
    assert not labelled(boxes, truth(objects)).tied.any()
    assert not labelled(boxes, truth([])).tied.any()


def test_a_crowd_region_of_another_category_makes_nothing_uncertain():
    of = dataclasses.replace(truth([OBJECT, OBJECT], [False, True]), category=np.array([1, 2]))
    assert labelled([OBJECT], of).tied.tolist() == [False]


# ---- orders

MIXED = [(0, 0, 2, 2), (0, 0, 9, 9), (5, 5, 7, 7), (0, 0, 3, 3)]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("area", [1, 3, 0, 2]),
        ("own", [0, 1, 2, 3]),
        ("distinct", [0, 1, 2, 3]),
        ("consensus", [0, 1, 2, 3]),
        ("small", [0, 2, 3, 1]),
    ],
)
def test_order_by_hand_with_equals_as_they_came(order, expected):
    assert rank(bx.as_boxes(MIXED), order).tolist() == expected


@pytest.mark.parametrize("order", ORDERS)
def test_order_of_no_boxes_is_no_boxes(order):
    assert rank(bx.as_boxes([]), order).shape == (0,)


def test_near_duplicates_come_behind_the_first_hundred():
    """A box in its three shapes, then 150 apart: 98 of these follow the first shape and the smallest."""
    apart = [(30 * n, 20, 30 * n + 9, 29) for n in range(150)]
    boxes = bx.as_boxes([(0, 0, 100, 10), (0, 0, 100, 9.5), (0, 0, 100, 8.5), *apart])
    assert rank(boxes, "distinct").tolist() == [0, 2, *range(3, 101), 1, *range(101, 153)]


def test_consensus_counts_boxes_that_agree_and_both_orders_count_the_same():
    """IoU .75 of neighbours in a chain of three; a pair of IoU .8; one box alone that comes first."""
    boxes = bx.as_boxes(
        [(50, 50, 60, 60), (0, 0, 14, 10), (2, 0, 16, 10), (4, 0, 18, 10), (80, 0, 90, 9), (80, 0, 90, 10)]
    )
    assert agreeing(boxes).tolist() == [0, 1, 2, 1, 1, 1]
    assert rank(boxes, "consensus").tolist() == [2, 1, 3, 4, 5, 0]
    # By the sum of ranks: 0 + 5, 1 + 1, 2 + 0, 3 + 2, 4 + 3, 5 + 4.
    assert rank(boxes, "own+consensus").tolist() == [1, 2, 0, 3, 4, 5]


@quick
@given(some_boxes(most=20), st.sampled_from([0.3, 0.7, 0.9]))
def test_agreeing_boxes_are_those_of_all_pairs(boxes, threshold):
    overlaps = bx.iou(boxes, boxes).astype(np.float64)
    np.fill_diagonal(overlaps, 0)
    certain = (np.abs(overlaps - threshold) > 1e-6).all(axis=1)
    assert (
        agreeing(boxes, threshold)[certain].tolist() == (overlaps > threshold).sum(axis=1)[certain].tolist()
    )


@quick
@given(some_boxes(side=6), st.sampled_from(["area", "own", "small"]))
def test_order_keeps_every_box_and_is_stable(boxes, order):
    ranked = boxes[rank(boxes, order)].tolist()
    signs = {"area": -1, "own": 0, "small": 1}
    assert ranked == sorted(boxes.tolist(), key=lambda box: signs[order] * naive.area(box))


def test_every_order_has_words():
    assert set(ORDER_TEXTS) == {*ORDERS, SCORE}


# ---- best overlap


def test_best_overlap_by_hand():
    of = truth([OBJECT, (0, 40, 100, 140), (900, 900, 950, 950)])
    best = best_overlap(bx.as_boxes([(0, 15, 100, 115), (0, 0, 100, 80)]), of)
    assert best.row.tolist() == [0, 1, 2]
    assert best.iou.tolist() == [np.float32(0.8), np.float32(75 / 125), 0]
    assert best.rank.tolist() == [1, 0, -1]
    assert best.passes(RecallRule()).tolist() == [True, True, False]
    assert best.passes(RecallRule(0.65)).tolist() == [True, False, False]
    assert best.passes(RecallRule(0.6)).tolist() == [True, True, False]


def test_one_proposal_may_serve_several_objects():
    best = best_overlap(bx.as_boxes([OBJECT]), truth([OBJECT, OBJECT]))
    assert best.iou.tolist() == [1, 1]
    assert best.rank.tolist() == [0, 0]


def test_best_overlap_passes_crowd_regions_over():
    best = best_overlap(bx.as_boxes([OBJECT]), truth([OBJECT, OBJECT], crowd=[True, False]))
    assert best.row.tolist() == [1]
    assert best.iou.tolist() == [1]


@pytest.mark.parametrize(("boxes", "of"), [([], [OBJECT]), ([OBJECT], []), ([], [])])
def test_best_overlap_without_proposals_or_objects(boxes, of):
    best = best_overlap(bx.as_boxes(boxes), truth(of))
    assert best.row.tolist() == list(range(len(of)))
    assert best.iou.tolist() == [0] * len(of)
    assert best.rank.tolist() == [-1] * len(of)


@quick
@given(some_boxes(), some_boxes(most=5))
def test_best_overlap_names_the_first_proposal_with_that_iou(boxes, of):
    best = best_overlap(boxes, truth(of))
    for row, iou, place in zip(best.row, best.iou, best.rank, strict=True):
        overlaps = [naive.iou(box, of[row]) for box in boxes]
        assert iou == np.float32(float(max(overlaps, default=0)))
        assert place == (overlaps.index(max(overlaps)) if iou else -1)
