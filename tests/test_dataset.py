"""Data sets: every object of a COCO file is a row of truth or a problem with a name."""

import json
import math
import os
import tempfile
from collections import Counter
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.datasets import CocoDataset, annotation_files
from core.datasets.coco import read_columns
from core.errors import BoxscopeError
from tests.drawn import CRACK, annotation, coco, image, noise, outcome, quick, save, write
from tests.real import DATA, needs_real_data
from tests.small import config, export, write_scenes

# Kinds that account for one annotation that gives no row of truth.
GONE = {"outside", "zero-area", "no-box", "empty-mark", "unknown-image"}
RLE = {"counts": [0, 10, 7990], "size": [80, 100]}


def without(record: dict, *keys: str) -> dict:
    return {key: value for key, value in record.items() if key not in keys}


def opened(document, folder: Path, **options) -> CocoDataset:
    return CocoDataset.open(write(document, folder / "annotations.json", **options))


def kinds(dataset: CocoDataset) -> list[tuple[str, str, bool]]:
    """Give kind, item and lost of each problem, the use of the tolerant road apart."""
    return [
        (problem.kind, problem.item, problem.lost)
        for problem in dataset.problems
        if not problem.detail.startswith("read leniently")
    ]


both_roads = pytest.mark.parametrize("mark", [False, True], ids=["typed", "tolerant"])

# ---- one annotation, one thing wrong

LOST_BOXES = {
    "empty list": ([], "empty-mark"),
    "null": (None, "no-box"),
    "three numbers": ([1, 2, 3], "no-box"),
    "five numbers": ([1, 2, 3, 4, 5], "no-box"),
    "words": (["a", "b", "c", "d"], "no-box"),
    "one word": ([1, 2, "wide", 4], "no-box"),
    "NaN": ([1, 2, math.nan, 4], "no-box"),
    "an object": ({"x": 1}, "no-box"),
    "a string": ("1,2,3,4", "no-box"),
    "nested": ([[1, 2, 3, 4]], "no-box"),
    "booleans": ([True, True, True, True], "no-box"),
    "negative width": ([30, 20, -5, 10], "zero-area"),
    "negative height": ([30, 20, 5, -10], "zero-area"),
    "no width": ([30, 20, 0, 10], "zero-area"),
    "no area at all": ([0, 0, 0, 0], "zero-area"),
    "right of the image": ([100, 0, 10, 10], "outside"),
    "far above": ([0, -50, 10, 10], "outside"),
}


@both_roads
@pytest.mark.parametrize(("bbox", "kind"), LOST_BOXES.values(), ids=LOST_BOXES)
def test_box_that_cannot_be_used_is_named(tmp_path, mark, bbox, kind):
    dataset = opened(coco([image()], [annotation(bbox=bbox)]), tmp_path, mark=mark)
    assert kinds(dataset) == [(kind, "a.png", kind != "empty-mark")]
    assert "annotation 1 " in dataset.problems[-1].detail
    assert len(dataset.truth(0).boxes) == 0


@both_roads
def test_missing_box_is_lost_and_no_mark_of_an_image_without_objects(tmp_path, mark):
    document = coco([image()], [without(annotation(), "bbox")])
    assert kinds(opened(document, tmp_path, mark=mark)) == [("no-box", "a.png", True)]


@both_roads
@pytest.mark.parametrize(
    ("bbox", "corners"),
    [
        ([95.5, 20, 5, 10], [95.5, 20, 100, 30]),
        ([-0.5, -0.5, 10, 10], [0, 0, 9.5, 9.5]),
        ([-1000, -1000, 5000, 5000], [0, 0, 100, 80]),
    ],
    ids=["half a pixel out", "half a pixel before", "around all"],
)
def test_box_partly_outside_is_cut_and_named(tmp_path, mark, bbox, corners):
    dataset = opened(coco([image()], [annotation(bbox=bbox)]), tmp_path, mark=mark)
    assert dataset.truth(0).boxes.tolist() == [corners]
    assert kinds(dataset) == [("clipped", "a.png", False)]
    assert "100x80" in dataset.problems[-1].detail


def test_box_that_fills_the_image_is_not_cut(tmp_path):
    dataset = opened(coco([image()], [annotation(bbox=[0, 0, 100, 80])]), tmp_path)
    assert dataset.truth(0).boxes.tolist() == [[0, 0, 100, 80]]
    assert dataset.problems == ()


