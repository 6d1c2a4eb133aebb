"""Masks of objects: drawn as pycocotools does, counted in boxes, and what the label rule makes of them."""

import json
import pickle

import numpy as np
import pytest
from hypothesis import given
from pycocotools import mask as library

from core import boxes as bx
from core import cli
from core.datasets import CocoDataset
from core.datasets.mask_pixels import count_pixels, union
from core.errors import BoxscopeError
from core.export import DatasetKind, ExportConfig, ExportFolder, relabel
from core.export.incomplete import without_masks
from core.labelling import IGNORED, NEGATIVE, POSITIVE, LabelRule, label
from core.pipeline import Setup
from core.sampling import Sampling
from tests.drawn import annotation, coco, image, quick, save, slab, some_boxes, write
from tests.exports import manifest
from tests.small import SMALL, Fixed, config, export

# Of `pycocotools.mask.decode`, by numpy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SIZE = (100, 80)
# A thin diagonal: its box is the whole square, of which it covers a twentieth.
DIAGONAL = [[10, 10, 14, 10, 60, 56, 60, 60, 56, 60, 10, 14]]
SQUARE = [[10, 20, 40, 20, 40, 60, 10, 60]]


def runs(pixels: np.ndarray, text: bool) -> dict:
    found = library.encode(np.asfortranarray(pixels))
    if text:
        return {"size": found["size"], "counts": found["counts"].decode()}
    edges = np.flatnonzero(np.diff(np.concatenate([[0], pixels.T.ravel(), [0]])))
    ends = np.concatenate([[0], edges, [pixels.size]])
    return {"size": found["size"], "counts": np.diff(ends).tolist()}


def opened(folder, *annotations, mark: bool = False, **of_image) -> CocoDataset:
    save(slab(*SIZE, (10, 20, 40, 60)), folder / "a.png")
    objects = [annotation(number, **fields) for number, fields in enumerate(annotations, 1)]
    return CocoDataset.open(write(coco([image(**of_image)], objects), folder / "annotations.json", mark=mark))


@pytest.mark.parametrize("mark", [False, True], ids=["typed", "lenient"])
def test_the_masks_of_a_file_are_those_of_pycocotools(tmp_path, mark):
    drawn = np.zeros((80, 100), np.uint8)
    drawn[70:75, 5:90] = 1
    dataset = opened(
        tmp_path,
        {"segmentation": SQUARE},
        {"bbox": [5, 70, 85, 5], "segmentation": runs(drawn, text=True)},
        {"bbox": [5, 70, 85, 5], "segmentation": runs(drawn, text=False), "iscrowd": 1},
        {"bbox": [10, 10, 50, 50], "segmentation": DIAGONAL},
        mark=mark,
    )
    found = dataset.masks(0).union()
    polygons = library.frPyObjects([*SQUARE, *DIAGONAL], 80, 100)
    assert np.array_equal(found.pixels, drawn | library.decode(library.merge(polygons)))
    assert not found.standing_in.any()


@quick
@given(some_boxes(side=60))
def test_pixels_in_boxes_are_those_of_a_loop(boxes):
    pixels = union([json.dumps(DIAGONAL).encode()], bx.as_boxes([[10, 10, 60, 60]]), SIZE).pixels
    boxes = boxes + np.float32(0.5)  # a pixel belongs to the box that its centre, x + 0.5, is in
    counts = [int(pixels[int(y0) : int(y1), int(x0) : int(x1)].sum()) for x0, y0, x1, y1 in boxes.tolist()]
    assert count_pixels(pixels, boxes - np.float32(0.5)).tolist() == [
        int(pixels[int(y0) : int(y1), int(x0) : int(x1)].sum()) for x0, y0, x1, y1 in (boxes - 0.5).tolist()
    ]
    assert count_pixels(pixels, boxes - np.float32(0.01)).tolist() == counts
    assert count_pixels(np.zeros((80, 100), np.uint8, order="F"), boxes).tolist() == [0] * len(boxes)


