"""Where the pictures are: of the usual folders, the one that holds the most of the listed names."""

import os

import pytest

from core import cli
from core.datasets import CocoDataset
from core.datasets.locating.images_folder import search_images_dir
from core.files import as_path, files_at
from core.files.remote_path import RemotePath
from tests.drawn import coco, image, noise, save, write

# Annotation file, listed name, file on the disk, and the folder that is found.
LAYOUTS = {
    "beside": ("annotations.json", "a.png", "a.png", "."),
    "images": ("annotations.json", "a.png", "images/a.png", "images"),
    "images in the name": ("annotations.json", "images/a.png", "images/a.png", "."),
    "sub-folder": ("annotations.json", "s/a.b.png", "images/s/a.b.png", "images"),
    "FiftyOne": ("labels.json", "a.png", "data/a.png", "data"),
    "Pascal VOC": ("annotations.json", "a.png", "JPEGImages/a.png", "JPEGImages"),
    "Supervisely": ("ann/instances.json", "a.png", "img/a.png", "img"),
    "img": ("instances.json", "a.png", "img/a.png", "img"),
    "imgs": ("instances.json", "a.png", "imgs/a.png", "imgs"),
    "upper case": ("annotations.json", "a.png", "Images/a.png", "Images"),
    "COCO": ("annotations/instances_val2017.json", "a.png", "val2017/a.png", "val2017"),
    "images of a split": (
        "annotations/instances_val2017.json",
        "a.png",
        "images/val2017/a.png",
        "images/val2017",
    ),
    "annotations beside images": ("annotations/instances.json", "a.png", "images/a.png", "images"),
    "split in the name": ("annotations/all.json", "train/a.png", "train/a.png", "."),
    "split within the file's name": (
        "annotations/walls_train_v2.json",
        "a.png",
        "images/train/a.png",
        "images/train",
    ),
    "split first in the file's name": ("annotations/train_labels.json", "a.png", "train/a.png", "train"),
    "split after a dot": ("walls.train.json", "a.png", "train/a.png", "train"),
    "split of two words": (
        "annotations/instances_wall_train.json",
        "a.png",
        "wall_train/a.png",
        "wall_train",
    ),
    "valid and val": ("annotations_valid.json", "a.png", "images/val/a.png", "images/val"),
    "Roboflow": ("train/_annotations.coco.json", "a.png", "train/a.png", "train"),
    "images in a split": ("train/_annotations.coco.json", "a.png", "train/images/a.png", "train/images"),
    "images in the split beside": ("annotations/train.json", "a.png", "train/images/a.png", "train/images"),
    "labels of a split": ("train/labels/all.json", "a.png", "train/images/a.png", "train/images"),
    "annotations of a split": ("annotations/train/all.json", "a.png", "images/train/a.png", "images/train"),
    "YOLO": ("labels/train.json", "a.png", "images/train/a.png", "images/train"),
    "back-slashes": ("annotations.json", r"train\a.png", "images/train/a.png", "images"),
    "path of another machine": ("annotations.json", r"C:\walls\a.png", "images/a.png", "images"),
    "case of the suffix": ("annotations.json", "a.PNG", "data/a.png", "data"),
}


@pytest.mark.parametrize(("annotations", "name", "picture", "expected"), LAYOUTS.values(), ids=LAYOUTS)
def test_pictures_are_found_where_data_sets_keep_them(tmp_path, annotations, name, picture, expected):
    save(noise(4, 4), tmp_path / "set" / picture)
    path = write(coco([image(file_name=name)]), tmp_path / "set" / annotations)
    dataset = CocoDataset.open(path)
    assert dataset.images_dir.resolve() == (tmp_path / "set" / expected).resolve()
    assert dataset.path(0).is_file()
    assert cli.main(["check", str(path)]) == 0


def some_files(folder, *names):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).touch()


def numbered(*numbers):
    return [f"{number:06d}.png" for number in numbers]


@pytest.mark.parametrize("elsewhere", [0, 11, 13], ids=lambda count: f"{count} in images/")
def test_the_folder_with_the_most_of_the_names_is_taken(tmp_path, elsewhere):
    """The first names listed are in none of the folders."""
    listed = numbered(*range(2000))
    some_files(tmp_path / "val2017", *listed[1500:1512])
    some_files(tmp_path / "images", *listed[700 : 700 + elsewhere], *numbered(*range(9000, 9100)))
    found = search_images_dir(tmp_path / "annotations" / "instances_val2017.json", listed).path
    assert found == tmp_path / ("images" if elsewhere > 12 else "val2017")


def test_of_folders_that_hold_as_many_the_nearest_is_taken(tmp_path):
    for folder in ("images", "set/data", "set/images", "train", "set/images/train"):
        some_files(tmp_path / folder, "a.png")
    assert search_images_dir(tmp_path / "set" / "train.json", ["a.png"]).path == tmp_path / "set" / "images"


