"""Which mask belongs to which picture: the layouts of published crack and defect data sets, drawn."""

import cv2
import numpy as np
import pytest

from core.datasets.mask_folders.looking import find_masks, looks_like_mask
from core.datasets.mask_folders.pairing import pair_up
from core.images.stored import Stored

# The published layouts, by the name of the set: pictures, and the mask of each.
LAYOUTS = {
    "DeepCrack": {"train_img/7.jpg": "train_lab/7.png", "test_img/7.jpg": "test_lab/7.png"},
    "CrackForest": {"image/001.jpg": "groundTruthPngImg/001.png"},
    "crack segmentation": {
        "train/images/a.jpg": "train/masks/a.jpg",
        "test/images/a.jpg": "test/masks/a.jpg",
    },
    "in a folder named so": {
        "crack_segmentation_dataset/images/a.jpg": "crack_segmentation_dataset/masks/a.jpg",
    },
    "CRACK500": {"traincrop/1_2.jpg": "traincrop/1_2_mask.png"},
    "KolektorSDD": {"kos01/Part0.jpg": "kos01/Part0_label.bmp", "kos02/Part0.jpg": "kos02/Part0_label.bmp"},
    "KolektorSDD2": {"train/10000.png": "train/10000_GT.png"},
    "MVTec": {
        "test/crack/000.png": "ground_truth/crack/000_mask.png",
        "test/hole/000.png": "ground_truth/hole/000_mask.png",
    },
    "DAGM": {"Train/0576.PNG": "Train/Label/0576_label.PNG"},
    "Pascal VOC": {"JPEGImages/2007_1.jpg": "SegmentationClass/2007_1.png"},
    "masks first": {"pics/a.jpg": "pics/mask_a.png"},
    "ground truth in words": {"images/a.jpg": "ground truth/a.png"},
    "two names": {"img/img-12.jpg": "gt/mask-12.png"},
    "suffix kept": {"a.jpg": "a.jpg_mask.png"},
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_pictures_find_their_masks(layout):
    found = pair_up([*layout, *layout.values()])
    assert dict(found.pairs) == layout
    assert not found.problems


def test_masks_without_a_picture_and_pictures_without_a_mask_are_named():
    found = pair_up(["images/a.jpg", "images/b.jpg", "masks/a.png", "masks/c.png", "others/z.jpg"])
    assert dict(found.pairs) == {"images/a.jpg": "masks/a.png"}
    assert (found.unmasked, found.others) == (("images/b.jpg",), 1)
    assert [(one.item, one.kind) for one in found.problems] == [("masks/c.png", "mask-without-image")]


def test_a_mask_of_two_pictures_belongs_to_none_and_of_two_masks_the_more_usual_is_taken():
    found = pair_up(["a/images/1.jpg", "b/images/1.jpg", "masks/1.png"])
    assert not found.pairs
    assert "mask of 2 pictures, as a/images/1.jpg" in found.problems[0].detail
    names = ["images/1.jpg", "images/2.jpg", "masks/1.png", "masks/2.png", "gt/1.png"]
    found = pair_up(names)
    assert dict(found.pairs) == {"images/1.jpg": "masks/1.png", "images/2.jpg": "masks/2.png"}
    assert [(one.item, one.kind) for one in found.problems] == [("gt/1.png", "second-mask")]


def test_folders_that_only_sort_pictures_hold_no_masks():
    """As METU's: Positive/ and Negative/ are classes of whole pictures."""
    assert not pair_up([f"{name}/{n:05}.jpg" for name in ("Positive", "Negative") for n in range(3)]).pairs


def texture(seed=0):
    grey = np.random.default_rng(seed).normal(128, 9, (64, 96)).clip(0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def blob():
    mask = np.zeros((64, 96), np.uint8)
    mask[20:30, 30:60] = 255
    return mask


def test_a_mask_is_told_from_a_picture_by_its_pixels():
    jpeg = cv2.imdecode(cv2.imencode(".jpg", blob())[1], cv2.IMREAD_UNCHANGED)
    ids = np.zeros((64, 96), np.uint16)
    ids[20:30, 30:60] = 3
    for values in (blob(), jpeg, 255 - blob(), blob() // 255, ids, np.zeros((64, 96), np.uint8)):
        assert looks_like_mask(Stored(values))
    assert not looks_like_mask(Stored(texture()))
    assert not looks_like_mask(Stored(texture()[..., 0]))


def test_pictures_and_masks_of_one_name_in_one_folder_are_told_apart_by_looking(tmp_path):
    """As CRACK500's and the magnetic tiles': ``a.jpg`` and ``a.png``."""
    for number in range(3):
        cv2.imwrite(str(tmp_path / f"{number}.jpg"), texture(number))
        cv2.imwrite(str(tmp_path / f"{number}.png"), blob())
    names = sorted(path.name for path in tmp_path.iterdir())
    found = find_masks(tmp_path, names)
    assert found.sure == 1
    assert found.pairing.pairs[0] == ("0.jpg", "0.png")
    assert found.pairing.habits == (".png beside .jpg",)


def test_two_pictures_of_one_name_are_no_picture_and_mask(tmp_path):
    for suffix in ("jpg", "png"):
        cv2.imwrite(str(tmp_path / f"a.{suffix}"), texture())
    assert find_masks(tmp_path, ["a.jpg", "a.png"]) is None


def test_a_folder_named_as_one_of_masks_that_holds_pictures_is_not_sure(tmp_path):
    for folder in ("images", "labels"):
        (tmp_path / folder).mkdir()
        cv2.imwrite(str(tmp_path / folder / "a.png"), texture())
    assert find_masks(tmp_path, ["images/a.png", "labels/a.png"]).sure == 0
