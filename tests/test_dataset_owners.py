"""Objects of unknown images, ids of several pictures, pictures of several ids: no truth on a wrong one."""

import json

import pytest

from core.datasets import check
from core.errors import BoxscopeError
from core.executors import SerialExecutor
from core.export.results import write_results
from core.pipeline import Setup
from core.proposers import AdaptiveThreshold
from tests.coco import both_readers, kinds, opened
from tests.drawn import annotation, coco, image
from tests.small import core
from tests.walls import A, B, C, box, exported, record, walls, wrong

THREE = {f"w{n}.png": [A] for n in range(3)}
RECORDS = [record(n + 1, name) for n, name in enumerate(THREE)]


def owned(dataset) -> list[list[int]]:
    """Return the ids of the objects of each image."""
    return [dataset.truth(index).ids.tolist() for index in range(len(dataset))]


# Objects of unknown images

UNKNOWN = {
    "no image_id": (None, "no image_id"),
    "not listed": (99, "image_id 99"),
    "beyond int64": (10**19, f"image_id {10**19}"),
    "a fraction": (1.5, "image_id 1.5"),
    "true": (True, "image_id True"),
    "an unknown name": ("w9.png", "image_id 'w9.png'"),
    "a list": ([1], "image_id [1]"),
    "a float that several integers round to": (float(2**60), f"image_id {float(2**60)!r}"),
}


@pytest.mark.parametrize(("reference", "shown"), UNKNOWN.values(), ids=UNKNOWN)
def test_an_object_of_an_unknown_image_puts_every_image_in_doubt(tmp_path, reference, shown):
    objects = [box(1, 1), box(2, 2), box(3, reference)]
    dataset = walls(tmp_path, THREE, RECORDS, objects)
    assert owned(dataset) == [[1], [2], []]
    assert [problem.kind for problem in dataset.problems if problem.lost] == ["unknown-image"]
    assert shown in next(problem.detail for problem in dataset.problems if problem.lost)
    assert all("1 object " in doubt and "it may be of this image" in doubt for doubt in dataset.doubts)
    assert dataset.refusals == ()
    assert not dataset.surely_empty.any()
    done, rows = exported(dataset, tmp_path / "out")
    assert wrong(dataset, rows) == []
    assert {(row["file_name"], row["label"]) for row in rows} == {("w0.png", 1), ("w1.png", 1)}
    assert [entry["file"] for entry in done.result()["no_negatives"]] == ["w0.png", "w1.png"]
    assert [entry["file"] for entry in done.result()["skipped"]] == ["w2.png"]


def test_an_image_id_under_another_name_is_refused_and_exported_anyway_without_negatives(tmp_path):
    objects = [{**box(n, n), "item_id": n} for n in (1, 2, 3)]
    dataset = walls(tmp_path, THREE, RECORDS, [box(4, 3), *({**o, "image_id": None} for o in objects)])
    assert dataset.refusals == ("3 of 4 objects have no image_id",)
    words = (
        "export",
        dataset.annotations,
        "--images",
        tmp_path,
        "--out",
        tmp_path / "out",
        "--split",
        "train",
    )
    words = (
        *words,
        "--proposer",
        "adaptive-threshold",
        "--preset",
        "article",
        "--format",
        "manifest",
        "--truth-boxes",
    )
    refused = core(*words)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 2)
    assert "3 of 4 objects have no image_id: nothing is exported; --anyway" in refused.stderr
    assert not (tmp_path / "out").exists()
    assert "the export itself would be refused: " in core(*words, "--dry-run").stderr
    assert core(*words, "--anyway").returncode == 0
    with pytest.raises(BoxscopeError, match="3 of 4 objects"):
        exported(dataset, tmp_path / "other")
    assert {row["label"] for row in exported(dataset, tmp_path / "out", anyway=True)[1]} == {1}


