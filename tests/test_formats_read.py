"""Data sets in other formats: recognised, converted, opened by every command, nothing lost in silence."""

import json
import os

import numpy as np
import pytest

from core.datasets import CocoDataset
from core.datasets.formats import kept
from core.datasets.formats.recognising import find, recognise
from core.errors import BoxscopeError
from tests.foreign import converted, picture, voc, voc_object, voc_text, written
from tests.small import core


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BOXSCOPE_CACHE", str(tmp_path / "cache"))


def test_a_box_of_pascal_voc_holds_its_last_pixel(tmp_path):
    folder = voc(
        tmp_path / "set", {"a": [voc_object("crack", 1, 1, 40, 30), voc_object("hole", 11, 5, 11, 5)]}
    )
    coco = converted(folder)
    assert [one["bbox"] for one in coco["annotations"]] == [[0, 0, 40, 30], [10, 4, 1, 1]]
    assert [one["name"] for one in coco["categories"]] == ["crack", "hole"]
    assert converted(folder, settings={"first_pixel": "0"})["annotations"][0]["bbox"] == [1, 1, 39, 29]


def test_difficult_objects_are_crowd_regions_and_parts_are_left_out(tmp_path):
    part = "<part><name>tip</name><bndbox><xmin>3</xmin></bndbox></part>"
    objects = [
        voc_object("crack", 2, 2, 40, 30, "<difficult>1</difficult>"),
        voc_object("crack", 5, 5, 20, 20, part),
    ]
    folder = voc(tmp_path / "set", {"a": objects})
    coco = converted(folder)
    assert [one["iscrowd"] for one in coco["annotations"]] == [1, 0]
    data = CocoDataset.open(folder)
    assert len(data.truth(0).objects) == 1
    assert coco["info"]["boxscope"]["notes"] == {"difficult": 1, "part": 1}


def test_a_picture_without_its_file_is_left_out_and_an_image_with_a_lost_object_is_in_doubt(tmp_path):
    broken = "<object><name>crack</name><bndbox><xmin>one</xmin></bndbox></object>"
    folder = voc(
        tmp_path / "set", {"a": [broken, voc_object("crack", 5, 5, 20, 20)], "b": [], "c": "<annotation"}
    )
    picture(folder / "JPEGImages/unknown.jpg")
    data = CocoDataset.open(folder)
    made = kept.of(data.annotations)
    assert data.file_names == ["a.jpg", "b.jpg"]
    assert "1 object of its label file cannot be used" in data.doubts[0]
    assert data.surely_empty.tolist() == [False, True]
    lost = {note.item: note.kind for note in made.notes if note.lost and note.of == "image"}
    assert lost == {"Annotations/c.xml": "broken-label", "JPEGImages/unknown.jpg": "no-label"}
    assert made.found == made.images + len(lost) == 4


def test_every_command_opens_the_folder_and_says_so(tmp_path):
    folder = voc(tmp_path / "set", {"a": [voc_object("crack", 5, 5, 60, 50)]})
    done = core("check", folder, "--json")
    assert json.loads(done.stdout)["objects"] == 1
    assert f"Pascal VOC, 1 image, 1 object: `convert {folder} OUT.json`" in done.stderr
    before = sorted(path for path in folder.rglob("*"))
    done = core("convert", folder, folder / "coco.json")
    assert done.returncode == 0, done.stderr
    assert sorted(folder.rglob("*")) == sorted([*before, folder / "coco.json"])
    # Found beside the pictures, without an option.
    assert CocoDataset.open(folder / "coco.json").images_dir == folder / "JPEGImages"
    again = core("convert", folder / "Annotations", folder / "coco.json")
    assert (again.returncode, "exists already" in again.stderr) == (2, True)


def test_a_converted_file_is_the_same_byte_for_byte_and_made_again_once_a_file_changed(tmp_path):
    folder = voc(tmp_path / "set", {"a": [voc_object("crack", 5, 5, 60, 50)], "b": []})
    first = CocoDataset.open(folder).annotations
    made = first.stat().st_mtime_ns
    assert CocoDataset.open(folder / "Annotations").annotations == first
    assert first.stat().st_mtime_ns == made
    text = (folder / "Annotations/a.xml").read_text()
    (folder / "Annotations/a.xml").write_text(text.replace("<xmax>60", "<xmax>61 "))
    second = CocoDataset.open(folder)
    assert second.annotations != first
    np.testing.assert_allclose(second.truth(0).boxes, [[4, 4, 61, 50]])


@pytest.mark.parametrize(
    "text", ["<!DOCTYPE a [<!ENTITY b 'ha'>]><annotation>&b;</annotation>", "", "<x/>", "\0"]
)
def test_files_that_are_no_annotations_are_one_note_each(tmp_path, text):
    folder = voc(tmp_path / "set", {"a": text, "b": []})
    coco = converted(folder)
    assert [image["file_name"] for image in coco["images"]] == ["b.jpg"]
    assert coco["info"]["boxscope"]["notes"] == {"broken-label": 1}


def test_a_folder_of_several_splits_is_not_opened_by_guess(tmp_path):
    folder = voc(tmp_path / "set", {name: [voc_object("crack", 5, 5, 60, 50)] for name in "abc"})
    lists = folder / "ImageSets/Main"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("a\nb\n")
    (lists / "val.txt").write_text("c\nmissing\n")
    (lists / "crack_train.txt").write_text("a  1\nb -1\n")
    (found,) = recognise(folder)
    assert [split.name for split in found.splits] == ["train", "val"]
    with pytest.raises(BoxscopeError, match=r"2 splits, expected one of ImageSets/Main/train.txt, "):
        CocoDataset.open(folder)
    assert CocoDataset.open(lists / "train.txt").file_names == ["a.jpg", "b.jpg"]
    valid = CocoDataset.open(lists / "val.txt")
    assert valid.file_names == ["c.jpg"]
    assert kept.of(valid.annotations).notes[0].item == "missing"
    assert find(folder, split="all").split == "all"


def test_names_that_no_json_file_can_have_are_left_out_and_named(tmp_path):
    folder = voc(tmp_path / "set", {"a": [voc_object("crack", 5, 5, 60, 50)]})
    (folder / "JPEGImages/a.jpg").with_name(os.fsdecode(b"b\xff.jpg")).write_bytes(b"")
    made = kept.convert(folder)
    assert [(note.kind, note.item) for note in made.notes] == [("unnamed-file", "JPEGImages/b\\udcff.jpg")]


def test_a_link_out_of_the_folder_is_followed_only_where_that_is_asked_for(tmp_path):
    folder = voc(tmp_path / "set", {"a": []})
    written(tmp_path / "elsewhere.xml", voc_text("b.jpg", [voc_object("crack", 5, 5, 60, 50)]))
    picture(folder / "JPEGImages/b.jpg")
    (folder / "Annotations/b.xml").symlink_to(tmp_path / "elsewhere.xml")
    assert sorted(note.kind for note in kept.convert(folder).notes) == ["no-label", "outside-folder"]
    assert kept.convert(folder, follow_links=True).annotations == 1


def test_entities_are_not_expanded(tmp_path):
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 30))
    text = f'<!DOCTYPE a [<!ENTITY a0 "ha">{laughs}]><annotation><filename>&a29;</filename></annotation>'
    folder = voc(tmp_path / "set", {"a": text, "b": []})
    (note,) = kept.convert(folder).notes
    assert (note.kind, note.detail) == ("broken-label", "declares entities, which are not expanded, left out")
