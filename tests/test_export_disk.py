"""Folders and disks that cannot be written, and files there that are not ours."""

import errno
import os
import subprocess
from pathlib import Path

import pytest

from core.errors import BoxscopeError
from core.executors import SerialExecutor, local
from core.export import ExportFolder, run
from core.export.config import SHARD_IMAGES
from tests.exports import COUNT
from tests.small import (
    config,
    digest,
    export,
)


def test_a_file_where_the_folder_should_be_is_refused(tmp_path, dataset):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(BoxscopeError, match="out/train: cannot be written"):
        export(config(dataset), tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="needs a folder that nobody may write in")
def test_a_folder_that_nobody_may_write_in_is_refused(dataset):
    with pytest.raises(BoxscopeError, match="/proc/train: cannot be written"):
        export(config(dataset), Path("/proc"))


def full(error: int, after: int, monkeypatch, names: tuple[str, ...]):
    """Let writing fail after a number of files, as a full disk does."""
    left = [after]

    def failing(plain):
        def write(self, *rest, **named):
            if left[0] <= 0:
                raise OSError(error, os.strerror(error), str(self))
            left[0] -= 1
            return plain(self, *rest, **named)

        return write

    for name in names:
        monkeypatch.setattr(Path, name, failing(getattr(Path, name)))


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EDQUOT], ids=errno.errorcode.get)
def test_a_full_disk_stops_the_run_in_one_line_and_keeps_what_is_finished(
    tmp_path, dataset, monkeypatch, error
):
    folder = ExportFolder(tmp_path / "out" / "train")
    with monkeypatch.context() as patch:
        full(error, 10 * SHARD_IMAGES + 5, patch, ("write_bytes",))
        with pytest.raises(BoxscopeError, match=os.strerror(error)) as stop:
            export(config(dataset), tmp_path / "out")
    assert "\n" not in str(stop.value)
    assert folder.state == "failed"
    assert os.strerror(error) in folder.read_progress()["error"]
    assert folder.parts.path(0).exists()
    first, *_ = run(config(dataset), tmp_path / "out", SerialExecutor())
    assert first.resumed_at == SHARD_IMAGES


@pytest.mark.parametrize("after", [0, 1, 2, 30, 10 * SHARD_IMAGES + 5], ids="{} files".format)
def test_a_disk_where_not_even_the_progress_can_be_written(tmp_path, dataset, monkeypatch, after):
    with monkeypatch.context() as patch:
        full(errno.ENOSPC, after, patch, ("write_bytes", "write_text"))
        with pytest.raises(BoxscopeError, match="No space left"):
            export(config(dataset), tmp_path / "out")
    assert export(config(dataset), tmp_path / "out").images == COUNT
    export(config(dataset), tmp_path / "new")
    assert digest(tmp_path / "out") == digest(tmp_path / "new")


@pytest.fixture
def small_disk(tmp_path):
    """A real file system of one megabyte, where this user may make one."""
    path = tmp_path / "disk"
    path.mkdir()
    made = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(path)]
    try:
        subprocess.run(made, check=True, capture_output=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        pytest.skip("this user may not mount a small file system")
    yield path
    subprocess.run(["umount", "-l", str(path)], check=True)


@pytest.mark.parametrize(
    ("workers", "format"), [(1, "files"), (2, "files"), (1, "webdataset"), (2, "webdataset"), (1, "parquet")]
)
def test_a_disk_that_is_really_full(tmp_path, dataset, small_disk, workers, format):
    requested = config(dataset, format=format)
    filling = {"files": 700_000, "webdataset": 850_000, "parquet": 980_000}[format]
    (small_disk / "filling").write_bytes(bytes(filling))
    with pytest.raises(BoxscopeError, match="No space left") as stop, local(workers) as executor:
        export(requested, small_disk / "out", executor=executor, workers=workers)
    assert "\n" not in str(stop.value)
    (small_disk / "filling").unlink()
    with local(workers) as executor:
        assert export(requested, small_disk / "out", executor=executor, workers=workers).images == COUNT
    export(requested, tmp_path / "new")
    assert digest(small_disk / "out") == digest(tmp_path / "new")


FOREIGN = ["{}", "[]", '{"settings": 3}', "nonsense", "\udcff"]


@pytest.mark.parametrize("text", FOREIGN, ids=ascii)
@pytest.mark.parametrize("name", ["export.json", ".work/plan.json"])
def test_a_file_of_that_name_which_is_none_of_ours_is_refused(tmp_path, dataset, name, text):
    path = tmp_path / "train" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(BoxscopeError):
        export(config(dataset), tmp_path)
    assert path.read_bytes() == text.encode(errors="surrogateescape")


def test_an_unknown_format_is_refused(dataset):
    with pytest.raises(
        BoxscopeError, match="format: got 'zip', expected one of files, imagefolder, webdataset, parquet"
    ):
        config(dataset, format="zip")