def test_a_mark_of_an_empty_image_that_is_not_listed_puts_none_in_doubt(tmp_path):
    dataset = walls(tmp_path, THREE, RECORDS, [box(1, 1), box(2, 99, [])])
    assert dataset.doubts == [""] * 3


def test_objects_of_a_record_without_a_file_are_of_no_other_image(tmp_path):
    dataset = walls(
        tmp_path, THREE, [*RECORDS, {"id": 9, "width": 320, "height": 240}], [box(1, 1), box(2, 9)]
    )
    assert [problem.kind for problem in dataset.problems if problem.of == "object"] == ["unnamed-image"]
    assert dataset.doubts == [""] * 3


# References by name

NAMES = ["deep/w0.png", "w1.b.png", "0007.png", "w3.png"]
BY_NAME = {
    "file name": ("deep/w0.png", 0),
    "last part": ("w0.png", 0),
    "stem of the last part": ("w0", 0),
    "stem with its folder": ("deep/w0", 0),
    "stem with a dot": ("w1.b", 1),
    "number with leading zeros": ("0007", 2),
}


@pytest.mark.parametrize(("reference", "index"), BY_NAME.values(), ids=BY_NAME)
def test_an_image_is_named_by_its_file_name(tmp_path, reference, index):
    images = [image(number, name) for number, name in zip((7, 8, 9, 10), NAMES, strict=True)]
    dataset = opened(coco(images, [annotation(1, reference), annotation(2, 10)]), tmp_path)
    expected = [[], [], [], [2]]
    expected[index] = [1]
    assert owned(dataset) == expected
    assert kinds(dataset) == [("image-by-name", "annotations.json", False)]
    assert (
        f"1 annotation names its image by its file name: image_id {reference!r}" in dataset.problems[1].detail
    )
    assert dataset.doubts == [""] * 4


def test_annotations_that_name_their_image_are_counted(tmp_path):
    objects = [annotation(n, "a.png") for n in range(12)]
    dataset = opened(coco([image(), image(2, "b.png")], objects), tmp_path)
    detail = "12 annotations name their image by its file name: image_id 'a.png' is 'a.png'"
    assert [problem.detail for problem in dataset.problems[1:]] == [detail]


def test_a_name_that_two_pictures_have_is_no_reference(tmp_path):
    images = [image(1, "a/w.png"), image(2, "b/w.png"), image(3, "w.jpg")]
    dataset = opened(
        coco(images, [annotation(1, "w.png"), annotation(2, "w"), annotation(3, "b/w")]), tmp_path
    )
    assert owned(dataset) == [[], [3], []]
    assert all("2 objects name images that the file does not list" in doubt for doubt in dataset.doubts)


def test_a_name_is_that_of_a_whole_file_name_where_all_are(tmp_path):
    images = [image(1, "a/w.png"), image(2, "w.png")]
    objects = [annotation(1, "w.png"), annotation(2, "a/w.png")]
    assert owned(opened(coco(images, objects), tmp_path)) == [[2], [1]]
    objects[1]["image_id"] = "a/w"
    assert owned(opened(coco(images, objects), tmp_path)) == [[2], []]


def test_ids_of_images_come_before_file_names(tmp_path):
    images = [image("b.png", "a.png"), image("a.png", "b.png")]
    dataset = opened(coco(images, [annotation(1, "a.png"), annotation(2, "b")]), tmp_path)
    assert owned(dataset) == [[], [1, 2]]


SHIFTED = {
    "all are file names": ([12, 13], [[1], [2], []]),
    "as text": (["12", "13"], [[1], [2], []]),
    "some are ids": ([12, 14], [[1], [], [2]]),
    "one is neither": ([12, 99], [[], [1], []]),
    "all are ids": ([12, 11], [[2], [1], []]),
}


