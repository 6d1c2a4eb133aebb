"""The pipeline: the order of its steps, and what becomes of a proposer's failure."""

from dataclasses import dataclass, replace
from typing import ClassVar

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import boxes as bx
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.labelling import LabelRule, label
from core.pipeline import Setup, process_image, propose, run
from core.proposers import PROPOSERS, AdaptiveThreshold, Found, ImageRef, Origins, Proposer
from core.proposers.perturbed import Perturbed
from core.ranking import ORDERS
from tests.drawn import annotation, coco, image, noise, quick, save, slab, some_boxes, truth, write

PICTURE = noise(100, 80)


@dataclass(frozen=True)
class Given(Proposer):
    """Proposes what it is told, or fails as it is told."""

    name: ClassVar[str] = "given"
    summary: ClassVar[str] = "For tests."

    boxes: tuple = ()
    failure: Exception | None = None

    def propose(self, image, ref=None):
        if self.failure is not None:
            raise self.failure
        return Found(bx.as_boxes(self.boxes))


def proposed(boxes, **settings) -> list[tuple]:
    found, _ = propose(Setup(proposer=Given(tuple(map(tuple, boxes))), **settings), PICTURE)
    return [tuple(box) for box in found.boxes.tolist()]


@dataclass(frozen=True)
class Steps(Proposer):
    """Proposes what it is told, each box with a score, every other one from another step."""

    name: ClassVar[str] = "steps"
    summary: ClassVar[str] = "For tests."

    boxes: tuple = ()

    def propose(self, image, ref=None):
        number = np.arange(len(self.boxes))
        origins = Origins(("even", "odd"), number % 2, number + 1)
        return Found(bx.as_boxes(self.boxes), (100 - number).astype(np.float32), origins)


def test_own_boxes_pass_untouched():
    boxes = [(0, 0, 2, 2), (0, 0, 50, 50), (0.5, 0.25, 3, 3)]
    assert proposed(boxes, order="own") == boxes


class Unranked(Given):
    """Proposes what it is told, in an order that means nothing."""

    default_order: ClassVar[str] = "area"


def test_plain_setup_keeps_all_in_the_default_order_of_the_proposer():
    boxes = ((0, 0, 2, 2), (0, 0, 50, 50), (1, 1, 2, 2))
    assert proposed(boxes) == list(boxes)
    by_area = [(0, 0, 50, 50), (0, 0, 2, 2), (1, 1, 2, 2)]
    assert proposed(boxes, order="area") == by_area
    assert list(map(tuple, propose(Setup(Unranked(boxes)), PICTURE)[0].boxes.tolist())) == by_area


ORDERS_OF = {
    "from-file": "own",
    "fitted": "own",
    "crack-groups": "own",
    "adaptive-threshold": "area",
    "selective-search": "distinct",
    "selective-search+grid": "distinct",
    "opencv-selective-search": "own",
    "felzenszwalb": "area",
    "mser": "area",
    "learned-boxes": "own",
    "grid": "own",
    "full-image": "own",
    "grid+full-image": "own",
    "grid+adaptive-threshold": "area",
}


def test_the_default_order_is_that_of_the_proposer_and_one_that_is_chosen_stays():
    for name, order in ORDERS_OF.items():
        setup = Setup.parse({"proposer": name})
        assert setup.ranked_by == order, name
        assert setup.with_order_named().spell()["order"] == order
        assert Setup.parse({"proposer": name, "order": "small"}).ranked_by == "small"
    assert {proposer().default_order for proposer in PROPOSERS.values()} <= set(ORDERS)
    assert Perturbed(AdaptiveThreshold(), "blur", 1.0).default_order == "area"


@pytest.mark.parametrize(("min_side", "kept"), [(0, 3), (5, 3), (6, 2), (10, 1), (11, 0)])
def test_shorter_side_decides_and_the_minimum_itself_stays(min_side, kept):
    boxes = [(0, 0, 10, 10), (0, 0, 9, 9), (0, 0, 5, 90)]
    assert len(proposed(boxes, min_side=min_side)) == kept


