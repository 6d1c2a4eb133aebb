"""Helpers and fixtures for the tests of exports."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from core.datasets import CocoDataset
from core.executors import SerialExecutor
from core.export import counting, kept, run, shard
from core.export.config import SHARD_IMAGES
from core.pipeline import Setup
from tests.small import (
    CROP_FORMATS,
    SMALL,
    Fixed,
    config,
    export,
    scene,
    small_set,
    write_coco,
)

COUNT = 2 * SHARD_IMAGES + 3


@pytest.fixture(scope="session")
def dataset(tmp_path_factory) -> CocoDataset:
    """Three shards: images with two objects, without any, and with a crowd region."""
    return small_set(tmp_path_factory.mktemp("data"), COUNT)


@pytest.fixture(scope="module", params=CROP_FORMATS)
def finished(request, dataset, tmp_path_factory):
    """A finished export in each format: its configuration, folder and last progress."""
    requested = config(dataset, format=request.param)
    out = tmp_path_factory.mktemp("out")
    return requested, out / "train", export(requested, out)


def manifest(folder: Path) -> list[dict]:
    """Return the rows of an export's manifest."""
    return pq.read_table(folder / "manifest.parquet").to_pylist()


def one(tmp_path: Path, *boxes, objects=(), sampling=SMALL, name="a.jpg"):
    """Export one picture with given proposals and return the rows of its manifest."""
    annotations = write_coco(tmp_path / "data", {name: (scene(0)[0], objects)})
    export(
        config(CocoDataset.open(annotations), Setup(Fixed(boxes), order="own"), sampling), tmp_path / "out"
    )
    return manifest(tmp_path / "out" / "train")


def times(folder: Path) -> dict[Path, int]:
    """Return when each file below a folder was last written, in nanoseconds."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def start(requested, out: Path, shards: int = 1) -> None:
    """Begin an export and leave it after a few shards."""
    progress = run(requested, out, SerialExecutor())
    for _ in range(shards + 1):
        next(progress)
    progress.close()


def interrupt_after(
    monkeypatch: pytest.MonkeyPatch, number: int, done: list[int] | None = None, counted: bool = False
) -> None:
    """Keep every image at once, and interrupt an export when so many more are cut or, if `counted`, counted.

    The positions of these in their shards are added to `done`.
    """
    module, name = (counting, "_offer") if counted else (shard, "_image")
    do, seen = getattr(module, name), [] if done is None else done
    end = len(seen) + number

    def interrupted(task, index):
        if len(seen) == end:
            raise KeyboardInterrupt
        seen.append(index)
        return do(task, index)

    monkeypatch.setattr(kept, "INTERVAL", 0)
    monkeypatch.setattr(kept, "INTERVAL_PER_FILE", 0)
    monkeypatch.setattr(module, name, interrupted)


each_format = pytest.mark.parametrize("format", CROP_FORMATS)