@pytest.mark.parametrize(("references", "expected"), SHIFTED.values(), ids=SHIFTED)
def test_numbers_are_file_names_where_all_are_and_ids_fail(tmp_path, references, expected):
    images = [image(11, "000012.png"), image(12, "000013.png"), image(13, "000014.png")]
    if references == [12, 13] or references == ["12", "13"]:
        images = [image(1, "000012.png"), image(12, "000013.png"), image(3, "000014.png")]
    objects = [annotation(n, reference) for n, reference in enumerate(references, 1)]
    dataset = opened(coco(images, objects), tmp_path)
    assert owned(dataset) == expected


OFF_BY_ONE = {
    "from 1": ([1, 2, 3], [2, 3, 4], "1 lower"),
    "from 0": ([1, 2, 3], [0, 1, 2], "1 higher"),
    "an image without objects": ([1, 2, 3, 4], [2, 3, 5], "1 lower"),
    "a stray one": ([1, 2, 3], [1, 2, 4], ""),
    "a few of many": ([1, 2, 3, 4, 5, 6], [3, 7], ""),
}


@pytest.mark.parametrize(("ids", "references", "text"), OFF_BY_ONE.values(), ids=OFF_BY_ONE)
def test_ids_that_may_be_shifted_are_refused(tmp_path, ids, references, text):
    images = [image(number, f"{letter}.png") for number, letter in zip(ids, "abcdef", strict=False)]
    dataset = opened(coco(images, [annotation(n, own) for n, own in enumerate(references)]), tmp_path)
    assert [
        reason.partition(", but all would name listed ones if they were ")[2] for reason in dataset.refusals
    ] == ([text] if text else [])
    assert all(dataset.doubts)


# One id, several pictures


@both_readers
def test_an_id_of_two_pictures_gives_no_crops_and_its_objects_are_named(tmp_path, mark):
    pictures = {"pier.png": [A], "pier.jpg": [B], "deck.png": [C]}
    images = [record(1, "pier.png"), record(1, "pier.jpg"), record("2" if mark else 2, "deck.png")]
    dataset = walls(tmp_path, pictures, images, [box(1, 1, A), box(2, 1, B), box(3, 2, C)])
    assert dataset.file_names == ["deck.png"]
    assert dataset.doubts == [""]
    lost = [(problem.kind, problem.item, problem.of) for problem in dataset.problems if problem.lost]
    assert lost == [
        ("repeated-image-id", "pier.png", "image"),
        ("repeated-image-id", "pier.jpg", "image"),
        ("ambiguous-image", "annotations.json", "object"),
        ("ambiguous-image", "annotations.json", "object"),
    ]
    assert "image id 1 is that of 'pier.jpg' too" in dataset.problems[-4].detail
    assert not [problem for problem in check(dataset).problems if problem.kind == "unlisted"]
    assert "annotation 2 [180.0, 140.0, 100.0, 60.0] belongs to image_id 1" in dataset.problems[-1].detail
    _, rows = exported(dataset, tmp_path / "out")
    assert {(row["file_name"], row["label"]) for row in rows} == {("deck.png", 1)}
    assert wrong(dataset, rows) == []


def test_text_ids_of_two_pictures_are_as_ambiguous(tmp_path):
    images = [image("x"), image("x", "b.png"), image("y", "c.png")]
    dataset = opened(coco(images, [annotation(1, "x"), annotation(2, "y")]), tmp_path)
    assert (dataset.file_names, owned(dataset)) == (["c.png"], [[2]])


def test_a_picture_that_shares_one_of_its_ids_gives_no_negatives(tmp_path):
    pictures = {"a.png": [A, B], "b.png": []}
    images = [record(1, "a.png"), record(1, "b.png"), record(2, "a.png")]
    dataset = walls(tmp_path, pictures, images, [box(1, 1, A), box(2, 2, B)])
    assert dataset.file_names == ["a.png"]
    assert "an image id too that other pictures have" in dataset.doubts[0]
    _, rows = exported(dataset, tmp_path / "out")
    assert {row["label"] for row in rows} == {1}
    assert wrong(dataset, rows) == []


