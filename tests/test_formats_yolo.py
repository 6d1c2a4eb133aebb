"""YOLO data sets: classes, splits, boxes, polygons, and what a label file that is missing or odd means."""

import pytest

from core.datasets import CocoDataset
from core.datasets.formats import kept
from core.datasets.formats.recognising import find, recognise
from core.errors import BoxscopeError
from tests.foreign import converted, picture, written, yolo


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BOXSCOPE_CACHE", str(tmp_path / "cache"))


def opened(folder):
    data = CocoDataset.open(folder)
    return data, kept.of(data.annotations)


def test_boxes_and_polygons_in_pixels(tmp_path):
    # 96x72 pixels: a box of 24x36 around (48, 36), and the right triangle in its upper left.
    folder = yolo(tmp_path / "set", {"a": "0 0.5 0.5 0.25 0.5\n1 0 0 0.25 0 0 0.5\n"})
    coco = converted(folder)
    box, polygon = coco["annotations"]
    assert (box["bbox"], box["area"], "segmentation" in box) == ([36, 18, 24, 36], 864, False)
    assert (polygon["bbox"], polygon["area"]) == ([0, 0, 24, 36], 432)
    assert polygon["segmentation"] == [[0, 0, 24, 0, 0, 36]]
    assert coco["categories"] == [{"id": 1, "name": "crack"}, {"id": 2, "name": "hole"}]


def test_an_empty_label_file_is_an_image_without_objects_and_a_missing_one_says_nothing(tmp_path):
    data, made = opened(yolo(tmp_path / "set", {"a": "0 .5 .5 .2 .2", "empty": "", "unknown": None}))
    assert data.file_names == ["a.jpg", "empty.jpg"]
    assert data.surely_empty.tolist() == [False, True]
    assert [(note.kind, note.item) for note in made.notes] == [("no-label", "images/unknown.jpg")]
    assert made.found == 3


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("0 .5 .5 .2", "has 4 numbers"),
        ("0 .5 .5 .2 .2 .9", "has 6 numbers"),
        ("0 .5 .5 .2 .2 .1 .1 2", "has 8 numbers"),
        ("crack .5 .5 .2 .2", "has 'crack', expected numbers"),
        ("0.5 .5 .5 .2 .2", "begins with 0.5, expected the number of a class"),
        ("-1 .5 .5 .2 .2", "begins with -1"),
        ("0 48 36 24 36", "has 48, expected shares"),
        ("0 .5 .5 0 .2", "has a box without area"),
        ("0 nan .5 .2 .2", "has 'nan'"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_its_image_gives_no_negatives(tmp_path, line, reason):
    data, made = opened(yolo(tmp_path / "set", {"a": f"0 .5 .5 .2 .2\n\n{line}\n"}))
    (note,) = made.notes
    assert (note.lost, note.of, note.item) == (True, "object", "a.jpg")
    assert note.detail.startswith(f"line 3 of labels/a.txt {reason}")
    assert data.doubts == ["1 line of labels/a.txt cannot be read"]
    assert len(data.truth(0).boxes) == 1


def test_odd_lines_that_are_used(tmp_path):
    text = "0 .5 .5 .2 .2\n0 .5 .5 .2 .2\n7 .5 .5 .4 .4\n0 .5 .5 1.001 .2\n"
    data, made = opened(yolo(tmp_path / "set", {"a": text}))
    assert [note.kind for note in made.notes] == ["odd-line", "unnamed-class", "odd-line"]
    assert data.categories == {1: "crack", 2: "hole", 3: "class 7"}
    assert (len(data.truth(0).boxes), data.doubts) == (3, [""])


def test_keypoints_behind_a_box_are_left_out_where_data_yaml_says_how_many(tmp_path):
    yaml = "names: {0: person}\nkpt_shape: [2, 3]\n"
    data, made = opened(yolo(tmp_path / "set", {"a": "0 .5 .5 .2 .2 .4 .4 2 .6 .6 2"}, yaml))
    assert (len(data.truth(0).boxes), made.notes[0].kind) == (1, "odd-line")


@pytest.mark.parametrize(
    "train", ["images/train", "../images/train", "/home/me/set/images/train", "[images/train]"]
)
def test_splits_of_data_yaml_wherever_it_was_written(tmp_path, train):
    folder = tmp_path / "set"
    yaml = f"path: ../datasets/set\ntrain: {train}\nval: lists/val.txt\nnc: 2\n"
    yaml += "names: {0: crack, 1: hole}\n"
    yolo(folder, {"train/a": "0 .5 .5 .2 .2", "valid/b": "1 .5 .5 .2 .2"}, yaml)
    written(folder / "lists/val.txt", "./images/valid/b.jpg\nimages/valid/gone.jpg\n")
    (found,) = recognise(folder)
    assert (found.sure, [split.name for split in found.splits]) == (True, ["train", "val"])
    assert CocoDataset.open(folder / "labels/train").file_names == ["a.jpg"]
    valid, made = opened(folder / "lists/val.txt")
    assert (valid.file_names, [note.item for note in made.notes]) == (["b.jpg"], ["images/valid/gone.jpg"])
    # A split has the same ids as another.
    assert valid.categories == {1: "crack", 2: "hole"}
    assert find(folder / "data.yaml", split="train").folder == folder


def test_exports_with_images_and_labels_in_each_split(tmp_path):
    folder = tmp_path / "set"
    for split in ("train", "valid"):
        yolo(folder / split, {"a": "0 .5 .5 .2 .2"}, "")
    written(folder / "data.yaml", "train: ../train/images\nval: ../valid/images\nnc: 1\nnames: ['crack']\n")
    with pytest.raises(BoxscopeError, match=r"2 splits, expected one of train/labels, valid/labels; "):
        CocoDataset.open(folder)
    data = CocoDataset.open(folder / "train")
    assert (data.images_dir, data.categories) == (folder / "train/images", {1: "crack"})


def test_without_names_classes_bear_their_numbers_and_it_is_not_sure(tmp_path):
    folder = yolo(tmp_path / "set", {"a": "1 .5 .5 .2 .2"}, "")
    (found,) = recognise(folder)
    assert not found.sure
    assert [one["name"] for one in converted(folder)["categories"]] == ["0", "1"]
    written(folder / "labels/classes.txt", "crack\nhole\n")
    assert [one["name"] for one in converted(folder)["categories"]] == ["crack", "hole"]


def test_yaml_that_would_run_code_or_grow_is_refused_in_one_line(tmp_path):
    for text, reason in (
        ("names: !!python/object/apply:os.system ['true']", "not YAML"),
        ("a: &a [x, x]\nnames: [*a, *a]", "has aliases"),
        ("names: [crack", "not YAML"),
    ):
        folder = yolo(tmp_path / reason, {"a": "0 .5 .5 .2 .2"}, text)
        with pytest.raises(BoxscopeError, match=reason):
            CocoDataset.open(folder)


def test_text_beside_pictures_is_no_label_file(tmp_path):
    picture(tmp_path / "set/a.jpg")
    written(tmp_path / "set/a.txt", "A wall.\n")
    assert recognise(tmp_path / "set") == []