BROKEN = {
    "none": None,
    "an empty list": [],
    "two points": [[1, 2, 3, 4]],
    "an odd number of numbers": [[1, 2, 3, 4, 5, 6, 7]],
    "beyond all pictures": [[0, 0, 1e8, 0, 1e8, 1e8]],
    "run lengths of another picture": {"size": [40, 50], "counts": [0, 2000]},
    "run lengths that do not add up": {"size": [80, 100], "counts": "0P1"},
    "words": "crack",
}


@pytest.mark.parametrize("segmentation", BROKEN.values(), ids=BROKEN)
def test_the_box_stands_in_for_a_mask_that_cannot_be_used(segmentation):
    boxes, other = bx.as_boxes([[10, 20, 40, 60], [60, 10, 90, 20]]), [[60, 10, 90, 10, 90, 20, 60, 20]]
    found = union([json.dumps(each).encode() for each in (segmentation, other)], boxes, SIZE)
    assert found.standing_in.tolist() == [True, False]
    assert found.pixels[20:60, 10:40].all()
    assert found.pixels.sum() == 30 * 40 + 30 * 10


def test_a_picture_of_unknown_size_is_as_large_as_its_masks(tmp_path):
    dataset = opened(tmp_path, {"segmentation": SQUARE}, width=0, height=0)
    assert dataset.truth(0).masks.pixels_in(bx.as_boxes([[0, 0, 100, 80], [0, 0, 20, 30]])).tolist() == [
        1200,
        100,
    ]


# The object's box, a box on the diagonal, one beside it but inside the box, and one far away.
BOXES = ((10, 10, 60, 60), (20, 20, 30, 30), (40, 12, 58, 30), (70, 60, 90, 75))


def test_a_negative_holds_fewer_mask_pixels_and_the_two_rules_hold_together(tmp_path):
    truth = opened(tmp_path, {"bbox": [10, 10, 50, 50], "segmentation": DIAGONAL}).truth(0)
    boxes = bx.as_boxes(BOXES)

    def kinds(**rule) -> list[int]:
        return label(boxes, truth, LabelRule(**rule)).kind.tolist()

    counts = label(boxes, truth, LabelRule(ignore_mask=1)).mask.tolist()
    assert counts[0] > counts[1] > 20
    assert counts[2:] == [0, 0]
    plain = [POSITIVE, NEGATIVE, NEGATIVE, NEGATIVE]
    assert kinds() == plain
    assert label(boxes, truth, LabelRule()).mask.tolist() == [-1] * 4
    # Bare background inside the object's box is a negative, what shows the crack is not.
    assert kinds(ignore_mask=1) == [POSITIVE, IGNORED, NEGATIVE, NEGATIVE]
    assert kinds(ignore_mask=counts[1]) == [POSITIVE, IGNORED, NEGATIVE, NEGATIVE]
    assert kinds(ignore_mask=counts[1] + 1) == plain
    assert kinds(ignore_inside=0.5) == [POSITIVE, IGNORED, IGNORED, NEGATIVE]
    assert kinds(ignore_inside=0.5, ignore_mask=1) == [POSITIVE, IGNORED, IGNORED, NEGATIVE]


def test_masks_that_no_object_has_are_refused_before_the_first_image(tmp_path):
    dataset = opened(tmp_path, {})
    said = "no object has a segmentation, so that no mask pixels can be counted: leave ignore_mask at 0"
    setup = Setup(Fixed(BOXES), rule=LabelRule(ignore_mask=5))
    with pytest.raises(BoxscopeError, match=said):
        ExportConfig(dataset, DatasetKind.TRAIN, setup)
    with pytest.raises(BoxscopeError, match=said):
        label(bx.as_boxes(BOXES), dataset.truth(0), setup.rule)
    # Where there is no object at all, there is nothing that a negative could show.
    empty = opened(tmp_path / "empty")
    assert label(bx.as_boxes(BOXES), empty.truth(0), setup.rule).kind.tolist() == [NEGATIVE] * 4


