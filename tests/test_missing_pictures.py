"""Where nearly all pictures are missing, folders are asked, not pictures, and all of them are counted."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from core.datasets import CocoDataset
from core.datasets.search import find_absent, has_pictures
from core.files import files_at
from tests.small import config, export, write_scenes


def with_missing(folder: Path, missing: int) -> Path:
    """Write a set of two pictures that lists so many more."""
    path = write_scenes(folder, 2)
    document = json.loads(path.read_text())
    for n in range(missing):
        number = 100 + n
        document["images"].append({"id": number, "file_name": f"gone{n}.jpg", "width": 96, "height": 72})
        box = {"id": number, "image_id": number, "category_id": 1, "bbox": [1, 2, 30, 40]}
        document["annotations"].append(box)
    path.write_text(json.dumps(document))
    return path


@pytest.fixture
def asked(monkeypatch, tmp_path) -> Counter:
    """Count the calls of the system that name something in a folder of pictures."""
    calls: Counter = Counter()

    def counted(name):
        real = getattr(os, name)

        def call(path, *rest, **named):
            if isinstance(path, str | Path) and "/images" in str(path):
                calls[name] += 1
            return real(path, *rest, **named)

        return call

    for name in ("stat", "lstat", "open", "scandir", "listdir", "readlink", "access"):
        monkeypatch.setattr(os, name, counted(name))
    return calls


@pytest.mark.parametrize("form", ["manifest", "imagefolder"])
def test_an_export_asks_folders_and_ends_with_counts(tmp_path, asked, form):
    totals = []
    for missing in (200, 600):
        folder = tmp_path / str(missing)
        path = with_missing(folder, missing)
        asked.clear()
        progress = export(config(CocoDataset.open(path), format=form), folder / "out")
        totals.append(asked.total())
        assert (progress.images, len(progress.skipped)) == (2, missing)
        assert {image["reason"] for image in progress.skipped} == {"no such file"}
        assert progress.crops > 0
    # Shards are more, for each of which the folder may be asked, but not for each picture.
    assert totals[1] - totals[0] < 100
    assert 5 < totals[1] < 200


def test_what_a_listing_lacks_is_absent_whatever_the_case(tmp_path):
    names = [f"{n}.jpg" for n in range(120)]
    for name in (*names[:3], "Ü.JPG"):
        (tmp_path / name).touch()
    (tmp_path / "pipe.jpg").symlink_to(tmp_path / "nowhere")
    more = ["ü.jpg", "U\u0308.jpg", "pipe.jpg", "3.JPG", "..", "a\0b.jpg"]
    absent = files_at(tmp_path).absent([*names, *more])
    assert absent == [False] * 3 + [True] * 117 + [False, False, False, True, False, True]
    assert files_at(tmp_path).absent(names[:50]) == [False] * 50  # few: nothing is said
    assert files_at(tmp_path).absent([f"sub/{name}" for name in names]) == [True] * 120
    assert files_at(tmp_path).sizes([*names, "pipe.jpg"]) == [0] * 3 + [-1] * 118


def test_a_picture_that_comes_before_the_run_is_found(tmp_path):
    dataset = CocoDataset.open(with_missing(tmp_path, 150))
    assert find_absent(dataset).sum() == 150
    (tmp_path / "images/gone7.jpg").write_bytes((tmp_path / "images/000.jpg").read_bytes())
    assert find_absent(dataset).sum() == 149
    assert export(config(dataset), tmp_path / "out").images == 3
    for picture in (tmp_path / "images").iterdir():
        picture.unlink()
    assert not has_pictures(dataset)