def test_order_comes_before_nms():
    small, large = (0, 0, 10, 9), (0, 0, 10, 10)
    assert proposed([small, large], order="own", nms=0.8) == [small]
    assert proposed([small, large], order="area", nms=0.8) == [large]
    assert proposed([large, small], order="small", nms=0.8) == [small]


def test_thin_boxes_go_before_they_could_suppress_others():
    thin, square = (0, 0, 100, 9), (0, 0, 20, 20)
    assert proposed([thin, square], nms=0.1) == [thin]
    assert proposed([thin, square], nms=0.1, min_side=10) == [square]


def test_thin_boxes_count_for_no_order():
    thin, twin, other = [(0, 0, 5, 40)] * 3, (0, 0, 50, 50), (60, 60, 90, 90)
    boxes = [*thin, other, twin, (0, 0, 50, 49)]
    assert proposed(boxes, order="consensus")[:3] == thin
    assert proposed(boxes, order="consensus", min_side=10) == [twin, (0, 0, 50, 49), other]


def test_a_use_of_all_proposals_takes_them_as_they_come_unless_an_order_is_chosen():
    setup = Setup.parse({"proposer": "selective-search"})
    assert setup.with_all_proposals().ranked_by == "own"
    assert replace(setup, order="distinct").with_all_proposals().ranked_by == "distinct"
    assert Setup().with_all_proposals() == Setup()


def test_nms_comes_before_top():
    first, twin, other = (0, 0, 50, 50), (0, 0, 50, 49), (60, 60, 70, 70)
    assert proposed([first, twin, other], nms=0.9, top=2) == [first, other]


def test_thin_boxes_take_no_place_among_the_top():
    assert proposed([(0, 0, 90, 2), (0, 0, 9, 9)], min_side=5, top=1) == [(0, 0, 9, 9)]


def test_nms_at_1_keeps_twins_to_the_last_pixel():
    assert len(proposed([(0, 0, 100, 100), (0, 0, 100, 99.99)], nms=1.0)) == 2
    assert len(proposed([(0, 0, 100, 100), (0, 0, 100, 99.99)], nms=0.99)) == 1


@quick
@given(
    some_boxes(most=15),
    st.sampled_from(list(ORDERS)),
    st.integers(1, 16),
    st.sampled_from([0.33, 1.0]),
    st.sampled_from([0, 3]),
)
def test_a_smaller_top_gives_the_head_of_the_same_list(boxes, order, top, nms, min_side):
    settings = {"order": order, "nms": nms, "min_side": min_side}
    assert proposed(boxes, top=top, **settings) == proposed(boxes, **settings)[:top]


def test_no_proposals_survive_every_filter():
    assert proposed([], min_side=5, nms=0.5, top=3) == []


def test_run_labels_the_boxes_that_are_left_by_the_rule_of_the_setup():
    setup = Setup(proposer=Given(((0, 0, 10, 6), (0, 0, 3, 3))), rule=LabelRule(iou=0.7), min_side=4)
    of = truth([(0, 0, 10, 10)])
    found = run(setup, PICTURE, of)
    assert found.boxes.tolist() == [[0, 0, 10, 6]]
    assert found.labels.kind.tolist() == label(found.boxes, of, setup.rule).kind.tolist() == [0]
    assert run(Setup(proposer=setup.proposer), PICTURE, of).labels.kind.tolist() == [1, 0]


def test_first_takes_boxes_and_labels_together():
    found = run(Setup(proposer=Given(((0, 0, 9, 9), (0, 0, 3, 3)))), PICTURE, truth([(0, 0, 3, 3)]))
    head = found.first(1)
    assert head.boxes.tolist() == [[0, 0, 9, 9]]
    assert head.labels.iou.tolist() == found.labels.iou[:1].tolist()
    assert head.seconds == found.seconds