def test_a_file_that_changed_is_not_read_for_masks(tmp_path):
    dataset = opened(tmp_path, {"segmentation": SQUARE}, {"bbox": [10, 10, 50, 50], "segmentation": DIAGONAL})
    opened(tmp_path, {"segmentation": SQUARE})
    with pytest.raises(BoxscopeError, match="was changed since it was opened"):
        dataset.masks(0).union()


def test_what_a_worker_gets_needs_no_file(tmp_path):
    dataset = opened(tmp_path, {"bbox": [10, 10, 50, 50], "segmentation": DIAGONAL})
    part = pickle.loads(pickle.dumps(dataset.subset(slice(0, 1), masks=True)))
    without = dataset.subset(slice(0, 1))
    assert without.segmentations.texts is None
    dataset.annotations.unlink()
    assert np.array_equal(part.masks(0).union().pixels, dataset.masks(0).union().pixels)
    with pytest.raises(BoxscopeError):
        without.masks(0).union()


def test_an_export_counts_them_and_relabel_does_not_read_them_again(tmp_path, capsys):
    objects = {"bbox": [10, 10, 50, 50], "segmentation": DIAGONAL}, {"bbox": [70, 5, 20, 10]}
    dataset = opened(tmp_path / "data", *objects)
    setup = Setup(Fixed(BOXES), rule=LabelRule(ignore_mask=5))
    export(config(dataset, setup, Sampling(cut=SMALL.cut), format="files"), tmp_path / "out")
    folder = tmp_path / "out" / "train"
    rows = [(row["rank"], row["label"], row["mask_pixels"]) for row in manifest(folder)]
    of_object = int(dataset.truth(0).masks.pixels_in(bx.as_boxes(BOXES[:1]))[0])
    assert rows == [(0, 1, of_object), (1, 0, 0), (2, 0, 0)]  # by area
    words = ["relabel", str(folder), "--positive", "0.5"]
    assert cli.main(words) == 0
    # By a higher threshold the object's own box would be a negative that shows the crack.
    with pytest.raises(BoxscopeError, match=r"1 of 3 crops would be neither .* each holds 5 mask pixels or"):
        relabel(ExportFolder(folder), LabelRule(1.0, ignore_mask=5))
    assert cli.main([*words[:-1], "1", "--ignore-mask", str(of_object + 1)]) == 0
    assert [row["label"] for row in manifest(folder)] == [0, 0, 0]
    capsys.readouterr()
    setup = Setup(Fixed(BOXES))
    export(config(dataset, setup, Sampling(cut=SMALL.cut), format="files"), tmp_path / "plain")
    assert {row["mask_pixels"] for row in manifest(tmp_path / "plain" / "train")} == {None}
    assert cli.main(["relabel", str(tmp_path / "plain"), "--positive", "0.5", "--ignore-mask", "5"]) == 2
    assert "has no mask pixels, as the export was made without ignore_mask" in capsys.readouterr().err


def test_the_dry_run_says_how_many_are_ignored_and_whose_box_stands_in(tmp_path, capsys):
    objects = {"bbox": [10, 10, 50, 50], "segmentation": DIAGONAL}, {"bbox": [70, 5, 20, 10]}
    data = opened(tmp_path / "data", *objects).annotations
    words = ["export", str(data), "--out", str(tmp_path / "out"), "--proposer", "grid", "--split", "train"]
    words += ["--dry-run"]
    assert cli.main([*words, "--ignore-mask", "5"]) == 0
    said = capsys.readouterr().err
    assert "1 of 2 objects has no segmentation: all of its box counts as mask" in said
    dataset = CocoDataset.open(data)
    assert without_masks(dataset, LabelRule(ignore_mask=5), 0) in said
    assert without_masks(dataset, LabelRule()) == ""
