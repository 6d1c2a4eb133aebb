"""The annotation files of a folder."""

import json
import os

import pytest

from core.datasets import CocoDataset, annotation_files
from core.errors import BoxscopeError
from tests.drawn import annotation, coco, image, write
from tests.small import config, export, write_scenes

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
