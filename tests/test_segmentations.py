"""Boxes from segmentations where there are none: polygons, run lengths as numbers and text, broken ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as library

from core.datasets.coco import read_columns
from core.datasets.segmentations import run_lengths
from tests.coco import both_readers, kinds, opened, without
from tests.drawn import annotation, coco, image, quick, write
from tests.walls import HEIGHT, WIDTH, A, B, C, box, exported, record, walls, wrong

SQUARE = [10, 20, 40, 20, 40, 60, 10, 60]
SIZE = [80, 100]


def mask_of(*boxes: tuple[int, int, int, int], size=SIZE) -> np.ndarray:
    """Draw boxes x0 y0 x1 y1 into a mask: uint8 (H, W)."""
    mask = np.zeros(size, np.uint8, order="F")
    for x0, y0, x1, y1 in boxes:
        mask[y0:y1, x0:x1] = 1
    return mask


def as_text(mask: np.ndarray) -> dict:
    """Return run lengths as text, by the library."""
    found = library.encode(np.asfortranarray(mask))
    return {"size": found["size"], "counts": found["counts"].decode()}


def as_numbers(mask: np.ndarray) -> dict:
    """Return run lengths as numbers, by hand."""
    flat = mask.ravel(order="F")
    edges = [0, *(np.flatnonzero(np.diff(flat)) + 1).tolist(), len(flat)]
    runs = np.diff(edges).tolist()
    return {"size": list(mask.shape), "counts": [0, *runs] if flat[0] else runs}


TWO = mask_of((10, 20, 20, 30), (35, 50, 40, 60))
SOUND = {
    "polygon": [SQUARE],
    "two polygons": [[10, 20, 20, 20, 15, 30], [35, 50, 40, 50, 40, 60]],
    "an empty polygon beside": [SQUARE, []],
    "floats": [[10.0, 20, 40, 20.0, 40, 60]],
    "run lengths as numbers": as_numbers(TWO),
    "run lengths as text": as_text(TWO),
}
NO_BOX = {"missing": "missing", "null": None, "empty": [], "three": [1, 2, 3], "NaN": [1, 2, float("nan"), 4]}
NO_BOX["zeros"] = [0, 0, 0, 0]


@both_readers
@pytest.mark.parametrize("bbox", NO_BOX.values(), ids=NO_BOX)
@pytest.mark.parametrize("segmentation", SOUND.values(), ids=SOUND)
def test_a_missing_box_is_that_of_the_segmentation(tmp_path, mark, bbox, segmentation):
    lacking = annotation(bbox=bbox, segmentation=segmentation)
    if bbox == "missing":
        lacking = without(lacking, "bbox")
    dataset = opened(coco([image()], [lacking]), tmp_path, mark=mark)
    assert dataset.truth(0).boxes.tolist() == [[10, 20, 40, 60]]
    assert dataset.truth(0).area.tolist() == [30 * 40]
    assert kinds(dataset) == [("box-from-segmentation", "annotations.json", False)]
    kind = "run lengths" if isinstance(segmentation, dict) else "polygons"
    assert f"1 object has no box: it is that of its segmentation (1 of {kind})" in dataset.problems[-1].detail
    assert dataset.doubts == [""]


BROKEN = {
    "odd number": [[10, 20, 40, 20, 40, 60, 10]],
    "two points": [[10, 20, 40, 60]],
    "one of two polygons": [SQUARE, [1, 2, 3]],
    "points as pairs": [[[10, 20], [40, 20], [40, 60]]],
    "flat list": SQUARE,
    "words": [["a"] * 6],
    "NaN in it": [[10, 20, 40, float("nan"), 40, 60]],
    "text": "10,20,40,60",
    "number": 7,
    "half a character": "\ud800",
    "counts alone": {"counts": [8000]},
    "counts too short": {"counts": [10, 20, 30], "size": SIZE},
    "counts too long": {"counts": [10, 20, 8000], "size": SIZE},
    "negative count": {"counts": [10, -20, 8010], "size": SIZE},
    "size of another picture": as_numbers(mask_of((1, 2, 3, 4), size=(40, 50))),
    "size exchanged": as_text(TWO) | {"size": SIZE[::-1]},
    "size of three": {"counts": [8000], "size": [80, 100, 1]},
    "text cut off": as_text(TWO) | {"counts": as_text(TWO)["counts"][:-2]},
    "text cut within a number": as_text(TWO) | {"counts": "T" + as_text(TWO)["counts"][:1] + "o"},
    "text with other signs": as_text(TWO) | {"counts": "0\x000"},
    "huge number": {"counts": "o" * 40 + "0", "size": SIZE},
}


@pytest.mark.parametrize("segmentation", BROKEN.values(), ids=BROKEN)
def test_an_object_with_a_broken_segmentation_and_no_box_is_lost(tmp_path, segmentation):
    objects = [annotation(1, bbox=[], segmentation=segmentation), annotation(2, segmentation=segmentation)]
    dataset = opened(coco([image()], objects), tmp_path)
    assert kinds(dataset) == [("broken-segmentation", "a.png", True)]
    assert dataset.truth(0).ids.tolist() == [2]
    assert "annotation 1 has no box of four numbers, and its segmentation is broken" in dataset.doubts[0]


NONE = {"missing": "missing", "null": None, "empty": [], "of nothing": [[]], "object": {}, "text": ""}


@both_readers
@pytest.mark.parametrize("segmentation", NONE.values(), ids=NONE)
def test_an_empty_box_without_a_segmentation_marks_an_image_without_objects(tmp_path, mark, segmentation):
    empty = annotation(bbox=[], segmentation=segmentation)
    if segmentation == "missing":
        empty = without(empty, "segmentation")
    dataset = opened(coco([image()], [empty]), tmp_path, mark=mark)
    assert kinds(dataset) == [("empty-mark", "a.png", False)]
    assert dataset.surely_empty.tolist() == [True]


def test_a_segmentation_of_no_area_gives_no_object(tmp_path):
    line = [[10, 20, 30, 20, 50, 20]]
    nothing = {"counts": [8000], "size": SIZE}
    objects = [annotation(n, bbox=None, segmentation=own) for n, own in enumerate([line, nothing])]
    dataset = opened(coco([image()], objects), tmp_path)
    assert [kind for kind, *_ in kinds(dataset)] == ["zero-area", "zero-area"]
    assert dataset.doubts[0]


@pytest.mark.parametrize("factor", [1 / 320, 3, 10.0**30], ids=["0-1", "other size", "far out"])
def test_segmentations_in_other_units_give_no_certain_box(tmp_path, factor):
    square = [[side * factor for side in SQUARE]]
    dataset = opened(coco([image()], [annotation(1, bbox=[], segmentation=square)]), tmp_path)
    assert len(dataset.truth(0).boxes) == 0
    assert dataset.doubts[0]


def test_walls_are_labelled_by_their_segmentations(tmp_path):
    bars = {"p.png": [A], "r.png": [B], "e.png": [C]}
    corners = {name: (x, y, x + w, y + h) for name, ((x, y, w, h),) in bars.items()}
    x0, y0, x1, y1 = corners["p.png"]
    e0, f0, e1, f1 = corners["e.png"]
    objects = [
        without(box(1, 1, segmentation=[[x0, y0, x1, y0, x1, y1, x0, y1]]), "bbox"),
        without(box(2, 2, segmentation=as_text(mask_of(corners["r.png"], size=(HEIGHT, WIDTH)))), "bbox"),
        box(3, 3, [], segmentation=[[e0, f0, e1, f0, e1, f1, e0, f1]]),
    ]
    dataset = walls(tmp_path, bars, [record(n + 1, name) for n, name in enumerate(bars)], objects)
    _, rows = exported(dataset, tmp_path / "out")
    assert wrong(dataset, rows) == []
    assert {(row["file_name"], row["label"]) for row in rows} == {(name, 1) for name in bars}


# Outlines of all annotations

rectangles = st.tuples(st.integers(0, 99), st.integers(0, 79), st.integers(1, 50), st.integers(1, 50))


@quick
@given(st.lists(rectangles, min_size=1, max_size=4), st.booleans())
def test_outlines_of_masks_are_those_of_the_pixels(tmp_path_factory, boxes, text):
    mask = mask_of(*((x, y, x + w, y + h) for x, y, w, h in boxes))
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    written = as_text(mask) if text else as_numbers(mask)
    path = tmp_path_factory.mktemp("masks") / "annotations.json"
    found = read_columns(write(coco([image()], [annotation(segmentation=written)]), path))
    assert found.outline.tolist() == [[columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]]
    assert found.mask_size.tolist() == [SIZE[::-1]]
    assert run_lengths(as_text(mask)["counts"]).sum() == mask.size


@quick
@given(st.lists(st.lists(st.tuples(*[st.floats(0, 99)] * 2), min_size=3, max_size=9), min_size=1, max_size=3))
def test_outlines_of_polygons_hold_all_points(tmp_path_factory, polygons):
    points = np.array([point for polygon in polygons for point in polygon])
    segmentation = [[side for point in polygon for side in point] for polygon in polygons]
    objects = [annotation(1), annotation(2, segmentation=segmentation), annotation(3, segmentation=[SQUARE])]
    path = tmp_path_factory.mktemp("polygons") / "annotations.json"
    found = read_columns(write(coco([image()], objects), path))
    assert found.segmented.tolist() == [False, True, True]
    assert np.isnan(found.outline[0]).all()
    assert found.outline[1].tolist() == [*points.min(axis=0), *points.max(axis=0)]
    assert found.outline[2].tolist() == [10, 20, 40, 60]


@quick
@given(st.text(alphabet=[chr(sign) for sign in range(46, 114)], max_size=40))
def test_any_text_of_run_lengths_is_read_without_harm(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("masks") / "annotations.json"
    objects = [annotation(n, segmentation={"size": SIZE, "counts": text}) for n in (1, 2)]
    objects[1]["bbox"] = None
    outline = read_columns(write(coco([image()], objects), path)).outline
    known = outline[np.isfinite(outline).all(axis=1)]
    assert (known >= 0).all()
    assert (known <= [100, 80, 100, 80]).all()


def test_many_annotations_keep_their_own_outlines(tmp_path):
    objects = [annotation(n, bbox=None, segmentation=[[n, 1, n + 2, 1, n, 3]]) for n in range(5000)]
    found = read_columns(write(coco([image()], objects), tmp_path / "annotations.json"))
    assert found.outline.tolist() == [[n, 1, n + 2, 3] for n in range(5000)]
