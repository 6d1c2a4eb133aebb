"""Pictures in two data sets at once are found by content, whatever they are called."""

import shutil

import numpy as np
import pytest
from PIL import Image as PILImage
from small import scene, write_coco

from core.dataset import CocoDataset
from core.splits import SharedPicture, shared_pictures


def opened(folder, pictures) -> CocoDataset:
    return CocoDataset.open(write_coco(folder, {name: (image, []) for name, image in pictures.items()}))


@pytest.fixture
def train(tmp_path):
    return opened(tmp_path / "train", {f"{n}.jpg": scene(n, 320, 240)[0] for n in range(4)})


def valid_with(tmp_path, **pictures) -> CocoDataset:
    """Two pictures of its own, and others."""
    own = {f"own{n}.jpg": scene(90 + n, 320, 240)[0] for n in range(2)}
    return opened(tmp_path / "valid", {**own, **{f"{name}.png": image for name, image in pictures.items()}})


def test_nothing_shared_between_different_pictures(train, tmp_path):
    assert shared_pictures(train, valid_with(tmp_path)) == []


@pytest.mark.parametrize("pixels", [True, False])
def test_a_copy_under_another_name(train, tmp_path, pixels):
    valid = valid_with(tmp_path)
    shutil.copy(train.path(2), valid.path(1))
    assert shared_pictures(train, valid, pixels) == [SharedPicture("2.jpg", "own1.jpg", "bytes")]


def test_the_same_name_with_another_picture_is_not_shared(train, tmp_path):
    valid = opened(tmp_path / "valid", {"0.jpg": scene(50, 320, 240)[0]})
    assert shared_pictures(train, valid) == []


def test_a_picture_saved_again_is_found_by_what_is_seen(train, tmp_path):
    valid = valid_with(tmp_path, kept=np.asarray(PILImage.open(train.path(1))))
    with PILImage.open(train.path(3)) as picture:
        picture.save(valid.path(0), quality=40)
    assert shared_pictures(train, valid, pixels=False) == []
    assert shared_pictures(train, valid) == [
        SharedPicture("3.jpg", "own0.jpg", "pixels"),
        SharedPicture("1.jpg", "kept.png", "pixels"),
    ]


def test_a_shrunk_picture_is_found(train, tmp_path):
    with PILImage.open(train.path(0)) as picture:
        half = np.asarray(picture.resize((160, 120), PILImage.Resampling.BOX))
    assert [found.first for found in shared_pictures(train, valid_with(tmp_path, half=half))] == ["0.jpg"]


def test_a_file_that_cannot_be_read_is_passed_over(train, tmp_path):
    valid = valid_with(tmp_path)
    train.path(0).unlink()
    train.path(1).write_bytes(b"")
    valid.path(0).write_bytes(b"no picture")
    shutil.copy(train.path(2), valid.path(1))
    told = []
    found = shared_pictures(train, valid, progress=lambda done, total: told.append((done, total)))
    assert found == [SharedPicture("2.jpg", "own1.jpg", "bytes")]
    assert told[-1] == (6, 6)


def test_sets_without_readable_pictures_share_none(train, tmp_path):
    empty = opened(tmp_path / "valid", {"a.jpg": scene(1)[0]})
    empty.path(0).unlink()
    assert shared_pictures(train, empty) == shared_pictures(empty, train) == []