@pytest.mark.parametrize(("seed", "told"), [(0, 0), (1, 1)], ids=["same files", "other files"])
def test_another_folder_with_other_files_of_the_same_names_is_told(tmp_path, seed, told):
    save(noise(50, 40), tmp_path / "images" / "a.png")
    save(noise(50, 40 + seed), tmp_path / "train" / "a.png")
    path = write(coco([image(1, "a.png", 50, 40)]), tmp_path / "train.json")
    dataset = CocoDataset.open(path)
    assert dataset.images_dir == tmp_path / "images"
    assert [(problem.kind, problem.lost, problem.of) for problem in dataset.problems] == [
        ("other-folder", False, "file")
    ] * told
    assert not CocoDataset.open(path, tmp_path / "train").problems


def test_a_name_that_only_fits_counts_less_than_one_that_is_there(tmp_path):
    listed = numbered(*range(10))
    some_files(tmp_path / "data", *listed)
    some_files(tmp_path / "images", *(name.upper() for name in listed))
    assert search_images_dir(tmp_path / "a.json", listed).path == tmp_path / "data"
    for name in listed[:3]:
        (tmp_path / "data" / name).unlink()
    assert search_images_dir(tmp_path / "a.json", listed).path == tmp_path / "images"


@pytest.mark.parametrize("folder", ["valid", "train_masks", "images/valid", "masks"])
def test_pictures_of_another_split_and_masks_are_not_taken(tmp_path, folder):
    some_files(tmp_path / folder, "a.png")
    path = write(coco([image()]), tmp_path / "train.json")
    assert not CocoDataset.open(path).path(0).exists()


@pytest.mark.parametrize(
    ("folders", "expected"), [((), "."), (("data",), "data"), (("data", "images"), "images")], ids=str
)
def test_without_any_picture_a_folder_for_pictures_is_taken(tmp_path, folders, expected):
    for name in folders:
        (tmp_path / "set" / name).mkdir(parents=True)
    path = write(coco([image()]), tmp_path / "set" / "annotations.json")
    assert CocoDataset.open(path).images_dir == tmp_path / "set" / expected


def test_each_folder_is_listed_once_and_no_file_is_asked_for(tmp_path, monkeypatch):
    listed = numbered(*range(300))
    for folder, count in (("images", 90), ("val2017", 80), ("set/img", 100)):
        some_files(tmp_path / folder, *listed[:count])
    scanned, scan = [], os.scandir
    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", lambda path: scanned.append(str(path)) or scan(path))
        patch.setattr(os, "stat", lambda *args, **rest: pytest.fail("asked for a file"))
        assert search_images_dir(tmp_path / "set" / "val2017.json", listed).path == tmp_path / "set" / "img"
    assert len(scanned) == len(set(scanned)) <= 5


def test_a_file_named_from_its_own_folder_finds_the_pictures_beside_that(tmp_path, monkeypatch):
    save(noise(4, 4), tmp_path / "val2017" / "a.png")
    path = write(coco([image()]), tmp_path / "annotations" / "instances_val2017.json")
    monkeypatch.chdir(path.parent)
    dataset = CocoDataset.open(path.name)
    assert dataset.images_dir.resolve() == tmp_path / "val2017"


def test_the_folders_of_a_disk_are_told_from_its_files(tmp_path):
    some_files(tmp_path / "folder", "a.png", "ü.png")
    (tmp_path / "folder" / "sub").mkdir()
    (tmp_path / "folder" / "link").symlink_to("sub")
    (tmp_path / "folder" / "file").symlink_to("a.png")
    (tmp_path / "folder" / "nowhere").symlink_to("gone")
    os.mkfifo(tmp_path / "folder" / "pipe")
    entries = files_at(tmp_path / "folder").entries()
    assert (set(entries.files), set(entries.folders)) == ({"a.png", "ü.png", "file"}, {"sub", "link"})
    assert entries.links == {"file"}
    assert entries.files["file"] == entries.files["a.png"] != entries.files["ü.png"]
    assert files_at(tmp_path / "gone").entries() == ({}, frozenset(), frozenset())


def test_behind_a_url_a_few_names_are_asked_for_and_folders_are_listed_where_those_are_missing(monkeypatch):
    root, listed = as_path("memory://layouts"), numbered(*range(300))
    for name in listed[:200]:
        (root / "val2017" / name).write_bytes(b"")
    asked, ask = [], RemotePath._request
    monkeypatch.setattr(
        RemotePath, "_request", lambda path, *args, **rest: asked.append(args) or ask(path, *args, **rest)
    )
    annotations = root / "annotations" / "instances_val2017.json"
    assert search_images_dir(annotations, listed[:200]).path == root / "val2017"
    assert len(asked) < 150
    assert search_images_dir(annotations, listed).path == root / "val2017"