@pytest.mark.parametrize("bbox", ["[0, 0, Infinity, 5]", "[0, 0, 1e999, 5]", "[-Infinity, 0, Infinity, 5]"])
@pytest.mark.parametrize("sized", [True, False], ids=["size given", "no size"])
def test_infinite_box_never_reaches_the_truth(tmp_path, bbox, sized):
    record = image() if sized else without(image(), "width", "height")
    path = write(coco([record], [annotation(bbox="BOX")]), tmp_path / "annotations.json")
    path.write_text(path.read_text().replace('"BOX"', bbox))
    dataset = CocoDataset.open(path)
    assert np.isfinite(dataset.all_truth.boxes).all()
    assert len(dataset.all_truth.boxes) or any(problem.lost for problem in dataset.problems)


@both_roads
def test_float_boxes_are_kept_to_the_float32(tmp_path, mark):
    boxes = [[10.3, 20.7, 5.25, 6.1], [0.1, 0.2, 0.3, 0.4], [33.333333, 1, 1e-3, 2]]
    document = coco([image()], [annotation(n, bbox=box) for n, box in enumerate(boxes, 1)])
    expected = [[np.float32(v) for v in (x, y, x + w, y + h)] for x, y, w, h in boxes]
    dataset = opened(document, tmp_path, mark=mark)
    assert dataset.truth(0).boxes.dtype == np.float32
    assert dataset.truth(0).boxes.tolist() == [[float(v) for v in box] for box in expected]


FINE = {
    "crowd as RLE": ({"iscrowd": 1, "segmentation": RLE}, {"crowd": True}),
    "crowd true": ({"iscrowd": True}, {"crowd": True}),
    "crowd false": ({"iscrowd": False}, {"crowd": False}),
    "crowd null": ({"iscrowd": None}, {"crowd": False}),
    "crowd word 0": ({"iscrowd": "0"}, {"crowd": False}),
    "crowd word 1": ({"iscrowd": "1"}, {"crowd": True}),
    "area null": ({"area": None}, {"area": 1200}),
    "area given": ({"area": 77.5}, {"area": 77.5}),
    "area 0": ({"area": 0}, {"area": 0}),
    "area a string": ({"area": "77.5"}, {"area": 77.5}),
    "area NaN": ({"area": math.nan}, {"area": 1200}),
    "id 0": ({"id": 0}, {"ids": 0}),
    "id a string": ({"id": "7"}, {"ids": 7}),
    "id a float": ({"id": 7.0}, {"ids": 7}),
    "image id a string": ({"image_id": "1"}, {}),
    "image id a float": ({"image_id": 1.0}, {}),
    "category a string": ({"category_id": "1"}, {"category": 1}),
    "box of strings": ({"bbox": ["10", "20", "30", "40"]}, {}),
    "polygon": ({"segmentation": [[1, 2, 3, 4, 5, 6]]}, {}),
    "extra key": ({"attributes": {"depth": [1, None]}, "score": "x"}, {}),
}


@pytest.mark.parametrize(("change", "expected"), FINE.values(), ids=FINE)
def test_annotation_written_otherwise_is_used(tmp_path, change, expected):
    dataset = opened(coco([image()], [{**annotation(), **change}]), tmp_path)
    truth = dataset.truth(0)
    assert kinds(dataset) == []
    assert truth.boxes.tolist() == [[10, 20, 40, 60]]
    plain = {"crowd": False, "area": 1200, "ids": 1, "category": 1}
    assert {key: getattr(truth, key).tolist() for key in plain} == {
        key: [value] for key, value in {**plain, **expected}.items()
    }


@pytest.mark.parametrize("key", ["iscrowd", "id", "area", "segmentation"])
@both_roads
def test_missing_key_of_no_weight_is_no_problem(tmp_path, mark, key):
    document = coco([image()], [without(annotation(area=5, segmentation=[]), key)])
    dataset = opened(document, tmp_path, mark=mark)
    assert kinds(dataset) == []
    assert len(dataset.truth(0).boxes) == 1


NAMED = {
    "unknown image": (
        [image()],
        annotation(image_id=99),
        [CRACK],
        ("unknown-image", "annotations.json", True),
    ),
    "unknown category": ([image()], annotation(category_id=5), [CRACK], ("unknown-category", "a.png", False)),
    "missing category": (
        [image()],
        without(annotation(), "category_id"),
        [CRACK],
        ("unknown-category", "a.png", False),
    ),
    "two categories of one name": (
        [image()],
        annotation(),
        [CRACK, {"id": 2, "name": "crack"}],
        ("repeated-category", "annotations.json", False),
    ),
    "image id twice": (
        [image(), image(1, "b.png")],
        annotation(),
        [CRACK],
        ("repeated-image-id", "b.png", True),
    ),
    "file name twice": ([image(), image(2)], annotation(), [CRACK], ("repeated-file", "a.png", False)),
    "no width": ([without(image(), "width")], annotation(), [CRACK], ("no-size", "a.png", False)),
    "height 0": ([image(height=0)], annotation(), [CRACK], ("no-size", "a.png", False)),
    "width null": ([image(width=None)], annotation(), [CRACK], ("no-size", "a.png", False)),
    "negative width": ([image(width=-100)], annotation(), [CRACK], ("no-size", "a.png", False)),
}


