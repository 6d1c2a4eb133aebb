"""Pictures in two data sets at once are found by content, whatever they are called."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image as PILImage

from core import cli
from core.datasets import CocoDataset, Comparison, SharedPicture, compare
from tests.small import scene, write_coco


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
    assert compare(train, valid_with(tmp_path)) == Comparison((), (), ())


@pytest.mark.parametrize("pixels", [True, False])
def test_a_copy_under_another_name(train, tmp_path, pixels):
    valid = valid_with(tmp_path)
    shutil.copy(train.path(2), valid.path(1))
    assert compare(train, valid, pixels).shared == (SharedPicture("2.jpg", "own1.jpg", "bytes"),)


def test_the_same_name_with_another_picture_is_not_shared(train, tmp_path):
    valid = opened(tmp_path / "valid", {"0.jpg": scene(50, 320, 240)[0]})
    assert compare(train, valid).shared == ()


def test_a_picture_saved_again_is_found_by_what_is_seen(train, tmp_path):
    valid = valid_with(tmp_path, kept=np.asarray(PILImage.open(train.path(1))))
    with PILImage.open(train.path(3)) as picture:
        picture.save(valid.path(0), quality=40)
    assert compare(train, valid, pixels=False).shared == ()
    assert compare(train, valid).shared == (
        SharedPicture("3.jpg", "own0.jpg", "pixels"),
        SharedPicture("1.jpg", "kept.png", "pixels"),
    )


def test_a_shrunk_picture_is_found(train, tmp_path):
    with PILImage.open(train.path(0)) as picture:
        half = np.asarray(picture.resize((160, 120), PILImage.Resampling.BOX))
    assert [found.first for found in compare(train, valid_with(tmp_path, half=half)).shared] == ["0.jpg"]


def test_a_near_duplicate_is_found_by_its_look(train, tmp_path):
    darker = (np.asarray(PILImage.open(train.path(1))) * 0.8).astype(np.uint8)
    found = compare(train, valid_with(tmp_path, darker=darker)).shared
    assert found == (SharedPicture("1.jpg", "darker.png", "look"),)


@pytest.mark.parametrize("pixels", [True, False])
def test_what_cannot_be_read_is_named_on_either_side(train, tmp_path, pixels):
    valid = valid_with(tmp_path)
    train.path(0).unlink()
    train.path(1).unlink()
    train.path(1).mkdir()
    valid.path(0).unlink()
    shutil.copy(train.path(2), valid.path(1))
    told = []
    found = compare(train, valid, pixels, progress=lambda done, total: told.append((done, total)))
    shared = SharedPicture("2.jpg", "own1.jpg", "bytes")
    assert found == Comparison((shared,), ("0.jpg", "1.jpg"), ("own0.jpg",))
    assert told[-1:] == [(6, 6)] * pixels


def test_a_broken_file_is_named_unless_its_bytes_are_in_both(train, tmp_path):
    valid = valid_with(tmp_path)
    for index, path in enumerate((train.path(0), train.path(1), valid.path(0))):
        path.write_bytes(b"no picture" + bytes(index % 2))
    assert compare(train, valid) == Comparison((SharedPicture("0.jpg", "own0.jpg", "bytes"),), ("1.jpg",), ())


def test_sets_without_readable_pictures_share_none(train, tmp_path):
    empty = opened(tmp_path / "valid", {"a.jpg": scene(1)[0]})
    empty.path(0).unlink()
    assert compare(train, empty) == Comparison((), (), ("a.jpg",))
    assert compare(empty, train) == Comparison((), ("a.jpg",), ())


def test_check_looks_for_the_pictures_of_the_other_set_where_it_is_told(train, tmp_path, capsys):
    moved = tmp_path / "elsewhere.json"
    moved.write_bytes(train.annotations.read_bytes())
    words = ["check", str(train.annotations), "--against", str(moved), "--json"]
    assert cli.main(words) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "none of its 4 pictures can be read" in printed.err.splitlines()[-1]
    train.path(3).write_bytes(b"")
    assert cli.main([*words, "--against-images", str(train.images_dir)]) == 0
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert [pair["first"] for pair in found["shared"]] == [f"{n}.jpg" for n in range(4)]
    assert found["not_compared"] == {"first": [], "second": []}


def test_check_names_what_it_could_not_compare(train, tmp_path, capsys):
    valid = valid_with(tmp_path)
    valid.path(1).unlink()
    assert cli.main(["check", str(train.annotations), "--against", str(valid.annotations), "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["not_compared"] == {"first": [], "second": ["own1.jpg"]}
    assert "own1.jpg: of" in printed.err


@pytest.mark.parametrize("words", [["--against", "no.json"], ["--against-images", "."]], ids=str)
def test_another_set_that_cannot_be_opened_is_said_before_the_report(train, words, capsys):
    assert cli.main(["check", str(train.annotations), *words]) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
