"""Which boxes an export writes and why not the others: by hand, and box by box against real exports."""

import dataclasses

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import boxes as bx
from core import pipeline
from core.datasets import CocoDataset
from core.export.decision import Decision, decide
from core.export.incomplete import lost, no_negatives, reason_left_out
from core.labelling import LabelRule, label
from core.pipeline import Proposals, Setup
from core.proposers import Grid
from core.sampling import PRESETS, Reason, Sampling, Source, quota_bounds, quotas
from tests.drawn import quick, some_settings, truth
from tests.small import config, export, scene, write_coco

OBJECT = (0, 0, 100, 100)
FAR = (900, 900, 950, 950)


def of_iou(*ious: float) -> np.ndarray:
    """Boxes in the object, of these IoU with it."""
    return bx.as_boxes([(0, 0, 100, 100 * iou) if iou else FAR for iou in ious])


def decided(boxes, of=None, rule=None, doubt="", quota=None, **settings) -> Decision:
    boxes, of, rule = bx.as_boxes(boxes), truth([OBJECT]) if of is None else of, rule or LabelRule()
    found = Proposals(boxes, label(boxes, of, rule), 0.0)
    size = (1000, 1000)
    return decide(found, of, rule, Sampling(**settings), 7, size, doubt=doubt, quota=quota)


def reasons(boxes, **given) -> list[str]:
    found = decided(boxes, **given)
    return [found.reason(rank).name for rank in range(found.proposals)]


# By hand


def test_each_box_has_the_first_reason_that_holds():
    banded = LabelRule(negative_from=0.1, negative_below=0.4)
    assert reasons(of_iou(0.9, 0.45, 0.2, 0), rule=banded) == ["WRITTEN", "IGNORED", "WRITTEN", "IGNORED"]
    crowd = truth([OBJECT, (800, 800, 1000, 1000)], crowd=[False, True])
    assert reasons(of_iou(0.9, 0), of=crowd) == ["WRITTEN", "CROWD"]
    assert reasons(of_iou(0.9, 0), of=crowd, rule=banded) == ["WRITTEN", "IGNORED"]
    assert reasons(of_iou(0.9, 0.45, 0.2, 0), rule=banded, doubt="why") == [
        "WRITTEN",
        "IGNORED",
        "DOUBT",
        "IGNORED",
    ]
    assert reasons(of_iou(0, 0), of=truth([]), empty_images=False, doubt="why") == ["DOUBT"] * 2
    assert reasons(of_iou(0, 0), of=truth([]), empty_images=False) == ["EMPTY_IMAGE"] * 2
    assert reasons(of_iou(0.1, 0.2, 0.9), negatives_first=1) == ["WRITTEN", "RANK", "WRITTEN"]
    assert reasons(of_iou(0.9, 0.2), crop_min_side=30) == ["WRITTEN", "SIDE"]
    assert reasons(of_iou(0.9, 0.85, 0.2), crop_nms=0.5) == ["WRITTEN", "NEAR_ANOTHER", "WRITTEN"]
    assert reasons(of_iou(0.2, 0.3, 0.1), negatives="hardest", max_negatives=1) == [
        "IMAGE_NEGATIVES",
        "WRITTEN",
        "IMAGE_NEGATIVES",
    ]
    assert sorted(reasons(of_iou(0.7, 0.8), max_positives=1)) == ["IMAGE_POSITIVES", "WRITTEN"]
    assert reasons(of_iou(0.9, 0.1, 0.1, 0.1), ratio=2.0) == ["WRITTEN", "WRITTEN", "WRITTEN", "RATIO"]
    assert sorted(reasons(of_iou(0.11, 0.12, 0.35), negatives="bins", bins=10, per_bin=1)) == [
        "BIN",
        "WRITTEN",
        "WRITTEN",
    ]
    assert decided(of_iou(0.9)).reason(1) == Reason.TOP


