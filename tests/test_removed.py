"""The boxes that filters remove, each with the reason and the proposal for which NMS drops it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core import boxes as bx
from core.pipeline import Setup, ranked
from core.proposals.proposer_cache import ProposerCache
from core.proposals.removed import DROPPED, REASONS, SUPPRESSED, THIN, removed, removed_of_image
from core.proposers import AdaptiveThreshold, Found
from core.ranking import ORDERS
from pages.ui.server import tables
from tests.drawn import quick, some_boxes
from tests.small import Fixed, small_set

NONE = bx.as_boxes([])


def names(of) -> list[str]:
    return [REASONS[number] for number in of.reason.tolist()]


def test_each_removed_box_has_its_reason_and_the_proposal_that_drops_it():
    large, twin, thin, small, other = (
        *((0, 0, 10, 10), (0, 0, 10, 9), (20, 0, 22, 10)),
        *((0, 0, 4, 4), (30, 30, 40, 40)),
    )
    setup = Setup(Fixed(), order="own", nms=0.8, min_side=3)
    of = removed(setup, bx.as_boxes([other, large, thin, twin]), bx.as_boxes([small, large, twin]))
    assert of.boxes.tolist() == [list(map(float, box)) for box in (twin, thin, small)]
    assert names(of) == [SUPPRESSED, THIN, DROPPED]
    assert (of.by.tolist(), of.iou.tolist()) == ([1, -1, -1], [np.float32(0.9), 0, 0])
    assert of.counts == (1, 1, 1)
    head, rows = tables.unpack(tables.removed(of), 7)
    assert head == {"reasons": list(REASONS), "counts": [1, 1, 1]}
    assert rows[:, :4].tolist() == of.boxes.tolist()
    assert rows[:, 4:6].tolist() == [[0, 1], [1, -1], [2, -1]]


def test_of_many_the_first_are_given_and_all_counted():
    boxes = bx.as_boxes([(0, 0, 20, 20 - n) for n in range(9)])
    of = removed(Setup(Fixed(), order="own", nms=0.5), boxes, boxes, most=3)
    assert of.counts == (8, 0, 0)
    assert of.boxes.tolist() == boxes[1:4].tolist()
    thin = removed(Setup(Fixed(), order="own", min_side=100), boxes, boxes, most=3)
    assert (len(thin.boxes), thin.counts) == (3, (0, 9, 0))


@quick
@given(
    some_boxes(most=20), some_boxes(most=9), st.sampled_from(list(ORDERS)), st.sampled_from([0.3, 0.7, 1.0])
)
def test_what_is_kept_and_what_is_removed_are_all_boxes(boxes, more, order, nms):
    boxes = bx.unique(boxes)
    setup = Setup(Fixed(), order=order, nms=nms, min_side=3)
    kept, of = (
        ranked(setup, Found(boxes)).boxes,
        removed(setup, boxes, bx.unique(np.concatenate([boxes, more]))),
    )
    ours = np.concatenate([kept, of.boxes])
    everything = bx.unique(np.concatenate([boxes, more]))
    assert sorted(map(tuple, ours.tolist())) == sorted(map(tuple, everything.tolist()))
    assert sum(of.counts) == len(of.boxes)
    positions = {tuple(box): n for n, box in enumerate(boxes[ORDERS[order](boxes)].tolist())}
    for box, name, by, iou in zip(of.boxes, names(of), of.by.tolist(), of.iou.tolist(), strict=True):
        assert (by >= 0) == (name == SUPPRESSED)
        if name == SUPPRESSED:
            assert iou == bx.iou(box[None], kept[by][None])[0, 0] > nms - 1e-6
            assert positions[tuple(kept[by].tolist())] < positions[tuple(box.tolist())]
            assert (bx.iou(box[None], kept[:by]) <= nms + 1e-6).all()  # the first that does
        if name == THIN:
            assert min(box[2:] - box[:2]) < 3


def test_of_an_image_the_components_below_the_minimum_area_are_among_them(tmp_path):
    dataset, cache = small_set(tmp_path / "set", 1), ProposerCache(tmp_path / "cache")
    proposer = AdaptiveThreshold(offsets=(20,), min_area=400)
    of = removed_of_image(cache, dataset, 0, Setup(proposer, top=1))
    free = cache.result(dataset, 0, proposer.unfiltered()).found.boxes
    kept = cache.result(dataset, 0, proposer).found.boxes
    assert of.counts == (0, 0, len(free) - len(kept))
    assert of.counts[2] > 0
    assert removed_of_image(cache, dataset, 0, Setup(Fixed(((0, 0, 9, 9),)))).counts == (0, 0, 0)
