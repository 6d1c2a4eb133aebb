"""Folders of masks as data sets: converted, opened by every command, every picture used or named."""

import json

import cv2
import numpy as np
import pytest
from pycocotools.coco import COCO

from core.datasets import CocoDataset
from core.datasets.formats import kept
from core.datasets.formats.recognising import find, recognise
from core.datasets.mask_folders.meaning import decide
from core.datasets.mask_folders.pairing import Pair
from core.datasets.mask_folders.preview import preview
from core.datasets.mask_folders.sampled import sampled
from core.datasets.mask_folders.settings import MaskSettings
from core.errors import BoxscopeError
from core.images.stored import read_stored
from tests.foreign import HEIGHT, WIDTH, converted, picture
from tests.small import core


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BOXSCOPE_CACHE", str(tmp_path / "cache"))


def two_bars(gap: int = 3) -> np.ndarray:
    """Return a mask of two bars of 40 x 4 pixels, one above the other."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[10:14, 20:60] = mask[14 + gap : 18 + gap, 20:60] = 255
    return mask


def mask_set(folder, masks):
    """Write pictures and their masks, None for a picture without one."""
    for name, mask in masks.items():
        picture(folder / "images" / f"{name}.jpg")
        if mask is not None:
            (folder / "masks").mkdir(exist_ok=True)
            cv2.imwrite(str(folder / "masks" / f"{name}.png"), mask)
    return folder


def test_a_folder_of_masks_is_recognised_and_opened_by_every_command(tmp_path):
    folder = mask_set(tmp_path / "set", {"a": two_bars(9), "b": np.zeros((HEIGHT, WIDTH), np.uint8)})
    (found,) = recognise(folder)
    assert (
        found.text()
        == "masks: 2 pictures with a mask (masks/), 2 of 2 looked at are masks by their pixels; sure"
    )
    data = CocoDataset.open(folder)
    assert data.file_names == ["a.jpg", "b.jpg"]
    assert data.truth(0).boxes.tolist() == [[20, 10, 60, 14], [20, 23, 60, 27]]
    assert data.surely_empty.tolist() == [False, True]
    assert CocoDataset.open(folder / "masks").file_names == data.file_names


@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")
def test_the_command_writes_coco_whose_masks_are_those_of_the_files_and_the_rule(tmp_path):
    ring = two_bars(9)
    ring[11:13, 30:35] = 0
    folder = mask_set(tmp_path / "set", {"a": two_bars(3), "b": ring})
    out = folder / "annotations.json"
    told = core("convert", folder, out, "--param", "closing=5", "--param", "category=crack", "--json")
    report = json.loads(told.stdout)
    assert (report["images"], report["annotations"], report["settings"]["closing"]) == (2, 3, "5")
    with np.errstate(all="ignore"):
        tools = COCO(str(out))
    for image, mask in ((1, two_bars(3)), (2, ring)):
        found = tools.loadAnns(tools.getAnnIds(imgIds=[image]))
        assert (sum(tools.annToMask(one) for one in found) == mask // 255).all()
    rule = json.loads(out.read_text())["info"]["boxscope"]
    assert (rule["decided"]["kind"], rule["decided"]["threshold"]) == ("threshold", 128)
    assert rule["settings"]["join_by"] == "pixels"
    made = "made from masks by kind=threshold threshold=128 inverted=false closing=5 connectivity=8 join=0"
    assert core("check", out).stderr.count(made) == 1
    data = CocoDataset.open(out)
    assert list(data.categories.values()) == ["crack"]
    assert [len(data.truth(index).boxes) for index in range(2)] == [1, 2]


def test_each_picture_and_mask_is_used_or_named(tmp_path):
    clear = np.zeros((HEIGHT, WIDTH), np.uint8)
    masks = {"a": two_bars(), "big": 255 - clear, "lone": None, "small": two_bars()[::2, ::2], "z": clear}
    folder = mask_set(tmp_path / "set", masks)
    cv2.imwrite(str(folder / "masks/other.png"), clear)
    (folder / "masks/broken.png").write_bytes(b"no picture")
    picture(folder / "images/broken.jpg")
    made = kept.convert(folder)
    assert {(one.kind, one.item) for one in made.notes if one.lost} == {
        ("mask-without-image", "masks/other.png"),
        ("no-label", "images/lone.jpg"),
        ("unusable-mask", "images/broken.jpg"),
        ("unusable-mask", "images/small.jpg"),
    }
    assert made.found == made.images + 4 == 7
    assert [one.item for one in made.notes if one.kind == "mostly-foreground"] == ["images/big.jpg"]
    images = [one["file_name"] for one in converted(folder, settings={"unmasked": "empty"})["images"]]
    assert "lone.jpg" in images
    scaled = converted(folder, settings={"resize": "true"})
    assert "small.jpg" in [one["file_name"] for one in scaled["images"]]


def test_classes_are_found_as_the_masks_are_read(tmp_path):
    values = two_bars(9)
    values[values > 0] = 1
    values[23:27] *= 2
    folder = mask_set(tmp_path / "set", {"a": values, "b": values[::-1]})
    assert [one["name"] for one in converted(folder)["categories"]] == ["1", "2"]
    named = converted(folder, settings={"classes": "stain=2,crack=1"})
    assert [one["name"] for one in named["categories"]] == ["stain", "crack"]
    assert [one["category_id"] for one in named["annotations"][:2]] == [1, 2]


def test_splits_are_those_of_the_folders_names(tmp_path):
    for split in ("train", "test"):
        for number in range(2):
            picture(tmp_path / f"{split}_img/{number}.jpg")
            (tmp_path / f"{split}_lab").mkdir(exist_ok=True)
            cv2.imwrite(str(tmp_path / f"{split}_lab/{number}.png"), two_bars())
    (found,) = recognise(tmp_path)
    assert found.splits == (("test", "test_lab"), ("train", "train_lab"))
    assert len(converted(tmp_path, split="train")["images"]) == 2
    assert len(converted(tmp_path, split="all")["images"]) == 4
    assert CocoDataset.open(tmp_path / "train_lab").images_dir == tmp_path / "train_img"
    with pytest.raises(BoxscopeError, match="masks in 2 splits, expected one of test_lab, train_lab"):
        find(tmp_path)


def test_masks_that_none_can_be_read_of_write_nothing(tmp_path):
    folder = mask_set(tmp_path / "set", {"a": two_bars()[::2, ::2]})
    texture = np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH), np.uint8)
    cv2.imwrite(str(folder / "images/a.jpg"), texture)
    done = core("convert", folder, tmp_path / "out.json")
    reason = "images/a.jpg: mask masks/a.png is 48x36, the picture 96x72"
    assert (done.returncode, f"none of its 1 picture can be used: {reason}" in done.stderr) == (2, True)
    assert not (tmp_path / "out.json").exists()


def test_a_picture_is_shown_through_the_stages(tmp_path):
    folder = mask_set(tmp_path / "set", {"a": two_bars(3)})
    settings, pair = MaskSettings(closing=0, min_area=10), Pair("images/a.jpg", "masks/a.png")
    meaning = decide(settings, [read_stored(folder / "masks/a.png")])
    shown = preview(folder, pair, settings, meaning)
    assert [*shown.stages] == [*("Picture", "Mask as stored", "Foreground", "Closed", "Pieces", "Objects")]
    assert (shown.objects, shown.areas, shown.small) == (2, [160, 160], 0)
    closed = preview(folder, pair, MaskSettings(closing=5), meaning)
    assert closed.objects == 1
    # The gap of three rows is closed in another colour, and stays background of the object.
    assert tuple(closed.stages["Closed"][15, 40]) == (255, 150, 0)
    assert not closed.stages["Pieces"][15, 40].any()
    told = sampled(folder, [pair, Pair("images/a.jpg", "masks/none.png")], settings, meaning)
    assert told.text() == (
        "2.0 objects a picture, at most 2; 0 without objects; objects of 160 to 160 px², median 160; "
        "1 cannot be used"
    )


def test_a_folder_with_splits_of_its_own_is_no_split_of_the_folder_above(tmp_path):
    """Though it is named as one, and so is its neighbour."""
    for name in ("test_walls", "train_floors"):
        for split in ("train", "test"):
            picture(tmp_path / name / f"{split}_img/0.jpg")
            (tmp_path / name / f"{split}_lab").mkdir()
            cv2.imwrite(str(tmp_path / name / f"{split}_lab/0.png"), two_bars())
    assert len(converted(tmp_path / "test_walls", split="all")["images"]) == 2
