"""LabelMe files: shapes to objects, which picture a file is of, and the picture in it left unread."""

import math

import pytest

from core.datasets import CocoDataset
from core.datasets.formats import kept
from core.datasets.formats.recognising import recognise
from tests.foreign import converted, labelme, picture, shape, written

TRIANGLE = [[10, 10], [40, 10], [10, 30]]


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BOXSCOPE_CACHE", str(tmp_path / "cache"))


CORNERS = [[10, 5], [40, 5], [40, 30], [10, 30]]


@pytest.mark.parametrize("points", [[[40, 30], [10, 5]], [[10, 30], [40, 5]], [[10, 5], [40, 30]], CORNERS])
def test_a_rectangle_in_any_order_of_its_corners(tmp_path, points):
    labelme(tmp_path / "set/a", [shape("crack", points, "rectangle")])
    (one,) = converted(tmp_path / "set")["annotations"]
    assert (one["bbox"], "segmentation" in one) == ([10, 5, 30, 25], False)


def test_polygons_circles_and_groups(tmp_path):
    square = [[50, 50], [60, 50], [60, 60], [50, 60]]
    shapes = [
        shape("crack", TRIANGLE),
        shape("hole", [[50, 40], [50, 50]], "circle"),
        shape("crack", TRIANGLE, group_id=1),
        shape("crack", square, group_id=1),
    ]
    labelme(tmp_path / "set/a", shapes)
    coco = converted(tmp_path / "set")
    triangle, circle, group = coco["annotations"]
    assert (triangle["bbox"], triangle["area"]) == ([10, 10, 30, 20], 300)
    assert triangle["segmentation"] == [[10, 10, 40, 10, 10, 30]]
    assert circle["bbox"] == [40, 30, 20, 20]
    assert circle["area"] == pytest.approx(math.pi * 100, rel=0.01)
    assert (group["bbox"], group["area"], len(group["segmentation"])) == ([10, 10, 50, 50], 400, 2)
    assert coco["info"]["boxscope"]["notes"] == {"group": 1}


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (shape("crack", [[1, 1], [9, 9], [12, 3]], "linestrip"), "shape 1 (crack, linestrip) is no area"),
        (shape("crack", [[1, 1]], "point"), "shape 1 (crack, point) is no area"),
        (shape("crack", [[1, 1], [9, 9]]), "shape 1 (crack, polygon) has 2 points, expected 3 or more"),
        (shape("crack", [[1, 1]], "rectangle"), "shape 1 (crack, rectangle) has 1 points, expected 2"),
        (shape("crack", [[1, 1], [1, 9]], "rectangle"), "shape 1 (crack, rectangle) has no area"),
        (shape("crack", [["x", 1], [1, 9]], "rectangle"), "has points that are no pairs of numbers"),
        (shape("", TRIANGLE), "shape 1 (no label, polygon) has no label"),
    ],
)
def test_a_shape_that_cannot_be_used_is_named_and_its_image_gives_no_negatives(tmp_path, one, reason):
    labelme(tmp_path / "set/a", [one, shape("crack", TRIANGLE)])
    data = CocoDataset.open(tmp_path / "set")
    (note,) = kept.of(data.annotations).notes
    assert (note.lost, note.of, reason in note.detail) == (True, "object", True), note
    assert (len(data.truth(0).boxes), data.doubts) == (1, ["1 shape of its label file cannot be used"])


def test_the_picture_in_a_file_is_not_decoded(tmp_path):
    labelme(tmp_path / "set/a", [shape("crack", TRIANGLE)], imageData="no base64" * 200_000)
    assert len(converted(tmp_path / "set")["annotations"]) == 1


def test_which_picture_a_file_is_of(tmp_path):
    folder = tmp_path / "set"
    labelme(folder / "a", [], imagePath=r"..\other\b.jpg")
    labelme(folder / "c", [], imagePath="d.jpg")
    (folder / "c.jpg").rename(folder / "d.jpg")
    labelme(folder / "e", [])
    (folder / "e.jpg").unlink()
    labelme(folder / "f", "{")
    picture(folder / "unknown.jpg")
    data = CocoDataset.open(folder)
    made = kept.of(data.annotations)
    assert data.file_names == ["a.jpg", "d.jpg"]
    assert {(note.kind, note.item, note.lost) for note in made.notes} == {
        ("other-filename", "a.jpg", False),
        ("no-picture", "e.json", True),
        ("broken-label", "f.json", True),
        ("no-label", "unknown.jpg", True),
    }
    assert made.found == made.images + 3


def test_dacl10k_has_folders_of_splits_and_its_own_name_of_the_picture(tmp_path):
    folder = tmp_path / "dacl10k"
    for split in ("train", "validation"):
        text = labelme(
            tmp_path / "x", [shape("Crack", TRIANGLE)], imagePath=None, imageName="x.jpg"
        ).read_text()
        written(folder / f"annotations/{split}/x.json", text)
        picture(folder / f"images/{split}/x.jpg")
    (found,) = recognise(folder)
    assert (found.sure, [split.name for split in found.splits]) == (True, ["train", "validation"])
    data = CocoDataset.open(folder / "annotations/train")
    assert (data.images_dir, data.file_names) == (folder / "images/train", ["x.jpg"])
    assert kept.of(data.annotations).notes == ()


def test_a_file_that_was_converted_before_is_no_label_file(tmp_path):
    labelme(tmp_path / "set/a", [shape("crack", TRIANGLE)])
    first = converted(tmp_path / "set")
    written(tmp_path / "set/coco.json", '{"images": [], "annotations": [], "categories": []}')
    assert converted(tmp_path / "set") == first