@both_roads
@pytest.mark.parametrize(("images", "object_", "categories", "expected"), NAMED.values(), ids=NAMED)
def test_what_is_odd_about_a_file_is_named_once(tmp_path, mark, images, object_, categories, expected):
    assert kinds(opened(coco(images, [object_], categories), tmp_path, mark=mark)) == [expected]


@both_roads
def test_repeated_annotation_id_is_named_and_both_objects_stay(tmp_path, mark):
    dataset = opened(coco([image()], [annotation(7), annotation(7), annotation(8)]), tmp_path, mark=mark)
    assert kinds(dataset) == [("repeated-id", "a.png", False)]
    assert dataset.truth(0).ids.tolist() == [7, 7, 8]


@both_roads
def test_annotations_without_ids_are_told_apart(tmp_path, mark):
    objects = [without(annotation(bbox=[n, n, 9, 9]), "id") for n in range(3)]
    dataset = opened(coco([image()], objects), tmp_path, mark=mark)
    assert kinds(dataset) == []
    assert len(set(dataset.truth(0).ids.tolist())) == 3


def test_object_that_is_left_out_is_not_named_for_its_category_too(tmp_path):
    dataset = opened(coco([image()], [annotation(bbox=[0, 0, 0, 9], category_id=5)]), tmp_path)
    assert kinds(dataset) == [("zero-area", "a.png", True)]


def test_objects_of_an_image_keep_the_order_of_the_file(tmp_path):
    objects = [annotation(n, n % 3) for n in range(300)]
    dataset = opened(coco([image(2), image(0, "b.png"), image(1, "c.png")], objects), tmp_path)
    assert [dataset.truth(n).ids.tolist() for n in range(3)] == [
        list(range(first, 300, 3)) for first in (2, 0, 1)
    ]


@both_roads
def test_categories_are_counted_from_wherever_the_file_starts(tmp_path, mark):
    categories = [{"id": 0, "name": "crack"}, {"id": 7, "name": "joint", "supercategory": None}]
    document = coco([image()], [annotation(1, category_id=0), annotation(2, category_id=7)], categories)
    dataset = opened(document, tmp_path, mark=mark)
    assert dataset.categories == {0: "crack", 7: "joint"}
    assert dataset.truth(0).category.tolist() == [0, 7]
    assert kinds(dataset) == []


@both_roads
def test_without_a_size_boxes_are_not_cut(tmp_path, mark):
    document = coco([without(image(), "width", "height")], [annotation(bbox=[90, 70, 500, 500])])
    dataset = opened(document, tmp_path, mark=mark)
    assert dataset.size(0) is None
    assert dataset.truth(0).boxes.tolist() == [[90, 70, 590, 570]]
    assert [kind for kind, *_ in kinds(dataset)] == ["no-size"]


@both_roads
def test_empty_list_of_images_is_named(tmp_path, mark):
    dataset = opened(coco([]), tmp_path, mark=mark)
    assert len(dataset) == 0
    assert kinds(dataset) == [("no-images", "annotations.json", True)]


@both_roads
@pytest.mark.parametrize("missing", [("annotations",), ("annotations", "categories")], ids=str)
def test_file_of_pictures_alone_opens(tmp_path, mark, missing):
    dataset = opened(without(coco([image(), image(2, "b.png")]), *missing), tmp_path, mark=mark)
    assert kinds(dataset) == []
    assert dataset.object_counts.tolist() == [0, 0]
    assert len(dataset.truth(1).boxes) == 0


def test_file_without_categories_names_every_object_of_one(tmp_path):
    dataset = opened(without(coco([image()], [annotation(1), annotation(2)]), "categories"), tmp_path)
    assert kinds(dataset) == [("unknown-category", "a.png", False)] * 2
    assert len(dataset.truth(0).boxes) == 2


def test_extra_keys_anywhere_are_passed_over(tmp_path):
    document = coco(
        [{**image(), "license": 3, "coco_url": None}], [annotation()], info={"year": 2024}, licenses=[]
    )
    assert opened(document, tmp_path).problems == ()


# ---- ids

