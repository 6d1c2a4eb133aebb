"""Calls of the file system that fail, one at a time: the work ends in one line, done again it is whole.

Here some of them, drawn by a fixed seed; ``BOXSCOPE_FAULTS=1 python -m pytest tests/test_faults.py`` lets
every call of every format fail by each error.
"""

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from core.caching.disk import DiskCache
from core.errors import BoxscopeError
from core.executors import SerialExecutor
from core.export import FORMATS, ExportFolder, relabel
from core.export.results import write_results
from core.files.local import LocalFiles
from core.labelling import LabelRule
from core.pipeline import Setup
from core.runs import ProgressFile
from tests.small import Fixed, config, contents, export, small_set
from tests.steps import hooked

# What fails while an object is removed is printed, a traceback.
pytestmark = pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")

ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES)
EVERY = bool(os.environ.get("BOXSCOPE_FAULTS"))
DRAWN = 12

ONE = Setup(Fixed(((0, 0, 40, 40),)), order="own")
OTHER = Setup(Fixed(((8, 8, 60, 60),)), order="own")
MINE = {"train/notes.txt": b"mine", "train/crops/mine.jpg": b"mine"}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(ProgressFile, "INTERVAL", 3600)
    monkeypatch.setattr(LocalFiles, "sync_files", lambda self: None)
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.fixture
def dataset(tmp_path):
    return small_set(tmp_path / "set", 2)


def failing(
    folder: Path, act: Callable[[], object], number: int, code: int
) -> tuple[int, BaseException | None]:
    """Do something whose call of that number fails; return how many there were, and the error."""
    calls = [0]

    def hook(name: str, path: str) -> None:
        calls[0] += 1
        if calls[0] == number:
            raise OSError(code, os.strerror(code), path)

    try:
        with hooked(folder, hook):
            act()
    except Exception as error:
        return calls[0], error
    return calls[0], None


def faults(folder: Path, act: Callable[[], object], seed: str) -> Iterator[tuple[int, int]]:
    """Yield the number of a call and an error, for all calls that something makes or for some."""
    count, _ = failing(folder, act, 0, 0)
    numbers = range(1, count + 1)
    if EVERY:
        yield from ((number, code) for number in numbers for code in ERRORS)
        return
    random = Random(seed)
    yield from (
        (number, random.choice(ERRORS)) for number in sorted(random.sample(numbers, min(DRAWN, count)))
    )


def put(files: dict[str, bytes], folder: Path) -> Path:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def expect_one_line(error: BaseException | None, folder: Path) -> None:
    if error is not None:
        assert isinstance(error, BoxscopeError), repr(error)
        assert "\n" not in str(error)
        assert str(folder) in str(error)


def final(files: dict[str, bytes]) -> dict[str, bytes]:
    return {name: data for name, data in files.items() if ".work/" not in name}


@pytest.mark.parametrize("there", ["nothing", "another export"])
@pytest.mark.parametrize("format", FORMATS)
def test_an_export_with_a_call_that_fails(tmp_path, dataset, format, there):
    wanted = config(dataset, ONE, format=format, shard_images=1)
    other = "files" if format == "webdataset" else "webdataset"
    before = put(MINE, tmp_path / "before")
    if there == "another export":
        export(config(dataset, OTHER, format=other, shard_images=1), before)
    old, overwrite = contents(before), there == "another export"
    export(wanted, put(MINE, tmp_path / "whole"))
    new = contents(tmp_path / "whole")

    def act(name: str) -> None:
        export(wanted, tmp_path / name, overwrite=overwrite)

    put(old, tmp_path / "counted")
    for number, code in faults(tmp_path / "counted", lambda: act("counted"), f"{format} {there}"):
        out = put(old, tmp_path / f"{number} {code}")
        _, error = failing(out, lambda out=out: act(out.name), number, code)
        expect_one_line(error, out)
        left = final(contents(out))
        assert MINE.items() <= left.items()
        assert all(data in (old.get(name), new.get(name)) for name, data in left.items())
        assert error is not None or left == new
        again = ExportFolder(out / "train").read_settings()
        export(wanted, out, overwrite=again not in (None, wanted.settings))
        assert contents(out) == new


@pytest.mark.parametrize("format", FORMATS if EVERY else ["files", "webdataset"])
def test_a_relabelling_with_a_call_that_fails(tmp_path, dataset, format):
    def act(out: Path) -> None:
        relabel(ExportFolder(out / "train"), LabelRule(iou=0.05))

    export(config(dataset, ONE, format=format, shard_images=1), put(MINE, tmp_path / "old"))
    old = contents(tmp_path / "old")
    act(put(old, tmp_path / "new"))
    new = contents(tmp_path / "new")
    counted = put(old, tmp_path / "counted")
    for number, code in faults(counted, lambda: act(counted), format):
        out = put(old, tmp_path / f"{number} {code}")
        _, error = failing(out, lambda out=out: act(out), number, code)
        expect_one_line(error, out)
        assert error is not None or contents(out) == new
        act(out)
        assert contents(out) == new


def test_a_file_of_proposals_with_a_call_that_fails(tmp_path, dataset):
    def act(out: Path) -> None:
        out.mkdir(exist_ok=True)
        list(write_results(dataset, ONE, out / "boxes.json", SerialExecutor(), overwrite=True))

    act(tmp_path / "new")
    new, counted = contents(tmp_path / "new"), tmp_path / "counted"
    for number, code in faults(counted, lambda: act(counted), "proposals"):
        out = put({"boxes.json": b"[]"}, tmp_path / f"{number} {code}")
        _, error = failing(out, lambda out=out: act(out), number, code)
        if number > 1:  # the first is that of this test
            expect_one_line(error, out)
        assert (out / "boxes.json").read_bytes() in (b"[]", new["boxes.json"])
        act(out)
        assert contents(out) == new


@pytest.mark.parametrize("limit", [1, 1000], ids=["full", "with room"])
def test_a_cache_with_a_call_that_fails_is_computed_without(tmp_path, limit):
    def act(out: Path) -> None:
        cache = DiskCache(out, limit=limit)
        for key in ("a", "b", "a"):
            assert cache.get(key, lambda key=key: key.encode()) == key.encode()

    counted = tmp_path / "counted"
    for number, code in faults(counted, lambda: act(counted), "cache"):
        out = tmp_path / f"{number} {code}"
        _, error = failing(out, lambda out=out: act(out), number, code)
        assert error is None
        act(out)
        assert set(contents(out).values()) <= {b"a", b"b", b""}