def test_a_box_too_far_inside_an_object_says_how_far():
    rule, crowd = LabelRule(ignore_inside=0.5), truth([OBJECT, (0, 0, 60, 100)], crowd=[False, True])
    boxes = [(0, 0, 100, 90), (0, 0, 40, 100), (50, 0, 150, 100), (7, 0, 107, 30), (0, 90, 30, 120)]
    assert reasons(boxes, rule=rule) == ["WRITTEN", "INSIDE", "WRITTEN", "INSIDE", "WRITTEN"]
    assert reasons(boxes, rule=rule, of=crowd) == ["WRITTEN", "INSIDE", "WRITTEN", "INSIDE", "WRITTEN"]
    below = truth([OBJECT, (0, 80, 30, 160)], crowd=[False, True])
    assert reasons([(0, 80, 30, 160)], rule=rule, of=below) == ["CROWD"]
    found = decided(boxes, rule=rule)
    texts = [found.describe(rank, Sampling()) for rank in (1, 3)]
    assert texts == [
        "Neither positive nor negative: 100 % of it lies inside an object.",
        "Neither positive nor negative: 93 % of it lies inside an object.",
    ]
    banded = LabelRule(negative_from=0.1, negative_below=0.4, ignore_inside=0.9)
    assert reasons(of_iou(0.45, 0.2, 0.05), rule=banded) == ["IGNORED", "INSIDE", "IGNORED"]


def test_by_category_a_positive_of_two_categories_is_left_out():
    twice = dataclasses.replace(truth([OBJECT, OBJECT]), category=np.array([1, 2]))
    assert reasons(of_iou(0.9, 0.2), of=twice) == ["WRITTEN", "WRITTEN"]
    assert reasons(of_iou(0.9, 0.2), of=twice, labels="category") == ["CLASS", "WRITTEN"]
    found = decided(of_iou(0.9), of=twice, labels="category", truth_boxes=True)
    assert found.reasons.tolist() == [Reason.CLASS] * 3
    assert found.describe(0, Sampling()) == (
        "Its class is not certain: objects of two categories overlap it equally."
    )


def test_what_a_cap_of_the_set_leaves_open_is_called_open():
    boxes = of_iou(0.9, 0.8, 0.1, 0.2, 0.3)
    two, three = ["UNCOUNTED"] * 2, ["UNCOUNTED"] * 3
    assert reasons(boxes, set_positives=2) == [*two, *["WRITTEN"] * 3]
    assert sorted(reasons(boxes, set_positives=1)) == ["SET_SHARE", "UNCOUNTED", *["WRITTEN"] * 3]
    assert reasons(boxes, set_negatives=2) == ["WRITTEN", "WRITTEN", *two, "SET_SHARE"]
    assert reasons(boxes, ratio=1.0, ratio_over="set") == ["WRITTEN", "WRITTEN", *three]
    assert reasons(boxes, ratio=1.0, set_positives=2) == [*two, *two, "RATIO"]
    shared = reasons(boxes, set_positives=9, set_negatives=9, quota=(2, 1))
    assert shared == ["WRITTEN", "WRITTEN", "WRITTEN", "SET_SHARE", "SET_SHARE"]


def test_the_words_name_the_setting_and_what_is_known():
    found = decided(of_iou(0.9, 0.2, 0.1), negatives="hardest", max_negatives=1)
    words = [found.describe(rank, Sampling(max_negatives=1)) for rank in range(3)]
    assert words == ["", "", "Not sampled: “Max negatives per image” is 1."]
    sampling = Sampling(negatives="hardest", set_negatives=2)
    found = decided(of_iou(0.1, 0.3, 0.2), negatives="hardest", set_negatives=2)
    assert found.describe(2, sampling).startswith("Number 2 of the 3 negatives that this image offers.")
    found = decided(of_iou(0.9, 0.1), doubt="1 of its objects is lost")
    words = [found.describe(rank, Sampling(), "1 of its objects is lost") for rank in range(2)]
    assert words == ["", "The export takes no negatives from this image: 1 of its objects is lost."]


@quick
@given(
    some_settings(Sampling),
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=8),
)
def test_an_image_gets_a_quota_within_what_is_known_of_it_before(sampling, counts):
    if sampling.ratio and sampling.ratio_over == "image":  # as an offer is
        counts = [(p, min(n, int(sampling.negatives_beside(np.array(p))))) for p, n in counts]
    offers = np.array(counts, np.int64)
    for offered, got in zip(counts, quotas(offers, np.arange(len(offers)), sampling).tolist(), strict=True):
        least, most = quota_bounds(offered, sampling)
        assert all(low <= number <= high for low, number, high in zip(least, got, most, strict=True))
        assert sampling.planned or least == most == offered


# Against exports