IDS = {
    "from 0": ([0, 1], [0, 1]),
    "out of order": ([9, 3], [9, 3]),
    "negative": ([-5, -1], [-5, -1]),
    "strings of numbers": (["7", "8"], ["7", "8"]),
    "floats": ([7.0, 8.0], [7.0, 8.0]),
    "strings there, numbers here": (["7", "8"], [7, 8]),
    "words": (["x", "y"], ["x", "y"]),
    "file names": (["a.png", "b.png"], ["a.png", "b.png"]),
    "words and numbers": (["x", 8], ["x", 8]),
    "words, and numbers as words": (["x", "8"], ["x", 8]),
    "beyond 2**53 as words": ([str(2**53), str(2**53 + 1)], [2**53, str(2**53 + 1)]),
    "beyond 2**53": ([2**53, 2**53 + 1], [2**53, 2**53 + 1]),
}


@both_roads
@pytest.mark.parametrize(("ids", "owners"), IDS.values(), ids=IDS)
def test_objects_find_their_image_whatever_its_id(tmp_path, mark, ids, owners):
    images = [image(ids[0]), image(ids[1], "b.png")]
    objects = [annotation(1, owners[1], [1, 1, 5, 5]), annotation(2, owners[0], [2, 2, 5, 5])]
    dataset = opened(coco(images, objects), tmp_path, mark=mark)
    assert dataset.file_names == ["a.png", "b.png"]
    assert dataset.truth(0).boxes.tolist() == [[2, 2, 7, 7]]
    assert dataset.truth(1).boxes.tolist() == [[1, 1, 6, 6]]
    assert not any(problem.lost for problem in dataset.problems)
    assert [dataset.index_of(int(number)) for number in dataset.image_ids] == [0, 1]


NO_NUMBERS = {
    "one without": ([1, 2, None], [1, 2, 0]),
    "two without": ([None, 2, None], [0, 2, 1]),
    "words alone": (["x", "y", "z"], [0, 1, 2]),
    "words and numbers": (["x", 0, "7"], [1, 0, 7]),
}


@pytest.mark.parametrize(("given_ids", "expected"), NO_NUMBERS.values(), ids=NO_NUMBERS)
def test_an_image_without_a_number_gets_a_free_one_and_the_others_keep_theirs(tmp_path, given_ids, expected):
    dataset = opened(coco([image(number, f"{n}.png") for n, number in enumerate(given_ids)]), tmp_path)
    assert dataset.image_ids.tolist() == expected
    strange = [str(number).isalpha() for number in given_ids]
    assert dataset.numbered.tolist() == strange
    told = [problem.detail for problem in dataset.problems[1:]]
    assert told == [
        f"images[{n}]: id is {given_ids[n]!r}, no whole number: it is numbered {expected[n]}"
        for n in np.flatnonzero(strange)
    ]


def test_an_object_of_no_image_never_finds_one_by_the_number_that_was_given(tmp_path):
    dataset = opened(coco([image("x")], [annotation(image_id=0), annotation(2, "x")]), tmp_path)
    assert [(len(dataset.truth(0).boxes), kind) for kind, *_ in kinds(dataset)[1:]] == [(1, "unknown-image")]


@both_roads
@pytest.mark.parametrize(
    ("given_ids", "expected"),
    [([-7, 0], [-7, 0]), ([-1, -1], [-1, -1]), ([None, 0], [1, 0]), ([2, None, None], [2, 1, 0])],
    ids=str,
)
def test_ids_of_annotations_stay_and_none_given_is_taken(tmp_path, mark, given_ids, expected):
    objects = [annotation(number) for number in given_ids]
    objects = [without(record, "id") if record["id"] is None else record for record in objects]
    dataset = opened(coco([image()], objects), tmp_path, mark=mark)
    assert dataset.truth(0).ids.tolist() == expected
    assert [kind for kind, *_ in kinds(dataset)] == ["repeated-id"] * (len(expected) - len(set(expected)))


def test_an_annotation_whose_id_is_a_word_is_named(tmp_path):
    dataset = opened(coco([image()], [annotation("x"), annotation(0)]), tmp_path)
    assert dataset.truth(0).ids.tolist() == [1, 0]
    assert "annotations[0]: id is 'x', no whole number" in dataset.problems[1].detail


