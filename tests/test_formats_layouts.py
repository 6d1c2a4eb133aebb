"""Layouts of published data sets, drawn: each is recognised, and every picture has its objects."""

import pytest

from core.datasets import CocoDataset
from core.datasets.formats.recognising import recognise
from tests.foreign import converted, picture, voc, voc_object, voc_text, written

BOX = voc_object("crack", 5, 5, 60, 50)


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BOXSCOPE_CACHE", str(tmp_path / "cache"))


def test_rdd2022_a_country_and_all_of_them(tmp_path):
    for country in ("Japan", "Norway"):
        folder = tmp_path / "RDD2022" / country
        objects = [voc_object("D00", 5, 5, 60, 50), voc_object("D40", 1.5, 2, 9, 9)]
        voc(folder / "train", {f"{country}_1": objects, f"{country}_2": []}, "annotations/xmls", "images")
        picture(folder / f"test/images/{country}_9.jpg")
    (found,) = recognise(tmp_path / "RDD2022/Japan")
    assert found.text() == "Pascal VOC: 2 XML files in train/annotations/xmls/, 3 pictures; sure"
    data = CocoDataset.open(tmp_path / "RDD2022/Japan")
    # Nothing is said of test/, whose pictures have no files: it is no part of the split.
    assert (data.file_names, data.object_counts.tolist()) == (["Japan_1.jpg", "Japan_2.jpg"], [2, 0])
    (found,) = recognise(tmp_path / "RDD2022")
    assert [split.name for split in found.splits] == ["Japan/train", "Norway/train"]
    coco = converted(tmp_path / "RDD2022", split="all")
    assert coco["images"][0]["file_name"] == "Japan/train/images/Japan_1.jpg"
    assert coco["info"]["boxscope"]["notes"] == {"no-label": 2}  # of test/


def test_neu_det_has_a_folder_of_pictures_for_each_class(tmp_path):
    folder = tmp_path / "NEU-DET"
    for split in ("train", "validation"):
        for name in ("crazing", "patches"):
            picture(folder / f"{split}/images/{name}/{name}_1.jpg")
            # Some of its files name their picture without the suffix.
            text = voc_text(f"{name}_1", [voc_object(name, 2, 2, 30, 30)])
            written(folder / f"{split}/annotations/{name}_1.xml", text)
    (found,) = recognise(folder)
    assert [split.name for split in found.splits] == ["train", "validation"]
    data = CocoDataset.open(folder / "train")
    assert data.file_names == ["crazing/crazing_1.jpg", "patches/patches_1.jpg"]
    # A class that only the other split has makes no other ids.
    written(
        folder / "validation/annotations/patches_1.xml", voc_text("patches_1", [voc_object("a", 2, 2, 9, 9)])
    )
    assert CocoDataset.open(folder / "train").categories == {1: "a", 2: "crazing", 3: "patches"}
    assert converted(folder, split="train")["info"]["boxscope"]["notes"] == {}


def test_gc10_det_has_its_files_in_lable_and_pictures_in_numbered_folders(tmp_path):
    folder = tmp_path / "GC10-DET"
    for number in (1, 2):
        picture(folder / f"{number}/img_0{number}.jpg")
        written(folder / f"lable/img_0{number}.xml", voc_text(f"img_0{number}.jpg", [BOX]))
    data = CocoDataset.open(folder)
    assert (data.images_dir, data.file_names) == (folder, ["1/img_01.jpg", "2/img_02.jpg"])


def test_codebrim_lists_all_classes_of_an_object(tmp_path):
    flags = "<Defect><Background>{}</Background><Crack>{}</Crack><CorrosionStain>{}</CorrosionStain></Defect>"
    objects = [
        voc_object("defect", 1, 1, 40, 40, flags.format(0, 1, 0)),
        voc_object("defect", 1, 1, 40, 40, flags.format(0, 1, 1)),
        voc_object("defect", 50, 1, 60, 40, flags.format(1, 0, 0)),
    ]
    coco = converted(voc(tmp_path / "original_dataset", {"image_0000005": objects}, "annotations", "images"))
    assert [one["name"] for one in coco["categories"]] == ["Crack", "Crack+CorrosionStain"]
    assert len(coco["annotations"]) == 2
    assert coco["info"]["boxscope"]["notes"] == {"background": 1}


def test_pascal_voc_2012_has_masks_of_the_same_names(tmp_path):
    folder = tmp_path / "VOCdevkit/VOC2012"
    voc(folder, {"2007_000027": [BOX], "2007_000032": [BOX]})
    picture(folder / "SegmentationClass/2007_000032.png")
    written(folder / "ImageSets/Main/train.txt", "2007_000027\n")
    written(folder / "ImageSets/Main/val.txt", "2007_000032\n")
    written(folder / "ImageSets/Main/crack_train.txt", "2007_000027 -1\n")
    data = CocoDataset.open(folder / "ImageSets/Main/val.txt")
    assert (data.images_dir, data.file_names) == (folder / "JPEGImages", ["2007_000032.jpg"])
    (found,) = [one for one in recognise(tmp_path / "VOCdevkit") if one.format == "voc"]
    assert [split.name for split in found.splits] == ["VOC2012/train", "VOC2012/val"]


def test_files_beside_their_pictures_with_names_and_sizes_that_are_wrong(tmp_path):
    folder = tmp_path / "labelimg"
    for name, text in {
        "a": voc_text("other.jpg", [BOX]),
        "b": voc_text("b.jpg", [BOX], (0, 0)),
        "c": voc_text("c.jpg", [BOX], None),
        "d": voc_text("d.jpg", [BOX], (192, 144)),
        "e": voc_text("e.jpg", [voc_object("crack", 60, 50, 5, 5), voc_object("crack", 0, 3, 9, 9)]),
    }.items():
        picture(folder / f"{name}.jpg")
        written(folder / f"{name}.xml", text)
    coco = converted(folder)
    assert [(image["width"], image["height"]) for image in coco["images"]] == [
        (96, 72),
        (96, 72),
        (96, 72),
        (192, 144),
        (96, 72),
    ]
    assert [one["bbox"] for one in coco["annotations"][-2:]] == [[4, 4, 56, 46], [0, 2, 9, 7]]
    assert coco["info"]["boxscope"]["notes"] == {
        "no-size": 2,
        "other-filename": 1,
        "size": 1,
        "exchanged-corners": 1,
        "corners-from-0": 1,
    }


def test_two_pictures_of_one_name_are_told_apart_or_left_out(tmp_path):
    folder = tmp_path / "set"
    for suffix in ("jpg", "png"):
        picture(folder / f"images/a.{suffix}")
        picture(folder / f"images/b.{suffix}")
    written(folder / "annotations/a.xml", voc_text("a.png", [BOX]))
    written(folder / "annotations/b.xml", voc_text("b", [BOX]))
    picture(folder / "images/c.jpg")
    written(folder / "annotations/c.xml", voc_text("c.jpg", [BOX]))
    coco = converted(folder)
    assert [image["file_name"] for image in coco["images"]] == ["a.png", "c.jpg"]
    assert coco["info"]["boxscope"]["notes"] == {"several-pictures": 1, "no-label": 1}  # of a.jpg
    assert coco["info"]["boxscope"]["found"] == 4