HARDEST = Sampling(negatives="hardest", max_negatives=20)
CASES = {
    **{name: (preset.rule, preset.sampling) for name, preset in PRESETS.items()},
    "hardest 20": (LabelRule(), HARDEST),
    "all at once": (
        LabelRule(negative_from=0.05, negative_below=0.4),
        Sampling(
            negatives="bins",
            per_bin=4,
            ratio=2.0,
            max_positives=6,
            set_positives=20,
            set_negatives=30,
            empty_images=False,
            truth_boxes=True,
            jitter=2,
            crop_min_side=8,
            crop_nms=0.8,
        ),
    ),
}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """Eight images: two without objects, two with a crowd, alone or not, and one that lost an object."""
    pictures = {}
    for seed in range(8):
        image, objects = scene(seed)
        pictures[f"{seed}.jpg"] = (image, [*objects])
    for name in ("3.jpg", "5.jpg"):
        pictures[name] = (pictures[name][0], [])
    for name in ("2.jpg", "6.jpg"):
        image, (first, second) = pictures[name]
        own = [{"bbox": first, "iscrowd": 1}] + ([second] if name == "6.jpg" else [])
        pictures[name] = (image, own)
    pictures["1.jpg"][1].append({"bbox": [5, 5, -3, 4]})
    return CocoDataset.open(write_coco(tmp_path_factory.mktemp("drawn"), pictures))


def all_decided(dataset, setup, sampling, shares=None) -> list[Decision]:
    found = []
    for index in range(len(dataset)):
        image, proposals = pipeline.process_image(setup, dataset, index)
        found.append(
            decide(
                proposals,
                dataset.truth(index),
                setup.rule,
                sampling,
                int(dataset.image_ids[index]),
                (image.shape[1], image.shape[0]),
                doubt=dataset.doubts[index],
                quota=None if shares is None else tuple(shares[index].tolist()),
            )
        )
    return found


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("top", [0, 100])
def test_every_box_is_decided_as_the_export_writes_it(tmp_path, dataset, name, top):
    rule, sampling = CASES[name]
    setup = Setup(Grid(levels=5), rule=rule, top=top)
    done = export(config(dataset, setup, sampling, format="manifest"), tmp_path)
    assert [skipped["file"] for skipped in done.skipped] == []
    assert [image["file"] for image in done.no_negatives] == ["1.jpg"]
    rows = pq.read_table(tmp_path / "train/manifest.parquet").to_pylist()
    written = {(row["image_id"], row["rank"]): row for row in rows}
    assert len(written) == len(rows) > 0

    before = all_decided(dataset, setup, sampling)
    offers = np.array([own.counts for own in before])
    shares = quotas(offers, dataset.image_ids, sampling) if sampling.planned else offers
    for index, (own, known) in enumerate(
        zip(before, all_decided(dataset, setup, sampling, shares), strict=True)
    ):
        image_id = int(dataset.image_ids[index])
        for rank in range(len(own.boxes)):
            row = written.get((image_id, rank))
            assert (known.reasons[rank] == Reason.WRITTEN) == (row is not None)
            if own.reasons[rank] != Reason.UNCOUNTED:
                assert own.reasons[rank] == known.reasons[rank]
            if row is not None:
                assert row["source"] == Source(own.boxes.source[rank]).name.lower()
                assert [row[side] for side in ("x0", "y0", "x1", "y1")] == own.boxes.boxes[rank].tolist()
        assert (Reason.UNCOUNTED in own.reasons) <= sampling.planned
        assert Reason.UNCOUNTED not in known.reasons
    found = {Reason(int(reason)) for own in before for reason in own.reasons}
    assert Reason.DOUBT in found
    assert Reason.CROWD in found or rule.negative_from
    if name == "hardest 20" and not top:
        # Among the top 100 alone others would be the hardest: the answer is about all proposals.
        of_all = sum(int((own.reasons[:100] == Reason.WRITTEN).sum()) for own in before)
        of_top = sum(
            int((own.reasons == Reason.WRITTEN).sum())
            for own in all_decided(dataset, Setup(Grid(levels=5), rule=rule, top=100), sampling)
        )
        assert of_all < of_top


def test_an_image_in_doubt_gives_positives_alone_or_is_left_out(tmp_path):
    image, boxes = scene(0)
    pictures = {"some.jpg": (image, [*boxes, [5, 5, -3, 4]]), "none.jpg": (image, [[5, 5, -3, 4]])}
    dataset = CocoDataset.open(
        write_coco(tmp_path, {**pictures, "whole.jpg": (image, boxes), "empty.jpg": (image, [])})
    )
    assert (lost(dataset).counts, lost(dataset).in_doubt) == ({"images": 0, "objects": 2}, 2)
    assert [bool(reason_left_out(dataset, index)) for index in range(4)] == [False, True, False, False]
    assert [len(no_negatives(dataset, index)) for index in range(4)] == [1, 1, 0, 0]
    assert dataset.surely_empty.tolist() == [False, False, False, True]