@pytest.mark.parametrize("number", [10**19, 10**30, 1e300, True, [1], {"a": 1}, 1.5], ids=str)
@pytest.mark.parametrize("place", ["image", "annotation", "owner", "category"])
def test_strange_id_is_put_up_with_or_named(tmp_path, number, place):
    document = coco(
        [image(number if place == "image" else 1), image(2, "b.png")],
        [
            annotation(
                number if place == "annotation" else 1,
                number if place == "owner" else 1,
                category_id=number if place == "category" else 1,
            )
        ],
    )
    dataset, mistake = outcome(lambda: opened(document, tmp_path))
    if dataset is None:
        assert "annotations.json" in mistake
    else:
        assert dataset.problems
        assert len(dataset.all_truth.boxes) + accounted(dataset) == 1


def test_unknown_image_id_is_an_error(tmp_path):
    dataset = opened(coco([image(5)]), tmp_path)
    assert dataset.index_of(5) == 0
    with pytest.raises(BoxscopeError, match=r"annotations\.json: no image with id 0"):
        dataset.index_of(0)


@pytest.mark.parametrize(
    "images",
    [
        [without(image(), "id")],
        [image(), without(image(2, "b.png"), "id")],
        [image(), image(2, None)],
        [image(), without(image(2), "file_name")],
        [image(), image(2, 17)],
        [image(), image(None, "b.png")],
        [image(), None],
        [image(), "b.png"],
        [image(), ["b.png"]],
    ],
    ids=[
        "no id",
        "second without id",
        "name null",
        "no name",
        "name a number",
        "id null",
        "null",
        "a string",
        "a list",
    ],
)
def test_image_record_that_lacks_something_is_named_or_still_found(tmp_path, images):
    dataset = opened(coco(images, [annotation()]), tmp_path)
    gone = sum("the image is left out" in problem.detail for problem in dataset.problems)
    assert len(dataset) + gone == len(images)
    assert dataset.problems


@pytest.mark.parametrize("key", ["annotations", "categories"])
@pytest.mark.parametrize("value", [None, [], {}, 5, True, "x", {"a": 1}, [None], [3]], ids=str)
def test_list_that_is_none_is_an_error_or_a_problem(tmp_path, key, value):
    dataset, mistake = outcome(lambda: opened({**coco([image()]), key: value}, tmp_path))
    if dataset is None:
        assert "annotations.json" in mistake
    else:
        assert len(dataset) == 1
        assert any(problem.lost for problem in dataset.problems) or not value


# ---- everything wrong at once

MESS = coco(
    [
        image(1, "a.png"),
        image(2, "street/b.c.jpg.jpg"),
        image(2, "again.png"),
        image(4, "a.png"),
        without(image(5, "bare.png"), "width", "height"),
        image(6, "empty.png"),
    ],
    [
        annotation(0, 1),
        annotation(1, 1, [-0.5, 0, 10, 10]),
        annotation(1, 2, [5, 5, 5, 5], iscrowd=1, segmentation=RLE),
        annotation(3, 2, [0, 0, 0, 9]),
        annotation(4, 6, []),
        annotation(5, 77),
        annotation(6, 5, [90, 90, 90, 90], category_id=9),
        annotation(7, 4, [500, 500, 1, 1]),
        annotation(8, 4, [1, 2, 3]),
        annotation(9, 2, [50, 50, 10.5, 10.5]),
    ],
    [CRACK, {"id": 2, "name": "crack"}],
)
MESS_KINDS = {
    "repeated-category": 1,
    "repeated-image-id": 1,
    "repeated-file": 1,
    "no-size": 1,
    "clipped": 1,
    "repeated-id": 1,
    "zero-area": 1,
    "empty-mark": 1,
    "unknown-image": 1,
    "unknown-category": 1,
    "outside": 1,
    "no-box": 1,
}


@both_roads
def test_file_with_everything_wrong_is_counted_by_hand(tmp_path, mark):
    dataset = opened(MESS, tmp_path, mark=mark)
    assert Counter(kind for kind, *_ in kinds(dataset)) == MESS_KINDS
    assert dataset.file_names == ["a.png", "street/b.c.jpg.jpg", "a.png", "bare.png", "empty.png"]
    assert dataset.image_ids.tolist() == [1, 2, 4, 5, 6]
    assert dataset.object_counts.tolist() == [2, 1, 0, 1, 0]
    assert [dataset.truth(n).ids.tolist() for n in range(5)] == [[0, 1], [1, 9], [], [6], []]
    assert dataset.truth(1).crowd.tolist() == [True, False]
    assert dataset.truth(1).objects.tolist() == [1]
    assert dataset.truth(1).boxes.tolist() == [[5, 5, 10, 10], [50, 50, 60.5, 60.5]]


def accounted(dataset: CocoDataset) -> int:
    """Count the annotations that gave no row of truth, by what the problems say."""
    left_out = sum("the annotation is left out" in problem.detail for problem in dataset.problems)
    return left_out + sum(problem.kind in GONE for problem in dataset.problems)


