"""Data sets: every object of a COCO file is a row of truth or a problem with a name."""

import math

import numpy as np
import pytest

from core.datasets import CocoDataset
from tests.coco import both_readers, kinds, opened, run_lengths, without
from tests.drawn import CRACK, annotation, coco, image, write

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


@both_readers
@pytest.mark.parametrize(("bbox", "kind"), LOST_BOXES.values(), ids=LOST_BOXES)
def test_box_that_cannot_be_used_is_named(tmp_path, mark, bbox, kind):
    dataset = opened(coco([image()], [annotation(bbox=bbox)]), tmp_path, mark=mark)
    assert kinds(dataset) == [(kind, "a.png", kind != "empty-mark")]
    assert "annotation 1 " in dataset.problems[-1].detail
    assert len(dataset.truth(0).boxes) == 0


@both_readers
def test_missing_box_is_lost_and_no_mark_of_an_image_without_objects(tmp_path, mark):
    document = coco([image()], [without(annotation(), "bbox")])
    assert kinds(opened(document, tmp_path, mark=mark)) == [("no-box", "a.png", True)]


@both_readers
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


@both_readers
def test_float_boxes_are_kept_to_the_float32(tmp_path, mark):
    boxes = [[10.3, 20.7, 5.25, 6.1], [0.1, 0.2, 1.3, 2.4], [33.333333, 1, 1.001, 2]]
    document = coco([image()], [annotation(n, bbox=box) for n, box in enumerate(boxes, 1)])
    expected = [[np.float32(v) for v in (x, y, x + w, y + h)] for x, y, w, h in boxes]
    dataset = opened(document, tmp_path, mark=mark)
    assert dataset.truth(0).boxes.dtype == np.float32
    assert dataset.truth(0).boxes.tolist() == [[float(v) for v in box] for box in expected]


FINE = {
    "crowd as RLE": ({"iscrowd": 1, "segmentation": run_lengths(10, 20, 30, 40)}, {"crowd": True}),
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
    "polygon": ({"segmentation": [[10, 20, 40, 20, 25, 60]]}, {}),
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
@both_readers
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
    "file name twice": ([image(), image(2)], annotation(), [CRACK], ("repeated-file", "a.png", False)),
    "no width": ([without(image(), "width")], annotation(), [CRACK], ("no-size", "a.png", False)),
    "height 0": ([image(height=0)], annotation(), [CRACK], ("no-size", "a.png", False)),
    "width null": ([image(width=None)], annotation(), [CRACK], ("no-size", "a.png", False)),
    "negative width": ([image(width=-100)], annotation(), [CRACK], ("no-size", "a.png", False)),
}


@both_readers
@pytest.mark.parametrize(("images", "object_", "categories", "expected"), NAMED.values(), ids=NAMED)
def test_what_is_odd_about_a_file_is_named_once(tmp_path, mark, images, object_, categories, expected):
    assert kinds(opened(coco(images, [object_], categories), tmp_path, mark=mark)) == [expected]


@both_readers
def test_repeated_annotation_id_is_named_and_both_objects_stay(tmp_path, mark):
    dataset = opened(coco([image()], [annotation(7), annotation(7), annotation(8)]), tmp_path, mark=mark)
    assert kinds(dataset) == [("repeated-id", "a.png", False)]
    assert dataset.truth(0).ids.tolist() == [7, 7, 8]


@both_readers
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


@both_readers
def test_categories_are_counted_from_wherever_the_file_starts(tmp_path, mark):
    categories = [{"id": 0, "name": "crack"}, {"id": 7, "name": "joint", "supercategory": None}]
    document = coco([image()], [annotation(1, category_id=0), annotation(2, category_id=7)], categories)
    dataset = opened(document, tmp_path, mark=mark)
    assert dataset.categories == {0: "crack", 7: "joint"}
    assert dataset.truth(0).category.tolist() == [0, 7]
    assert kinds(dataset) == []


@both_readers
def test_without_a_size_boxes_are_not_cut(tmp_path, mark):
    document = coco([without(image(), "width", "height")], [annotation(bbox=[90, 70, 500, 500])])
    dataset = opened(document, tmp_path, mark=mark)
    assert dataset.size(0) is None
    assert dataset.truth(0).boxes.tolist() == [[90, 70, 590, 570]]
    assert [kind for kind, *_ in kinds(dataset)] == ["no-size"]


@both_readers
def test_empty_list_of_images_is_named(tmp_path, mark):
    dataset = opened(coco([]), tmp_path, mark=mark)
    assert len(dataset) == 0
    assert kinds(dataset) == [("no-images", "annotations.json", True)]


@both_readers
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
