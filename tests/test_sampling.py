"""Which boxes of an image become crops: by hand, setting by setting, and preset by preset."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import boxes as bx
from core.errors import BoxscopeError
from core.labelling import IGNORED, NEGATIVE, POSITIVE, LabelRule, Labels, label
from core.pipeline import Proposals
from core.sampling import (
    PRESETS,
    Candidates,
    Reason,
    Sampling,
    Source,
    draws,
    exclusions,
    gather_boxes,
    offer,
    quotas,
)
from core.sampling.draws import Purpose
from core.sampling.gathering import jittered
from core.sampling.sharing import apportion
from tests.drawn import quick, some_boxes, truth

N, P, X = NEGATIVE, POSITIVE, IGNORED
OBJECT = (0, 0, 100, 100)
SIZE = (1000, 1000)
ALL = 100_000
STRICT = LabelRule()
PLAIN = Sampling()


def of_iou(*ious: float) -> np.ndarray:
    """Boxes in the object, of these IoU with it."""
    return bx.as_boxes([(0, 0, 100, 100 * iou) if iou else (900, 900, 950, 950) for iou in ious])


def gathered(boxes, of=None, rule=STRICT, sampling=PLAIN, image_id=7) -> Candidates:
    of = truth([OBJECT]) if of is None else of
    boxes = bx.as_boxes(boxes)
    found = Proposals(boxes, label(boxes, of, rule), 0.0)
    boxes = gather_boxes(found, of, rule, sampling, image_id, SIZE)
    return boxes.take(exclusions(boxes, of, rule, sampling) == Reason.WRITTEN)


def rows(offered, positives=None, negatives=None) -> np.ndarray:
    """Return the rows of an image that become crops by a quota, without one all that it offers."""
    return np.sort(np.concatenate([offered.positives[:positives], offered.negatives[:negatives]]))


def chosen(found, sampling, image_id) -> Candidates:
    """Return what becomes crops where no cap applies to the whole set."""
    return found.take(rows(offer(found, sampling, image_id)))


def taken(boxes, of=None, rule=STRICT, image_id=7, **settings) -> Candidates:
    sampling = Sampling(**settings)
    return chosen(gathered(boxes, of, rule, sampling, image_id), sampling, image_id)


def by_preset(name, boxes, of=None, image_id=7) -> Candidates:
    preset = PRESETS[name]
    found = gathered(boxes, of, preset.rule, preset.sampling, image_id)
    return chosen(found, preset.sampling, image_id)


def of_kinds(kinds, ious=None, scores=None) -> Candidates:
    kind = np.array(kinds, np.int8)
    iou = np.zeros(len(kind), np.float32) if ious is None else np.array(ious, np.float32)
    labels = Labels(
        iou, np.full(len(kind), -1), kind, iou, np.zeros(len(kind), bool), np.full(len(kind), -1, np.int32)
    )
    boxes = np.zeros((len(kind), 4), np.float32)
    scores = np.full(len(kind), np.nan, np.float32) if scores is None else np.array(scores, np.float32)
    return Candidates(boxes, labels, np.arange(len(kind)), np.zeros(len(kind), np.int8), scores)


def ranks(found: Candidates) -> list[int]:
    return found.rank.tolist()


# By rank: the article


@pytest.mark.parametrize(
    ("ious", "first", "expected"),
    [
        pytest.param([0, 0.9, 0, 0, 0.8], 2, [0, 1, 4], id="positives beyond the first stay"),
        pytest.param([0, 0, 0, 0], 3, [0, 1, 2], id="negatives among the first, exactly"),
        pytest.param([0.9, 0.9, 0.9, 0, 0], 3, [0, 1, 2], id="positives use up ranks"),
        pytest.param([0, 0.9, 0], 0, [1], id="no negatives at all"),
        pytest.param([], 400, [], id="no proposals"),
    ],
)
def test_negatives_among_the_first(ious, first, expected):
    assert ranks(taken(of_iou(*ious), negatives_first=first)) == expected


def test_the_article_takes_400_negatives_not_401():
    boxes = [(n, 900, n + 1, 901) for n in range(500)]
    assert ranks(by_preset("article", boxes)) == list(range(400))


@quick
@given(some_boxes(most=20), some_boxes(most=3), st.integers(0, 12), st.booleans())
def test_choice_equals_the_loop_it_stands_for(boxes, of, first, empty):
    labels, expected = label(boxes, truth(of), STRICT), []
    for rank, kind in enumerate(labels.kind.tolist()):
        if not len(of) and not empty:
            break
        if kind == P or (kind == N and rank < first):
            expected.append(rank)
    assert ranks(taken(boxes, truth(of), negatives_first=first, empty_images=empty)) == expected


def test_ignored_never_become_crops():
    boxes = of_iou(0.9, 0.35, 0.2, 0.05)
    rule = LabelRule(negative_from=0.1, negative_below=0.3)
    assert ranks(taken(boxes, rule=rule)) == [0, 2]
    crowded = truth([(0, 0, 1000, 1000)], crowd=[True])
    assert ranks(taken(boxes, crowded)) == []


@pytest.mark.parametrize(("wanted", "expected"), [(True, [0, 1]), (False, [])], ids=["in", "out"])
def test_images_without_objects(wanted, expected):
    assert ranks(taken(of_iou(0, 0), truth([]), empty_images=wanted)) == expected


def test_an_image_with_objects_and_no_positive_is_not_an_empty_one():
    assert ranks(taken(of_iou(0, 0.1), empty_images=False)) == [0, 1]


# Caps and orders


def test_caps_of_an_image():
    boxes = of_iou(0.9, 0, 0.8, 0, 0.7, 0, 0)
    found = taken(boxes, max_positives=2, max_negatives=3)
    assert Counter(found.labels.kind.tolist()) == {P: 2, N: 3}
    assert found.rank[found.labels.kind == N].tolist() == [1, 3, 5]


def test_objects_come_before_proposals_where_positives_are_capped():
    found = taken(of_iou(0.9, 0.8, 0.7), max_positives=1, truth_boxes=True)
    assert found.source.tolist() == [Source.TRUTH]


@pytest.mark.parametrize(
    ("ratio", "positives", "negatives"), [(3, 2, 6), (0.5, 2, 1), (0.3, 2, 0), (0, 2, 8), (3, 0, 0)]
)
def test_ratio_within_an_image(ratio, positives, negatives):
    found = taken(of_iou(*[0.9] * positives, *[0.1] * 8), ratio=ratio)
    assert np.count_nonzero(found.labels.kind == N) == negatives


def test_a_ratio_is_not_robbed_by_a_rounding_error():
    assert int(Sampling(ratio=0.29).negatives_beside(np.array(100))) == 29


def test_hardest_negatives_by_hand():
    found = taken(of_iou(0.1, 0.4, 0.9, 0.3, 0.4), negatives="hardest", max_negatives=2)
    assert ranks(found) == [1, 2, 4]
    assert ranks(taken(of_iou(0.1, 0.4, 0.9, 0.3, 0.4), negatives="hardest", max_negatives=1)) == [1, 2]


def test_negatives_by_score_by_hand():
    found = of_kinds([N, P, N, N, N], scores=[0.3, 0.1, 0.9, 0.9, 0.5])
    assert ranks(chosen(found, Sampling(negatives="score", max_negatives=3), 1)) == [1, 2, 3, 4]
    assert ranks(chosen(found, Sampling(negatives="score", max_negatives=1), 1)) == [1, 2]


def test_negatives_of_each_bin_by_hand():
    """Tenths of IoU: three in 0-.1, two in .2-.3, one at .3 itself, one in .4-.5."""
    boxes = of_iou(0.05, 0.06, 0.07, 0.21, 0.22, 0.3, 0.45, 0.9)
    found = taken(boxes, negatives="bins", bins=10, per_bin=1)
    bins = np.floor(found.labels.iou * 10 + 1e-6).astype(int).tolist()
    assert sorted(bins) == [0, 2, 3, 4, 9]
    assert len(taken(boxes, negatives="bins", per_bin=2)) == 7
    # Fewer than all of them: the first of each bin, hardest in front, before any second.
    capped = taken(boxes, negatives="bins", per_bin=2, max_negatives=4)
    assert sorted(np.floor(capped.labels.iou * 10 + 1e-6).astype(int).tolist()) == [0, 2, 3, 4, 9]
    capped = taken(boxes, negatives="bins", per_bin=2, max_negatives=2)
    assert ranks(capped) == [5, 6, 7]


@pytest.mark.parametrize("k", range(1, 10))
def test_an_iou_on_an_edge_belongs_to_the_bin_above(k):
    found = of_kinds([N, N], [k / 10, np.nextafter(np.float32(k / 10), np.float32(0))])
    assert ranks(chosen(found, Sampling(negatives="bins", per_bin=1), 1)) == [0, 1]


def test_random_negatives_are_spread_and_depend_on_seed_and_image():
    boxes = [(n, 900, n + 1, 901) for n in range(400)]

    def drawn(**more):
        return ranks(taken(boxes, negatives="random", max_negatives=100, **more))

    assert drawn() == drawn()
    assert len({tuple(drawn()), tuple(drawn(seed=1)), tuple(drawn(image_id=8))}) == 3
    assert 150 < np.mean(drawn()) < 250
    assert drawn() != list(range(100))


some_kinds = st.lists(st.sampled_from([N, P]), max_size=40)
orders = st.sampled_from(["rank", "random", "hardest", "score", "bins"])


@quick
@given(some_kinds, orders, st.integers(0, 5), st.integers(0, 20), st.integers(0, 20), st.integers(0, 9))
def test_a_smaller_quota_takes_a_part_of_what_a_larger_one_takes(kinds, order, most, p, n, seed):
    rng = np.random.default_rng(seed)
    found = of_kinds(kinds, rng.random(len(kinds)), rng.random(len(kinds)))
    sampling = Sampling(negatives=order, seed=seed, max_positives=most, set_positives=1000, per_bin=4)
    offered = offer(found, sampling, 3)
    less, more = rows(offered, p, n), rows(offered, p + 1, n + 2)
    assert set(less.tolist()) <= set(more.tolist()) <= set(rows(offered).tolist())
    assert (np.diff(more) > 0).all()
    counts = Counter(np.array(kinds)[less].tolist())
    assert counts[P] == min(p, offered.counts[0])
    assert counts[N] == min(n, offered.counts[1])


@quick
@given(st.permutations(range(8)), orders)
def test_no_choice_depends_on_the_order_of_images(order, negatives):
    boxes = of_iou(*np.linspace(0, 0.9, 40))

    def of_image(n):
        return ranks(
            taken(boxes, image_id=n, negatives=negatives, max_negatives=9, max_positives=3, jitter=1)
        )

    expected = {n: of_image(n) for n in range(8)}
    assert {n: of_image(n) for n in order} == expected


# Objects themselves, and boxes near them


def test_objects_are_added_as_positives_after_the_last_proposal():
    of = truth([OBJECT, (500, 500, 600, 600), (800, 0, 900, 900)], crowd=[False, False, True])
    found = taken(of_iou(0.9, 0.1), of, truth_boxes=True)
    assert ranks(found) == [0, 1, 2, 3]
    assert found.source.tolist() == [Source.PROPOSAL, Source.PROPOSAL, Source.TRUTH, Source.TRUTH]
    assert found.labels.kind.tolist() == [P, N, P, P]
    assert found.labels.iou.tolist()[2:] == [1, 1]
    assert found.labels.match.tolist()[2:] == [0, 1]
    assert found.boxes[3].tolist() == [500, 500, 600, 600]


def test_an_object_twice_in_the_file_matches_itself():
    found = taken([], truth([OBJECT, OBJECT]), truth_boxes=True)
    assert found.labels.kind.tolist() == [P, P]
    assert found.labels.match.tolist() == [0, 1]


def test_every_label_follows_from_its_iou():
    """Relabelling an export takes the label from the IoU again: above 1 there is no positive."""
    assert len(taken([], truth([OBJECT]), LabelRule(iou=1.0), truth_boxes=True)) == 0
    assert len(taken([], truth([OBJECT]), LabelRule(iou=1.0, inclusive=True), truth_boxes=True)) == 1


def test_an_object_without_inside_is_no_crop():
    assert len(taken([], truth([(5, 5, 5, 9), OBJECT]), truth_boxes=True)) == 1


def test_jitter_without_any_is_the_object():
    found = taken([], jitter=3, jitter_shift=0, jitter_scale=0)
    assert found.boxes.tolist() == [list(map(float, OBJECT))] * 3
    assert found.source.tolist() == [Source.JITTER] * 3
    assert ranks(taken(of_iou(0.1), jitter=2, truth_boxes=True)) == [0, 1, 2, 3]


@pytest.mark.parametrize("least", [0.3, 0.5, 0.8])
def test_jitter_stays_near_its_object(least):
    of = truth([(300, 300, 400, 380), (700, 100, 760, 400)])
    near = jittered(of, Sampling(jitter=20, jitter_shift=0.2, jitter_scale=0.3, jitter_iou=least), 5, SIZE)
    assert len(near) == 40
    own = of.boxes.repeat(20, axis=0)
    iou = bx.iou(near, own)[np.arange(40), np.arange(40)]
    assert iou.min() >= least
    sizes, of_object = near[:, 2:] - near[:, :2], own[:, 2:] - own[:, :2]
    moved = np.abs((near[:, 2:] + near[:, :2] - own[:, 2:] - own[:, :2]) / 2)
    assert (moved <= 0.2 * of_object + 1e-3).all()
    assert (np.abs(sizes / of_object - 1) <= 0.3 + 1e-5).all()
    assert len(np.unique(near, axis=0)) == 40


def test_jitter_stays_in_the_picture_and_knows_nothing_of_other_objects():
    one, other = (0, 0, 50, 50), (900, 950, 1000, 1000)
    settings = Sampling(jitter=8, jitter_shift=0.3, jitter_iou=0.3)
    near = jittered(truth([one, other]), settings, 1, SIZE)
    assert near.min() >= 0
    assert near.max() <= 1000
    assert jittered(truth([one]), settings, 1, SIZE).tolist() == near[:8].tolist()
    assert jittered(truth([one]), settings, 2, SIZE).tolist() != near[:8].tolist()


def test_jitter_is_labelled_as_proposals_are():
    settings = {"jitter": 40, "jitter_shift": 0.4, "jitter_iou": 0.2}
    rule = LabelRule(iou=0.6, negative_below=0.4)
    of = truth([(300, 300, 400, 400)])
    found = taken([], of, rule, **settings)
    assert set(found.labels.kind.tolist()) == {P, N}
    assert (found.labels.kind == rule.kinds(bx.iou(found.boxes, of.boxes)[:, 0])).all()


def test_an_object_that_gives_too_few_near_boxes_gives_fewer():
    settings = Sampling(jitter=10, jitter_shift=1.0, jitter_scale=0.9, jitter_iou=0.99)
    assert len(jittered(truth([OBJECT]), settings, 1, SIZE)) < 10


# Small and near boxes


def test_the_shortest_side_of_a_crop_leaves_ranks_alone():
    boxes = [(0, 0, 100, 100), (0, 0, 9, 50), (0, 0, 10, 50)]
    assert ranks(taken(boxes, crop_min_side=10)) == [0, 2]
    assert ranks(taken([], crop_min_side=10)) == []


def test_near_boxes_of_one_label_go_the_later_ones():
    """IoU of neighbours 90/110; the negative at .45 is .9 from the positive above it, and stays."""
    boxes = [(0, 0, 100, 100), (10, 0, 110, 100), (0, 0, 100, 50), (0, 0, 100, 45), (0, 900, 9, 950)]
    assert ranks(taken(boxes, crop_nms=0.8)) == [0, 2, 4]
    assert ranks(taken(boxes, rule=LabelRule(inclusive=True), crop_nms=0.8)) == [0, 2, 3, 4]
    assert ranks(taken(boxes)) == [0, 1, 2, 3, 4]


def test_an_object_stays_where_a_proposal_is_near_it():
    found = taken(of_iou(0.95), truth_boxes=True, crop_nms=0.8)
    assert found.source.tolist() == [Source.TRUTH]


# Presets


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_never_takes_what_it_should_not(name):
    preset = PRESETS[name]
    boxes = of_iou(*np.linspace(0, 1, 101))
    found = by_preset(name, boxes)
    assert set(found.labels.kind.tolist()) == {P, N}
    proposals = found.source == Source.PROPOSAL
    assert (found.labels.kind == preset.rule.kinds(found.labels.iou))[proposals].all()
    assert bool((~proposals).any()) == preset.sampling.truth_boxes


def ious_of(found, kind):
    return found.labels.iou[found.labels.kind == kind]


BANDS = of_iou(*np.linspace(0, 1, 101))


def test_article():
    found = by_preset("article", BANDS)
    assert len(found) == 101
    assert ious_of(found, P).min() > 0.5
    assert ious_of(found, N).max() == 0.5


def test_rcnn_finetune():
    found = by_preset("rcnn-finetune", BANDS)
    assert ious_of(found, P).min() == 0.5
    assert np.count_nonzero(found.source == Source.TRUTH) == 1
    preset = PRESETS["rcnn-finetune"].sampling
    assert (preset.ratio, preset.cut.side, preset.cut.context) == (96 / 32, 227, 16)
    assert preset.planned


def test_rcnn_svm():
    found = by_preset("rcnn-svm", BANDS)
    assert ious_of(found, P).tolist() == [1, 1]
    assert ious_of(found, N).max() == np.float32(0.29)
    assert np.count_nonzero(found.labels.kind == N) == 30


def test_fast_rcnn():
    found = by_preset("fast-rcnn", of_iou(0.9, 0.8, *np.linspace(0, 0.49, 50)))
    negatives = ious_of(found, N)
    assert (len(ious_of(found, P)), len(negatives)) == (3, 9)
    assert negatives.min() >= 0.1
    assert negatives.max() < 0.5


def test_hard_negatives():
    found = by_preset("hard-negatives", of_iou(*np.linspace(0, 0.5, 400), 0.9))
    assert len(found) == 101
    assert ious_of(found, N).min() > 0.37


def test_per_iou_bin():
    found = by_preset("per-iou-bin", of_iou(*np.linspace(0.001, 0.499, 400), 0.9))
    counts, _ = np.histogram(ious_of(found, N), np.linspace(0, 0.5, 6))
    assert counts.tolist() == [10] * 5
    assert len(ious_of(found, P)) == 1


# Quotas


def test_largest_remainder_by_hand():
    ties = np.arange(4, dtype=np.uint64)
    assert apportion(np.array([10, 20, 30, 40]), 10, ties).tolist() == [1, 2, 3, 4]
    assert apportion(np.array([1, 1, 1, 1]), 2, ties).tolist() == [1, 1, 0, 0]
    assert apportion(np.array([1, 1, 1, 1]), 2, ties[::-1].copy()).tolist() == [0, 0, 1, 1]
    assert apportion(np.array([5, 0, 3, 4]), 7, ties).tolist() == [3, 0, 2, 2]  # 2.92, 0, 1.75, 2.33
    assert apportion(np.array([5, 3]), 9, ties[:2]).tolist() == [5, 3]
    assert apportion(np.array([], np.int64), 9, ties[:0]).tolist() == []


some_counts = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 400)), max_size=30)
some_caps = st.integers(1, 2000)


@quick
@given(some_counts, some_caps, some_caps, st.integers(0, 99))
def test_quotas_sum_to_the_cap_and_never_exceed_counts(counts, positives, negatives, seed):
    counts = np.array(counts, np.int64).reshape(-1, 2)
    sampling = Sampling(set_positives=positives, set_negatives=negatives, seed=seed)
    found = quotas(counts, np.arange(len(counts)), sampling)
    assert (found <= counts).all()
    assert (found >= 0).all()
    assert found.sum(axis=0).tolist() == np.minimum(counts.sum(axis=0), [positives, negatives]).tolist()
    exact = counts * np.minimum(1, [positives, negatives] / np.maximum(counts.sum(axis=0), 1))
    assert np.abs(found - exact).max(initial=0) < 1


@quick
@given(some_counts, some_caps, st.floats(0.5, 5), st.sampled_from(["image", "set"]), st.randoms())
def test_quotas_respect_the_ratio_and_no_order(counts, most, ratio, over, random):
    counts = np.array(counts, np.int64).reshape(-1, 2)
    sampling = Sampling(set_positives=most, ratio=ratio, ratio_over=over)
    ids = np.arange(len(counts)) * 3 + 1
    found = quotas(counts, ids, sampling)
    positives, negatives = found.sum(axis=0)
    assert negatives <= ratio * positives + 1e-6
    if over == "image":
        assert (found[:, 1] <= ratio * found[:, 0] + 1e-6).all()
    else:
        assert negatives == min(counts[:, 1].sum(), int(ratio * positives + 1e-9))
    order = list(range(len(counts)))
    random.shuffle(order)
    assert quotas(counts[order], ids[order], sampling).tolist() == found[order].tolist()


def test_quotas_of_millions_stay_in_whole_numbers():
    counts = np.full((1000, 2), 10**8, np.int64)
    found = quotas(counts, np.arange(1000), Sampling(set_positives=999_999_999, set_negatives=1))
    assert found.sum(axis=0).tolist() == [999_999_999, 1]


def test_without_caps_over_the_set_all_is_given():
    assert not Sampling(max_negatives=3, ratio=2.0).planned
    counts = np.array([[3, 9], [0, 4]])
    assert quotas(counts, np.arange(2), Sampling()).tolist() == counts.tolist()


# Draws


def test_draws_are_splitmix64():
    assert draws.bits(0, [0, 1, 2]).tolist() == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


def test_draws_are_even_and_each_key_has_its_own():
    start = draws.key(0, Purpose.JITTER, 5)
    found = draws.uniform(start, np.arange(20_000))
    counts, _ = np.histogram(found, 20, (0, 1))
    assert counts.min() > 850
    assert counts.max() < 1150
    keys = {draws.key(seed, use, image) for seed in range(9) for use in Purpose for image in range(-9, 9)}
    assert len(keys) == 9 * len(Purpose) * 18


@pytest.mark.parametrize(
    "wrong",
    [{"negatives_first": -1}, {"empty_images": "yes"}, {"negatives": "worst"}, {"ratio": -1.0}],
    ids=str,
)
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(BoxscopeError, match=next(iter(wrong))):
        Sampling(**wrong)