nasty_number = st.sampled_from([0, 1, 2, 5, -3, 50, 99.5, 1e6, math.nan, None, "3", "x", True])
nasty_box = st.none() | st.just("no") | st.lists(nasty_number, max_size=5) | st.just([10, 20, 30, 40])
nasty_annotation = st.fixed_dictionaries(
    {"bbox": nasty_box},
    optional={
        "id": nasty_number,
        "image_id": nasty_number,
        "category_id": nasty_number,
        "iscrowd": st.sampled_from([0, 1, True, None]),
        "area": nasty_number,
    },
)


@quick
@given(st.lists(nasty_annotation, max_size=8), st.sampled_from([100, 0, None, "100"]), st.booleans())
def test_no_annotation_is_dropped_without_a_problem(objects, width, mark):
    document = coco([image(1, width=width), image(2, "b.png"), image(2, "c.png")], objects)
    with tempfile.TemporaryDirectory() as folder:
        dataset = opened(document, Path(folder), mark=mark)
    truth = dataset.all_truth
    assert len(truth.boxes) + accounted(dataset) == len(objects)
    assert np.isfinite(truth.boxes).all()
    assert (truth.boxes[:, 2:] > truth.boxes[:, :2]).all()
    assert np.isfinite(truth.area).all()
    assert dataset.starts[-1] == len(truth.boxes)


sane_annotation = st.builds(
    annotation,
    st.integers(0, 10**9),
    st.integers(1, 4),
    st.lists(st.floats(-10, 150), min_size=4, max_size=4) | st.just([]),
    area=st.floats(0, 1e6),
    iscrowd=st.sampled_from([0, 1]),
    category_id=st.integers(0, 3),
)


@quick
@given(st.lists(sane_annotation, max_size=8))
def test_typed_and_tolerant_roads_give_the_same_columns(objects):
    document = coco([image(3), image(1, "b/c.d.png", 7, 9)], objects)
    with tempfile.TemporaryDirectory() as folder:
        typed = read_columns(write(document, Path(folder, "typed.json")))
        tolerant = read_columns(write(document, Path(folder, "tolerant.json"), mark=True))
    assert typed.remarks == []
    assert len(tolerant.remarks) == 1
    for field in fields(typed):
        if field.name != "remarks":
            np.testing.assert_array_equal(
                getattr(typed, field.name), getattr(tolerant, field.name), field.name
            )


