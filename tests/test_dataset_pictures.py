"""Files that cannot be opened, where the pictures are found, and how they are read."""

import os
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.datasets import CocoDataset
from core.errors import BoxscopeError
from tests.coco import MESS, opened
from tests.drawn import coco, image, noise, quick, save, write


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not JSON"),
        (b"images", "not JSON"),
        (b'{"images": [', "not JSON"),
        (b"[]", "got no list 'images'"),
        (b"7", "got no list 'images'"),
        (b"{}", "got no list 'images'"),
        (b'{"images": {}}', "got no list 'images'"),
        (b'{"images": null}', "got no list 'images'"),
        (b"\x89PNG\r\n\x1a\n\0\0", "not JSON"),
        (b'{"images": [{"id": 1, "file_name": "\xe4.png"}]}', "not JSON"),
        ('{"images": []}'.encode("utf-16"), "not JSON"),
        (b"[" * 100_000, "not JSON|got no list 'images'"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_file_that_is_no_coco_is_one_line_that_names_it(tmp_path, content, reason):
    (tmp_path / "annotations.json").write_bytes(content)
    with pytest.raises(BoxscopeError, match=rf"annotations\.json: ({reason})") as caught:
        CocoDataset.open(tmp_path / "annotations.json")
    assert len(str(caught.value).splitlines()) == 1


def test_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(BoxscopeError, match=r"missing\.json: cannot be read"):
        CocoDataset.open(tmp_path / "missing.json")
    with pytest.raises(BoxscopeError, match="folder: no COCO annotations"):
        CocoDataset.open(tmp_path / "folder")


def test_annotations_that_are_a_named_pipe_are_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "annotations.json")
    with pytest.raises(BoxscopeError, match=r"cannot be read \(is a named pipe, expected a file"):
        CocoDataset.open(tmp_path / "annotations.json")


def test_missing_images_folder_is_named(tmp_path):
    path = write(coco([image()]), tmp_path / "annotations.json")
    with pytest.raises(BoxscopeError, match=r"images folder .*nowhere: no such folder"):
        CocoDataset.open(path, tmp_path / "nowhere")


# ---- where the pictures are


def test_pictures_are_found_when_the_first_is_missing(tmp_path):
    (tmp_path / "images").mkdir()
    save(noise(4, 4), tmp_path / "b.png")
    dataset = opened(coco([image(1, "gone.png"), image(2, "b.png")]), tmp_path)
    assert dataset.images_dir == tmp_path


@pytest.mark.parametrize(("make", "expected"), [((), "."), (("images",), "images")], ids=["bare", "images"])
def test_without_any_picture_the_likeliest_folder_is_taken(tmp_path, make, expected):
    for name in make:
        (tmp_path / name).mkdir()
    assert opened(coco([image()]), tmp_path).images_dir == tmp_path / expected


def test_folder_that_is_asked_for_wins(tmp_path):
    save(noise(4, 4), tmp_path / "a.png")
    (tmp_path / "other").mkdir()
    path = write(coco([image()]), tmp_path / "annotations.json")
    assert CocoDataset.open(str(path), str(tmp_path / "other")).images_dir == tmp_path / "other"


@pytest.mark.parametrize(
    "name",
    ["x" * 300, "a\0b.png", "\ud800.png", "../" * 50 + "a.png", "."],
    ids=["too long", "a zero", "half a character", "above the root", "the folder itself"],
)
def test_file_name_that_no_disk_can_hold_opens_and_is_an_error_to_read(tmp_path, name):
    dataset = opened(coco([image(1, name)]), tmp_path)
    with pytest.raises(BoxscopeError):
        dataset.read(0)


# ---- reading, and parts


def test_picture_of_another_size_than_annotated_is_an_error(tmp_path):
    save(noise(50, 40), tmp_path / "a.png")
    dataset = opened(coco([image()]), tmp_path)
    with pytest.raises(BoxscopeError, match=r"a\.png: is 50x40, the annotations say 100x80"):
        dataset.read(0)


@pytest.mark.parametrize("width", [50, 0], ids=["size given", "no size"])
def test_picture_is_read_by_its_place(tmp_path, width):
    save(noise(50, 40, 1), tmp_path / "a.png")
    save(noise(50, 40, 2), tmp_path / "s" / "a.png")
    dataset = opened(coco([image(1, "a.png", width, 40), image(2, "s/a.png", width, 40)]), tmp_path)
    assert (dataset.read(0) == noise(50, 40, 1)).all()
    assert (dataset.read(1) == noise(50, 40, 2)).all()


@pytest.fixture(scope="module")
def mess(tmp_path_factory):
    return opened(MESS, tmp_path_factory.mktemp("mess"))


ends = st.none() | st.integers(-7, 7)


@quick
@given(ends, ends)
def test_part_equals_the_whole_for_each_of_its_images(mess, start, stop):
    part = mess.subset(slice(start, stop))
    indices = range(len(mess))[start:stop]
    assert len(part) == len(indices)
    assert part.object_counts.tolist() == [mess.object_counts[index] for index in indices]
    for place, index in enumerate(indices):
        assert part.path(place) == mess.path(index)
        assert part.size(place) == mess.size(index)
        assert part.index_of(int(mess.image_ids[index])) == place
        for field in fields(mess.all_truth):
            of_part, of_whole = getattr(part.truth(place), field.name), getattr(mess.truth(index), field.name)
            if field.name == "masks":
                of_part, of_whole = of_part.drawn(), of_whole.drawn()
            np.testing.assert_array_equal(of_part, of_whole)
    assert part.starts[0] == 0
    assert part.starts[-1] == len(part.all_truth.boxes)
