"""What a file holds is kept for the next time, as long as the file, the code and the pictures stay."""

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from core.datasets import CocoDataset, columns_cache, opening
from core.files import file_state as state
from tests.small import write_scenes


@pytest.fixture
def kept(monkeypatch, tmp_path) -> Iterator[Path]:
    """Keep small files too, in a folder of the test; return that folder."""
    monkeypatch.setenv("BOXSCOPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(columns_cache, "LEAST", 0)
    monkeypatch.setattr(state, "_TICK", 0)
    yield tmp_path / "cache/columns"
    columns_cache.settle()


def entries(kept: Path, pattern: str = "*.bin") -> list[Path]:
    """Return what is kept, once all has been saved."""
    columns_cache.settle()
    return sorted(kept.rglob(pattern))


@pytest.fixture
def annotations(tmp_path) -> Path:
    """A set with objects that are dropped, clipped and of no image, in a folder that changes no more."""
    path = write_scenes(tmp_path / "a/set", 6)
    document = json.loads(path.read_text())
    document["annotations"] += [
        {"id": 900, "image_id": 1, "category_id": 7, "bbox": [90, 60, 50, 50]},
        {"id": 901, "image_id": 2, "category_id": 1, "bbox": [1, 1, 0, 5]},
        {"id": 902, "image_id": 77, "category_id": 1, "bbox": [1, 1, 5, 5]},
    ]
    document["images"].append({"id": 40, "file_name": "000.jpg", "width": 96, "height": 72})
    path.write_text(json.dumps(document))
    return path


def values(dataset: CocoDataset) -> str:
    """Return all that a data set holds as text, with the types of arrays."""

    def text(value):
        if isinstance(value, np.ndarray):
            return f"{value.dtype}{value.shape}{value.flags.writeable}{value.tolist()}"
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return [text(getattr(value, field.name)) for field in dataclasses.fields(value)]
        return [text(one) for one in value] if isinstance(value, list | tuple) else repr(value)

    return repr(text(dataset))


class Used(Exception):
    """Raised where a file is read, or a folder is listed, though it need not be."""


def forbid(monkeypatch, module, name) -> None:
    def used(*arguments):
        raise Used

    monkeypatch.setattr(module, name, used)


def test_the_second_time_reads_nothing_and_gives_the_same(kept, annotations, monkeypatch):
    first = values(CocoDataset.open(annotations))
    forbid(monkeypatch, opening, "read_columns")
    assert values(CocoDataset.open(annotations)) == first
    assert not entries(kept, "*.part")


def test_a_process_that_ends_at_once_has_kept_what_it_opened(kept, annotations):
    code = (
        "import sys; from core.datasets import CocoDataset, columns_cache; from core.files import file_state;"
        "columns_cache.LEAST = file_state._TICK = 0; columns_cache._PART = 100; CocoDataset.open(sys.argv[1])"
    )
    subprocess.run([sys.executable, "-c", code, str(annotations)], check=True, timeout=100)
    assert len(entries(kept)) == 1


@pytest.mark.parametrize("lists", [{"annotations": []}, {"annotations": [], "images": []}, {}])
def test_empty_lists_are_kept_too(kept, tmp_path, lists):
    annotations = write_scenes(tmp_path / "a/set", 2)
    document = {**json.loads(annotations.read_text()), **lists}
    if not lists:
        del document["annotations"]
    annotations.write_text(json.dumps(document))
    assert values(CocoDataset.open(annotations)) == values(CocoDataset.open(annotations))
    assert entries(kept)


def test_folders_that_stayed_are_not_listed_again(kept, tmp_path, monkeypatch):
    annotations = write_scenes(tmp_path / "a/set", 4)
    first = values(CocoDataset.open(annotations))
    with monkeypatch.context() as patch:
        forbid(patch, opening, "locate_pictures")
        assert values(CocoDataset.open(annotations)) == first
        (annotations.parent / "images/002.jpg").rename(annotations.parent / "images/002.JPG")
        with pytest.raises(Used):
            CocoDataset.open(annotations)
    assert CocoDataset.open(annotations).paths[2] == "002.JPG"


def test_a_change_of_one_digit_is_seen_whatever_the_time_of_the_file_says(kept, annotations):
    assert CocoDataset.open(annotations).image_ids[1] == 2
    before, text = annotations.stat(), annotations.read_text()
    annotations.write_text(text.replace('"id": 2, "file_name"', '"id": 9, "file_name"', 1))
    os.utime(annotations, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert annotations.stat().st_size == before.st_size
    assert CocoDataset.open(annotations).image_ids[1] == 9


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "other"])
def test_a_damaged_entry_is_made_again(kept, annotations, damage):
    first = values(CocoDataset.open(annotations))
    found = entries(kept)
    assert found
    for entry in found:
        data = bytearray(entry.read_bytes())
        data[len(data) // 2] ^= 1
        entry.write_bytes(
            {"flip": bytes(data), "cut": bytes(data[:-9]), "empty": b"", "other": b"x" * 99}[damage]
        )
    assert values(CocoDataset.open(annotations)) == first
    sizes = [entry.stat().st_size for entry in entries(kept)]
    assert CocoDataset.open(annotations).image_ids[1] == 2
    assert [entry.stat().st_size for entry in entries(kept)] == sizes


def test_an_entry_of_other_code_is_made_again(kept, annotations, monkeypatch):
    first = values(CocoDataset.open(annotations))
    assert entries(kept)
    monkeypatch.setattr(columns_cache, "_version", lambda: "other")
    with monkeypatch.context() as patch:
        forbid(patch, opening, "read_columns")
        with pytest.raises(Used):
            CocoDataset.open(annotations)
    assert values(CocoDataset.open(annotations)) == first


def test_a_file_that_has_just_changed_is_not_kept(kept, annotations, monkeypatch):
    monkeypatch.setattr(state, "_TICK", 3600 * 10**9)
    CocoDataset.open(annotations)
    assert not entries(kept)
    monkeypatch.setattr(state, "_TICK", 0)
    monkeypatch.setattr(columns_cache, "LEAST", annotations.stat().st_size + 1)
    CocoDataset.open(annotations)
    assert not entries(kept)


def test_pictures_that_are_one_file_are_joined_though_the_annotations_are_kept(kept, tmp_path):
    annotations = write_scenes(tmp_path / "a/set", 4)
    assert len(CocoDataset.open(annotations)) == 4
    folder = annotations.parent / "images"
    (folder / "003.jpg").unlink()
    os.link(folder / "001.jpg", folder / "003.jpg")
    assert len(CocoDataset.open(annotations)) == 3
    (folder / "003.jpg").unlink()
    (folder / "003.jpg").write_bytes((folder / "001.jpg").read_bytes())
    assert len(CocoDataset.open(annotations)) == 4


def test_paths_are_spelled_as_they_are_given(kept, tmp_path, monkeypatch):
    annotations = write_scenes(tmp_path / "a/set", 2)
    for folder, name in ((annotations.parent, "annotations.json"), (tmp_path, "a/set/annotations.json")):
        monkeypatch.chdir(folder)
        for _ in range(2):
            assert all(path.is_file() for path in map(CocoDataset.open(name).path, range(2)))


def test_many_at_once_and_a_folder_that_cannot_be_written_to(kept, annotations, monkeypatch, tmp_path):
    with ThreadPoolExecutor(4) as pool:
        opened = set(pool.map(lambda _: values(CocoDataset.open(annotations)), range(12)))
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("BOXSCOPE_CACHE", str(tmp_path / "file/cache"))
    assert opened == {values(CocoDataset.open(annotations))}


def test_a_name_with_half_a_character_is_opened_and_not_kept(kept, annotations):
    annotations.write_text(annotations.read_text().replace("003.jpg", "\\ud8003.jpg"))
    assert values(CocoDataset.open(annotations)) == values(CocoDataset.open(annotations))