# ---- errors


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not JSON"),
        (b"images", "not JSON"),
        (b'{"images": [', "not JSON"),
        (b"[]", "got no list 'images'"),
        (b"7", "got no list 'images'"),
        (b"{}", "got no list 'images'"),
        (b'{"images": {}}', "got no list 'images'"),
        (b'{"images": null}', "got no list 'images'"),
        (b"\x89PNG\r\n\x1a\n\0\0", "not JSON"),
        (b'{"images": [{"id": 1, "file_name": "\xe4.png"}]}', "not JSON"),
        ('{"images": []}'.encode("utf-16"), "not JSON"),
        (b"[" * 100_000, "not JSON|got no list 'images'"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_file_that_is_no_coco_is_one_line_that_names_it(tmp_path, content, reason):
    (tmp_path / "annotations.json").write_bytes(content)
    with pytest.raises(BoxscopeError, match=rf"annotations\.json: ({reason})") as caught:
        CocoDataset.open(tmp_path / "annotations.json")
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("name", ["missing.json", "folder"])
def test_file_that_cannot_be_read_is_named(tmp_path, name):
    (tmp_path / "folder").mkdir()
    with pytest.raises(BoxscopeError, match=f"{name}: cannot be read"):
        CocoDataset.open(tmp_path / name)


def test_missing_images_folder_is_named(tmp_path):
    path = write(coco([image()]), tmp_path / "annotations.json")
    with pytest.raises(BoxscopeError, match=r"images folder .*nowhere: no such folder"):
        CocoDataset.open(path, tmp_path / "nowhere")


# ---- where the pictures are


@pytest.mark.parametrize(
    ("annotations", "file_name", "picture", "expected"),
    [
        ("annotations.json", "a.png", "a.png", "."),
        ("annotations.json", "a.png", "images/a.png", "images"),
        ("annotations.json", "images/a.png", "images/a.png", "."),
        ("annotations.json", "s/a.b.png", "images/s/a.b.png", "images"),
        ("annotations/instances_val2017.json", "a.png", "val2017/a.png", "val2017"),
        ("annotations/instances_val2017.json", "a.png", "images/val2017/a.png", "images/val2017"),
        ("annotations/instances.json", "a.png", "images/a.png", "images"),
        ("annotations/all.json", "train/a.png", "train/a.png", "."),
    ],
    ids=str,
)
def test_pictures_are_found_where_data_sets_keep_them(tmp_path, annotations, file_name, picture, expected):
    save(noise(4, 4), tmp_path / picture)
    path = write(coco([image(file_name=file_name)]), tmp_path / annotations)
    dataset = CocoDataset.open(path)
    assert dataset.images_dir.resolve() == (tmp_path / expected).resolve()
    assert dataset.path(0).is_file()


def test_pictures_are_found_when_the_first_is_missing(tmp_path):
    (tmp_path / "images").mkdir()
    save(noise(4, 4), tmp_path / "b.png")
    dataset = opened(coco([image(1, "gone.png"), image(2, "b.png")]), tmp_path)
    assert dataset.images_dir == tmp_path


@pytest.mark.parametrize(("make", "expected"), [((), "."), (("images",), "images")], ids=["bare", "images"])
def test_without_any_picture_the_likeliest_folder_is_taken(tmp_path, make, expected):
    for name in make:
        (tmp_path / name).mkdir()
    assert opened(coco([image()]), tmp_path).images_dir == tmp_path / expected


def test_folder_that_is_asked_for_wins(tmp_path):
    save(noise(4, 4), tmp_path / "a.png")
    (tmp_path / "other").mkdir()
    path = write(coco([image()]), tmp_path / "annotations.json")
    assert CocoDataset.open(str(path), str(tmp_path / "other")).images_dir == tmp_path / "other"


@pytest.mark.parametrize(
    "name",
    ["x" * 300, "a\0b.png", "\ud800.png", "../" * 50 + "a.png", "."],
    ids=["too long", "a zero", "half a character", "above the root", "the folder itself"],
)
def test_file_name_that_no_disk_can_hold_opens_and_is_an_error_to_read(tmp_path, name):
    dataset = opened(coco([image(1, name)]), tmp_path)
    with pytest.raises(BoxscopeError):
        dataset.read(0)


# ---- reading, and parts


def test_picture_of_another_size_than_annotated_is_an_error(tmp_path):
    save(noise(50, 40), tmp_path / "a.png")
    dataset = opened(coco([image()]), tmp_path)
    with pytest.raises(BoxscopeError, match=r"a\.png: is 50x40, the annotations say 100x80"):
        dataset.read(0)


@pytest.mark.parametrize("width", [50, 0], ids=["size given", "no size"])
def test_picture_is_read_by_its_place(tmp_path, width):
    save(noise(50, 40, 1), tmp_path / "a.png")
    save(noise(50, 40, 2), tmp_path / "s" / "a.png")
    dataset = opened(coco([image(1, "a.png", width, 40), image(2, "s/a.png", width, 40)]), tmp_path)
    assert (dataset.read(0) == noise(50, 40, 1)).all()
    assert (dataset.read(1) == noise(50, 40, 2)).all()


@pytest.fixture(scope="module")
def mess(tmp_path_factory):
    return opened(MESS, tmp_path_factory.mktemp("mess"))


ends = st.none() | st.integers(-7, 7)


@quick
@given(ends, ends)
def test_part_equals_the_whole_for_each_of_its_images(mess, start, stop):
    part = mess.part(slice(start, stop))
    indices = range(len(mess))[start:stop]
    assert len(part) == len(indices)
    assert part.object_counts.tolist() == [mess.object_counts[index] for index in indices]
    for place, index in enumerate(indices):
        assert part.path(place) == mess.path(index)
        assert part.size(place) == mess.size(index)
        assert part.index_of(int(mess.image_ids[index])) == place
        for field in fields(mess.all_truth):
            of_part, of_whole = getattr(part.truth(place), field.name), getattr(mess.truth(index), field.name)
            np.testing.assert_array_equal(of_part, of_whole)
    assert part.starts[0] == 0
    assert part.starts[-1] == len(part.all_truth.boxes)


# ---- the files of a folder

LAYOUTS = {
    "sample": (
        ["train/annotations.json", "valid/annotations.json"],
        {"train": "train/annotations.json", "valid": "valid/annotations.json"},
    ),
    "flat": (
        ["annotations.json", "annotations_train.json", "annotations_valid.json"],
        {"train": "annotations_train.json", "all": "annotations.json", "valid": "annotations_valid.json"},
    ),
    "COCO's": (
        ["annotations/instances_train2017.json", "annotations/instances_val2017.json"],
        {
            "instances_train2017": "annotations/instances_train2017.json",
            "instances_val2017": "annotations/instances_val2017.json",
        },
    ),
    "Roboflow's": (
        ["test/_annotations.coco.json", "train/_annotations.coco.json", "valid/_annotations.coco.json"],
        {
            "train": "train/_annotations.coco.json",
            "test": "test/_annotations.coco.json",
            "valid": "valid/_annotations.coco.json",
        },
    ),
    "two of one split": (
        ["annotations_train.json", "train/annotations.json"],
        {"train": "annotations_train.json", "train/annotations.json": "train/annotations.json"},
    ),
}


@pytest.mark.parametrize(("files", "expected"), LAYOUTS.values(), ids=LAYOUTS)
def test_splits_of_a_folder_bear_their_names_training_first(tmp_path, files, expected):
    for file in files:
        write(coco([image()]), tmp_path / file)
    found = annotation_files(tmp_path)
    assert {name: path.relative_to(tmp_path).as_posix() for name, path in found.items()} == expected
    assert list(found) == list(expected)


def test_json_that_is_no_coco_is_passed_over(tmp_path):
    write(coco([image()]), tmp_path / "annotations.json", mark=True)
    write({"name": "package"}, tmp_path / "package.json")
    write(["images"], tmp_path / "list.json")
    (tmp_path / "empty.json").touch()
    (tmp_path / "binary.json").write_bytes(bytes(range(256)))
    assert list(annotation_files(tmp_path)) == ["all"]


def test_what_is_no_file_and_the_summary_of_an_export_are_passed_over(tmp_path):
    dataset = CocoDataset.open(write_scenes(tmp_path / "train", 2))
    export(config(dataset), tmp_path)
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "link.json").symlink_to(tmp_path / "nowhere.json")
    os.mkfifo(tmp_path / "pipe.json")
    assert (tmp_path / "train" / "export.json").exists()
    assert annotation_files(tmp_path) == {"train": tmp_path / "train" / "annotations.json"}