@quick
@given(
    some_boxes(most=15),
    st.sampled_from(list(ORDERS)),
    st.integers(0, 16),
    st.sampled_from([0.33, 1.0]),
    st.sampled_from([0, 3]),
)
def test_a_box_keeps_its_origin_and_score_in_the_pipeline(boxes, order, top, nms, min_side):
    given = [tuple(box) for box in bx.unique(boxes).tolist()]
    words = {box: f"level {n + 1} of {('even', 'odd')[n % 2]}" for n, box in enumerate(given)}
    setup = Setup(Steps(tuple(given)), order, min_side, nms, top)
    found = run(setup, PICTURE, truth([(0, 0, 3, 3)])).first(9)
    for rank, box in enumerate(found.boxes.tolist()):
        assert found.origins.describe(rank) == words[tuple(box)]
        assert found.scores[rank] == 100 - given.index(tuple(box))


def test_a_proposer_without_steps_tells_no_origins_and_no_scores():
    found = run(Setup(Given(((0, 0, 9, 9),))), PICTURE, truth([(0, 0, 3, 3)]))
    assert found.origins is found.scores is None
    assert found.first(1).origins is found.first(1).scores is None


@pytest.fixture
def dataset(tmp_path) -> CocoDataset:
    save(slab(100, 80, (20, 30, 60, 50)), tmp_path / "a.png")
    document = coco([image(), image(2, "gone.png")], [annotation(bbox=[20, 30, 40, 20])])
    return CocoDataset.open(write(document, tmp_path / "annotations.json"))


def test_process_image_returns_the_picture_and_its_labelled_proposals(dataset):
    picture, found = process_image(Setup(proposer=AdaptiveThreshold(offsets=(40, 80, 120))), dataset, 0)
    assert (picture == slab(100, 80, (20, 30, 60, 50))).all()
    assert found.boxes.tolist() == [[20, 30, 60, 50]]
    assert found.labels.iou.tolist() == [1]
    assert found.labels.kind.tolist() == [1]
    assert found.seconds > 0


@dataclass(frozen=True)
class Asked(Proposer):
    """Proposes nothing, and keeps which image it was asked about."""

    name: ClassVar[str] = "asked"
    summary: ClassVar[str] = "For tests."

    refs: ClassVar[list] = []

    def propose(self, image, ref=None):
        self.refs.append(ref)
        return Found(bx.as_boxes([]))


def test_a_proposer_is_told_which_image_of_a_data_set_it_is(dataset):
    Asked.refs.clear()
    process_image(Setup(proposer=Asked()), dataset, 0)
    propose(Setup(proposer=Asked()), PICTURE)
    assert Asked.refs == [ImageRef(1, "a.png", 100, 80), None]


@pytest.mark.parametrize(
    "failure",
    [ValueError("too flat"), MemoryError("too large"), ZeroDivisionError("too thin"), cv2.error("too odd")],
    ids=lambda failure: type(failure).__name__,
)
def test_failure_of_a_proposer_names_file_proposer_and_reason(dataset, failure):
    with pytest.raises(BoxscopeError, match=r"a\.png: given failed on it \(too \w+\)"):
        process_image(Setup(proposer=Given(failure=failure)), dataset, 0)


def test_failure_inside_opencv_is_one_line(dataset):
    with pytest.raises(cv2.error) as real:
        cv2.resize(np.zeros((0, 0), np.uint8), (3, 3))
    with pytest.raises(BoxscopeError) as caught:
        process_image(Setup(proposer=Given(failure=real.value)), dataset, 0)
    assert len(str(caught.value).splitlines()) == 1


def test_failure_without_words_is_an_error_all_the_same(dataset):
    with pytest.raises(BoxscopeError, match=r"a\.png: given failed on it"):
        process_image(Setup(proposer=Given(failure=MemoryError())), dataset, 0)


def test_our_own_faults_are_not_dressed_as_the_users(dataset):
    with pytest.raises(TypeError):
        process_image(Setup(proposer=Given(failure=TypeError("a fault"))), dataset, 0)


def test_picture_that_cannot_be_read_is_an_error(dataset):
    with pytest.raises(BoxscopeError, match=r"gone\.png: no such file"):
        process_image(Setup(), dataset, 1)
