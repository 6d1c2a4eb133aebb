"""COCO files without boxes beside those with boxes, and images that have no file name."""

import json

import pytest

from core import cli
from core.datasets import CocoDataset, annotation_files, check, other_annotation_files
from core.errors import BoxscopeError
from tests.coco import opened, without
from tests.drawn import annotation, coco, image, noise, save, write

CAPTIONS = coco([image()], [{"id": 1, "image_id": 1, "caption": 'A wall, with a "bbox" and a crack.'}])
SEGMENT = {"id": 7, "category_id": 1, "bbox": [1, 2, 3, 4], "area": 12, "iscrowd": 0}
PANOPTIC = coco([image()], [{"image_id": 1, "file_name": "a.png", "segments_info": [SEGMENT]}])
KEYPOINTS = coco([image()], [annotation(keypoints=[0, 0, 0] * 17, num_keypoints=0)])
INSTANCES = coco([image()], [annotation()])
IMAGE_INFO = {"images": [image()], "categories": []}

HELD = {
    "captions": "holds captions and no boxes",
    "panoptic": "holds panoptic segments and no boxes",
    "image_info": "lists images and has no annotations",
}


@pytest.fixture
def annotations(tmp_path):
    """Write what COCO's ``annotations/`` contains."""
    documents = {
        "captions": CAPTIONS,
        "image_info": IMAGE_INFO,
        "instances": INSTANCES,
        "panoptic": PANOPTIC,
        "person_keypoints": KEYPOINTS,
    }
    for kind, document in documents.items():
        for split in ("train2017", "val2017"):
            write(document, tmp_path / "annotations" / f"{kind}_{split}.json")
    return tmp_path / "annotations"


def test_files_with_boxes_are_the_splits_key_points_last(annotations):
    expected = [
        *("instances_train2017", "instances_val2017"),
        *("person_keypoints_train2017", "person_keypoints_val2017"),
    ]
    for folder in (annotations, annotations.parent):
        assert list(annotation_files(folder)) == expected


def test_files_without_boxes_are_named_with_what_they_hold(annotations):
    others = other_annotation_files(annotations.parent)
    assert others == {
        f"{kind}_{split}": text for kind, text in HELD.items() for split in ("train2017", "val2017")
    }