# One picture, several ids


@both_readers
def test_records_of_one_file_are_joined(tmp_path, mark):
    images = [record("1" if mark else 1, "a.png"), record(5, "b.png"), record(2, "a.png"), record(1, "a.png")]
    objects = [box(1, 1, A), box(2, 2, B), box(3, 2, A), box(4, 2, B), box(5, 5, C)]
    dataset = walls(tmp_path, {"a.png": [A, B], "b.png": [C]}, images, objects)
    assert (dataset.file_names, dataset.image_ids.tolist()) == (["a.png", "b.png"], [1, 5])
    assert owned(dataset) == [[1, 2, 4], [5]]  # the same box twice in one record stays
    assert [dataset.index_of(number) for number in (1, 2, 5)] == [0, 0, 1]
    assert [kind for kind, *_ in kinds(dataset)] == ["repeated-file"] * 2 + ["repeated-object"]
    assert dataset.doubts == ["", ""]
    _, rows = exported(dataset, tmp_path / "out")
    assert wrong(dataset, rows) == []
    assert {row["file_name"] for row in rows if row["label"]} == {"a.png", "b.png"}


def test_objects_of_joined_records_differ_in_category_too(tmp_path):
    objects = [
        annotation(1, 1),
        annotation(2, 2, category_id=2),
        annotation(3, 2, iscrowd=1),
        annotation(4, 2),
    ]
    assert owned(opened(coco([image(1), image(2)], objects), tmp_path)) == [[1, 2, 3]]


def test_records_of_one_file_with_two_sizes_give_no_crops(tmp_path):
    images = [record(1, "a.png"), record(2, "a.png", width=640, height=480), record(3, "b.png")]
    dataset = walls(tmp_path, {"a.png": [A], "b.png": [B]}, images, [box(1, 1, A), box(2, 3, B)])
    assert owned(dataset) == [[], [2]]
    assert "two sizes" in dataset.doubts[0]
    done, rows = exported(dataset, tmp_path / "out")
    assert {row["file_name"] for row in rows} == {"b.png"}
    assert [entry["file"] for entry in done.skipped] == ["a.png"]


def test_a_record_without_a_size_takes_that_of_the_other(tmp_path):
    images = [image(1, width=None), image(2)]
    dataset = opened(coco(images, [annotation(1, 1, [75, 55, 30, 30])]), tmp_path)
    assert dataset.size(0) == (100, 80)
    assert dataset.truth(0).boxes.tolist() == [[75, 55, 100, 80]]
    assert dataset.doubts == [""]


def test_a_part_of_the_images_keeps_what_a_worker_needs(tmp_path):
    images = [image(1), image(2), image(3, "b.png")]
    dataset = opened(coco(images, [annotation(1, 2), annotation(2, 99), annotation(3, 98)]), tmp_path)
    part = dataset.subset(slice(1, 2))
    assert dataset.refusals
    assert (part.doubts, part.refusals, part.file_names) == ([dataset.doubts[1]], (), ["b.png"])
    assert (dataset.ids_of(0), part.ids_of(0)) == ([1, 2], [3])
    assert dataset.subset(slice(0, 1)).ids_of(0) == [1, 2]


def test_results_have_entries_for_every_id_of_a_picture(tmp_path):
    images = [record(1, "a.png"), record(2, "b.png"), record(7, "a.png"), record(None, "a.png")]
    dataset = walls(tmp_path, {"a.png": [A], "b.png": [B]}, images, [box(1, 1, A)])
    out = tmp_path / "results.json"
    list(write_results(dataset, Setup(AdaptiveThreshold()), out, SerialExecutor()))
    entries = json.loads(out.read_text())
    boxes = {number: [own["bbox"] for own in entries if own["image_id"] == number] for number in (1, 2, 7)}
    assert boxes[1] == boxes[7] != boxes[2]
    assert len(entries) == sum(map(len, boxes.values())) > 0