@pytest.mark.parametrize("sort_keys", [False, True], ids=["images first", "sorted keys"])
def test_file_is_known_as_coco_wherever_its_images_stand(tmp_path, sort_keys):
    images = [image(n, f"{n:060d}.png") for n in range(1500)]
    document = coco(images, [annotation(n, n) for n in range(1500)])
    (tmp_path / "annotations.json").write_text(json.dumps(document, sort_keys=sort_keys))
    assert list(annotation_files(tmp_path)) == ["all"]


@pytest.mark.parametrize("name", ["empty", "missing", "file.json"])
def test_folder_without_coco_is_an_error_that_names_it(tmp_path, name):
    (tmp_path / "empty").mkdir()
    write(coco([image()]), tmp_path / "file.json")
    with pytest.raises(BoxscopeError, match=f"{name}: no "):
        annotation_files(tmp_path / name)


# ---- real files


@needs_real_data
@pytest.mark.parametrize("name", ["crackforest", "kangaroo", "crackseg350"])
def test_boxes_of_a_real_set_equal_those_of_pycocotools(name):
    from pycocotools.coco import COCO

    file = "annotations_standard.json" if name == "crackseg350" else "annotations.json"
    dataset, oracle = CocoDataset.open(DATA / name / file), COCO(str(DATA / name / file))
    assert sorted(oracle.getImgIds()) == sorted(dataset.image_ids.tolist())
    for index, number in enumerate(dataset.image_ids.tolist()):
        boxes = [a["bbox"] for a in oracle.loadAnns(oracle.getAnnIds(imgIds=[number]))]
        expected = np.array([[x, y, x + w, y + h] for x, y, w, h in boxes], np.float32).reshape(-1, 4)
        width, height = dataset.size(index)
        expected = np.clip(expected, 0, np.array([width, height] * 2, np.float32))
        assert sorted(dataset.truth(index).boxes.tolist()) == sorted(expected.tolist())


@needs_real_data
def test_crack_free_images_of_a_real_set_are_marked_by_empty_boxes():
    dataset = CocoDataset.open(DATA / "crackseg350" / "annotations.json")
    assert Counter(kind for kind, *_ in kinds(dataset))["empty-mark"] == 36
    assert len(dataset) == 350
    assert dataset.object_counts.sum() == 425


@needs_real_data
def test_splits_of_a_real_set_are_its_files():
    assert list(annotation_files(DATA / "crackforest")) == ["train", "all", "valid"]
    counts = {
        name: len(CocoDataset.open(path)) for name, path in annotation_files(DATA / "crackforest").items()
    }
    assert counts == {"train": 89, "all": 118, "valid": 29}