@pytest.mark.parametrize("kind", ["captions", "panoptic"])
@pytest.mark.parametrize("mark", [False, True], ids=["typed", "lenient"])
def test_a_file_without_boxes_is_refused_in_one_line_that_names_one_with_boxes(
    annotations, kind, mark, capsys
):
    path = annotations / f"{kind}_val2017.json"
    write(json.loads(path.read_text()), path, mark=mark)
    assert cli.main(["check", str(path)]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.endswith(f"{kind}_val2017.json: {HELD[kind]}: open instances_val2017.json, which has boxes")


def test_a_folder_for_a_file_is_one_line_that_names_its_files(annotations, capsys):
    assert cli.main(["check", str(annotations.parent)]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "expected one of its files: annotations/instances_train2017.json, annotations/" in line
    assert "captions_val2017 holds captions and no boxes" in line


def test_a_folder_with_one_file_is_that_file(tmp_path):
    path = write(coco([image()], [annotation()]), tmp_path / "train/annotations.json")
    for folder in (tmp_path, tmp_path / "train"):
        assert CocoDataset.open(folder).annotations == path


def test_a_file_without_boxes_alone_is_refused_and_named(tmp_path):
    path = write(CAPTIONS, tmp_path / "captions.json")
    assert annotation_files(tmp_path) == {"captions": path}
    assert other_annotation_files(tmp_path) == {}
    with pytest.raises(BoxscopeError, match="holds captions and no boxes: no file beside it has boxes"):
        CocoDataset.open(path)


FINE = {
    "no objects": coco([image()], []),
    "a mark of an image without objects": coco([image()], [annotation(bbox=[])]),
    "captions with boxes": coco([image()], [annotation(caption="A crack.")]),
    "one record without a box": coco([image()], [without(annotation(), "bbox"), annotation(2)]),
    "polygons": coco([image()], [without(annotation(segmentation=[[1, 2, 3, 4, 5, 6]]), "bbox")]),
    "no box at all": coco([image()], [without(annotation(), "bbox")]),
}


@pytest.mark.parametrize("document", FINE.values(), ids=FINE)
def test_other_files_are_opened(tmp_path, document):
    path = write(document, tmp_path / "annotations.json")
    assert len(CocoDataset.open(path)) == 1
    assert annotation_files(tmp_path) == {"all": path}


def test_images_alone_are_a_split_where_there_is_no_other(tmp_path):
    path = write(IMAGE_INFO, tmp_path / "image_info.json")
    assert annotation_files(tmp_path) == {"image_info": path}


@pytest.mark.parametrize(
    ("document", "code"),
    [(IMAGE_INFO, 2), ({**IMAGE_INFO, "annotations": None}, 2), (coco([image()]), 0)],
    ids=["no list", "null", "empty list"],
)
def test_images_of_which_nothing_is_known_give_no_negatives(tmp_path, capsys, document, code):
    save(noise(100, 80), tmp_path / "a.png")
    path = write(document, tmp_path / "image_info.json")
    words = ["export", str(path), "--out", str(tmp_path / "out"), "--split", "train", "--proposer", "grid"]
    assert cli.main(words) == code
    told = capsys.readouterr().err
    assert ("has no annotations: what they show is not known" in told) == (code == 2)
    assert cli.main([*words, "--anyway"]) == code
    assert (tmp_path / "out" / "train" / "export.json").exists() == (code == 0)


def test_a_file_that_changes_is_looked_at_again(tmp_path):
    write(INSTANCES, tmp_path / "a.json")
    write(INSTANCES, tmp_path / "b.json")
    assert other_annotation_files(tmp_path) == {}
    write(CAPTIONS, tmp_path / "b.json")
    assert list(other_annotation_files(tmp_path)) == ["b"]


@pytest.mark.parametrize(
    ("file", "split"),
    [
        ("labels.json", "all"),
        ("ann/instances.json", "instances"),
        ("labels/train.json", "train"),
        ("train/labels.json", "train"),
        ("annotations/train/instances.json", "train/instances"),
        ("annotations/train/annotations.json", "train"),
        ("train/labels/all.json", "train/all"),
    ],
)
def test_annotations_are_found_where_tools_write_them(tmp_path, file, split):
    path = write(INSTANCES, tmp_path / file)
    assert annotation_files(tmp_path) == {split: path}


# ---- images without a file name


ELSEWHERE = {
    "COCO's address": {"coco_url": "http://images.cocodataset.org/val2017/a.png"},
    "an address with a query": {"coco_url": "https://host/a.png?size=full#top"},
    "a path": {"path": "/datasets/walls/a.png"},
    "a path of Windows": {"path": r"D:\walls\a.png"},
    "Flickr's address": {"flickr_url": "http://farm.flickr.com/1/a.png", "path": ""},
    "the name is null": {"file_name": None, "path": "walls/a.png"},
    "the first that says it": {"coco_url": None, "path": "a.png", "flickr_url": "http://host/b.png"},
}


@pytest.mark.parametrize("keys", ELSEWHERE.values(), ids=ELSEWHERE)
def test_an_image_without_a_name_has_the_last_part_of_its_path(tmp_path, keys):
    save(noise(100, 80), tmp_path / "a.png")
    dataset = opened(coco([{**without(image(), "file_name"), **keys}], [annotation()]), tmp_path)
    assert dataset.file_names == ["a.png"]
    report = check(dataset)
    assert report.usable
    key = next(key for key, text in keys.items() if text)
    told = [problem.detail for problem in report.problems if "file_name:" in problem.detail]
    assert told == [f"1 image without file_name: the last part of {key} is the name"]


def test_two_paths_that_end_alike_are_two_pictures(tmp_path):
    for seed, name in enumerate(("walls/x/a.png", "walls/y/a.png")):
        save(noise(100, 80, seed), tmp_path / name)
    images = [
        {**without(image(n), "file_name"), "path": f"/data/walls/{f}/a.png"} for n, f in ((1, "x"), (2, "y"))
    ]
    dataset = opened(coco(images), tmp_path)
    assert dataset.paths == ["walls/x/a.png", "walls/y/a.png"]
    assert (dataset.read(1) == noise(100, 80, 1)).all()


def test_a_path_leads_nowhere_but_into_the_images_folder(tmp_path):
    """Names are written in the file; a path was never one."""
    paths = [str(save(noise(100, 80), tmp_path / folder / "a.png")) for folder in ("x", "y")]
    images = [{**without(image(n), "file_name"), "path": path} for n, path in enumerate(paths)]
    dataset = opened(coco(images), tmp_path / "set")
    assert not any(dataset.path(n).exists() for n in (0, 1))


def test_a_name_wins_over_a_path(tmp_path):
    dataset = opened(coco([{**image(), "path": "/b.png", "coco_url": "http://host/c.png"}]), tmp_path)
    assert dataset.file_names == ["a.png"]
    assert dataset.problems == ()


@pytest.mark.parametrize("keys", [{}, {"path": ""}, {"path": 7}, {"coco_url": "http://host/"}], ids=str)
def test_an_image_that_says_nowhere_where_it_is_is_left_out(tmp_path, keys):
    images = [{**without(image(), "file_name"), **keys}, image(2, "b.png")]
    dataset = opened(coco(images), tmp_path)
    assert dataset.file_names == ["b.png"]
    assert [problem.lost for problem in dataset.problems] == [False, True]
