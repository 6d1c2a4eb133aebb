"""What goes wrong around an export: one clear line, what is finished kept, the same bytes after resuming."""

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import suppress
from itertools import product
from pathlib import Path

import pytest
from PIL import Image as PILImage

from core.cutting import Cut
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.executors import SerialExecutor, local
from core.export import FORMATS, ExportFolder, run, space
from core.export.config import SHARD_IMAGES
from core.files import as_path, files_at
from core.files.local import LocalFiles
from core.runs import ProgressFile
from core.sampling import Sampling
from tests.small import CROP_FORMATS, SMALL, config, core, digest, export, write_scenes

COUNT = 4 * SHARD_IMAGES

COUNTED = Sampling(cut=Cut(side=16), set_negatives=20)


@pytest.fixture(scope="module")
def annotations(tmp_path_factory) -> Path:
    return write_scenes(tmp_path_factory.mktemp("data"), COUNT)


@pytest.fixture
def dataset(annotations, tmp_path) -> CocoDataset:
    """A copy of its own, to be damaged."""
    shutil.copytree(annotations.parent, tmp_path / "data")
    return CocoDataset.open(tmp_path / "data" / annotations.name)


@pytest.fixture(scope="module")
def expected(annotations, tmp_path_factory) -> dict[str, str]:
    """Return the digest of the export in each format, left alone."""
    out = tmp_path_factory.mktemp("whole")
    for format in CROP_FORMATS:
        export(config(CocoDataset.open(annotations), format=format), out / format)
    return {format: digest(out / format) for format in CROP_FORMATS}


def begun(dataset, out, **rest) -> Iterator:
    """Return the steps of a run of which one shard is done."""
    steps = run(config(dataset, **rest), out, SerialExecutor())
    next(steps)
    next(steps)
    return steps


def line_of(steps) -> str:
    """Go on to the mistake, and give its words."""
    with pytest.raises(BoxscopeError) as stop:
        list(steps)
    assert "\n" not in str(stop.value)
    return str(stop.value)


def mount(path: Path, *options: str) -> None:
    """Make a file system in memory where this user may, or skip."""
    try:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(path)],
            check=True,
            capture_output=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        pytest.skip("this user may not mount a file system")


@pytest.fixture
def disk(tmp_path) -> Iterator[Path]:
    """A real file system of four megabytes."""
    path = tmp_path / "disk"
    path.mkdir()
    mount(path, "size=4m")
    yield path
    subprocess.run(["umount", "-l", str(path)], check=True)


# A full disk


def fill(disk: Path) -> Path:
    path = disk / "filling"
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(512))
    return path


@pytest.mark.parametrize(("format", "workers"), [*product(CROP_FORMATS, [1]), ("files", 2), ("parquet", 2)])
def test_a_disk_that_fills_up_in_the_middle(annotations, expected, disk, monkeypatch, format, workers):
    monkeypatch.setattr(space, "check", lambda *given: None)  # it would have been refused
    requested = config(CocoDataset.open(annotations), format=format)
    folder = ExportFolder(disk / "out" / "train")
    with local(workers) as pool:
        steps = run(requested, disk / "out", pool, workers)
        next(steps)
        next(steps)
        filling = fill(disk)
        assert line_of(steps) == f"{folder.path}: No space left on device"
    assert folder.state in ("failed", "stopped")  # there may be no room for the word
    filling.unlink()
    with local(workers) as pool:
        first, *_, last = run(requested, disk / "out", pool, workers)
    assert SHARD_IMAGES <= first.done < COUNT
    assert last.state == "done"
    assert digest(disk / "out") == expected[format]


def test_files_that_may_not_grow(annotations, expected, tmp_path):
    """As a quota has it, and no user needs any right to try."""
    given = ("export", annotations, "--out", tmp_path, "--split", "train", "--workers", 1, "--side", 16)
    given = (*given, "--proposer", "grid", "--param", "levels=2", "--param", "aspects=1.0")
    limited = core(*given, preexec_fn=lambda: _limit(6000))
    assert (limited.returncode, limited.stdout) == (2, "")
    assert limited.stderr.splitlines()[-1] == f"boxscope: {tmp_path / 'train'}: File too large"
    assert core(*given).returncode == 0
    assert digest(tmp_path) == expected["files"]


def _limit(size: int) -> None:
    import resource
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


# Room is asked for before


def test_what_does_not_fit_is_refused_before_it_begins(annotations, disk):
    (disk / "filling").write_bytes(bytes(3_900_000))
    requested = config(CocoDataset.open(annotations), sampling=Sampling())
    words = line_of(run(requested, disk / "out", SerialExecutor()))
    assert words.startswith(f"{disk / 'out' / 'train'}: No space left for it: at least ")
    assert "are still to be written, " in words
    assert not (disk / "out" / "train" / "crops").exists()
    assert ExportFolder(disk / "out" / "train").state == "failed"


@pytest.mark.parametrize("format", FORMATS)
def test_little_room_is_refused_in_every_format(dataset, tmp_path, monkeypatch, format):
    monkeypatch.setattr(LocalFiles, "free_space", lambda self: (1000, None))
    words = line_of(run(config(dataset, format=format), tmp_path / "out", SerialExecutor()))
    assert "No space left for it: at least " in words


def test_a_manifest_alone_needs_no_room_for_crops(dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(space, "estimate", lambda *given, **named: pytest.fail("estimated"))
    monkeypatch.setattr(LocalFiles, "free_space", lambda self: (20_000_000, None))
    assert export(config(dataset, format="manifest"), tmp_path / "out").crops > 0


def test_what_fits_by_far_is_not_estimated(dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(space, "estimate", lambda *given, **named: pytest.fail("estimated"))
    monkeypatch.setattr(LocalFiles, "free_space", lambda self: (10**12, 10**9))
    export(config(dataset), tmp_path / "out")


def test_room_for_what_is_left_is_enough(dataset, tmp_path, monkeypatch):
    """Of four shards three are done: a quarter of the room is needed."""
    steps = begun(dataset, tmp_path / "out")
    next(steps), next(steps)
    steps.close()
    free = 300_000  # a shard needs 210,000
    monkeypatch.setattr(LocalFiles, "free_space", lambda self: (free, None))
    with pytest.raises(BoxscopeError, match="No space left for it"):
        export(config(dataset), tmp_path / "new")
    assert export(config(dataset), tmp_path / "out").images == COUNT


def test_a_file_system_that_takes_no_more_files(dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(LocalFiles, "free_space", lambda self: (10_000_000, 50))
    with pytest.raises(BoxscopeError, match="its file system takes 50 more: take --format webdataset"):
        export(config(dataset), tmp_path / "out")
    export(config(dataset, format="parquet"), tmp_path / "out", overwrite=True)


@pytest.mark.parametrize("path", ["/nowhere/at/all", "memory://bucket"])
def test_where_the_room_is_not_known_none_is_asked_for(path):
    assert files_at(as_path(path)).free_space() == (None, None)


# The folder


@pytest.mark.parametrize("format", CROP_FORMATS)
@pytest.mark.parametrize("there", ["the folder", "what a run goes on from"])
def test_a_folder_removed_in_the_middle(dataset, expected, tmp_path, format, there):
    folder = ExportFolder(tmp_path / "out" / "train")
    steps = begun(dataset, tmp_path / "out", format=format)
    shutil.rmtree(folder.path if there == "the folder" else folder.work)
    assert f"{folder.path}: " in (words := line_of(steps))
    assert "removed while it was written" in words
    export(config(dataset, format=format), tmp_path / "out")
    assert digest(tmp_path / "out") == expected[format]


def test_a_folder_that_a_worker_makes_anew_is_still_gone(dataset, tmp_path, monkeypatch):
    """The next shard would be written, and all before it would be missing at the end."""
    monkeypatch.setattr(ProgressFile, "INTERVAL", 0)
    monkeypatch.setattr(ProgressFile, "INTERVAL_PER_WRITE", 0)
    folder = ExportFolder(tmp_path / "out" / "train")
    steps = begun(dataset, tmp_path / "out")
    shutil.rmtree(folder.path)
    assert line_of(steps) == f"{folder.path}: was removed while it was written"
    assert not folder.parts.path(3).exists()


def test_a_file_where_the_folder_was(dataset, expected, tmp_path):
    steps, crops = begun(dataset, tmp_path / "out"), tmp_path / "out" / "train" / "crops"
    crops.rename(tmp_path / "crops")
    crops.write_text("mine")
    assert f"{tmp_path / 'out' / 'train'}: " in line_of(steps)
    crops.unlink()
    (tmp_path / "crops").rename(crops)
    export(config(dataset), tmp_path / "out")
    assert digest(tmp_path / "out") == expected["files"]


def test_a_disk_that_becomes_read_only(annotations, expected, disk):
    """Root may write whatever the mode says, but not here."""
    dataset, path = CocoDataset.open(annotations), str(disk / "out" / "train")
    steps = begun(dataset, disk / "out")
    subprocess.run(["mount", "--bind", path, path], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", path], check=True)
    assert line_of(steps) == f"{path}: {os.strerror(errno.EROFS)}"
    subprocess.run(["umount", path], check=True)
    first, *_, _ = run(config(dataset), disk / "out", SerialExecutor())
    assert SHARD_IMAGES <= first.done < COUNT
    assert digest(disk / "out") == expected["files"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write whatever the mode says")
def test_a_folder_that_may_not_be_written_any_more(dataset, expected, tmp_path):
    steps, folder = begun(dataset, tmp_path / "out"), ExportFolder(tmp_path / "out" / "train")
    paths = [folder.path, folder.work, folder.path / "crops"]
    for path in paths:
        path.chmod(0o500)
    assert line_of(steps) == f"{folder.path}: {os.strerror(errno.EACCES)}"
    for path in paths:
        path.chmod(0o700)
    export(config(dataset), tmp_path / "out")
    assert digest(tmp_path / "out") == expected["files"]


# The pictures


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:700])


def of_another_size(path: Path) -> None:
    PILImage.new("RGB", (50, 40)).save(path)


@pytest.mark.parametrize("change", [truncated, of_another_size, Path.unlink])
def test_a_picture_that_changes_in_the_middle_is_named_at_the_end(dataset, tmp_path, change):
    """Its shard may be of either state; the next run would refuse the folder as that of other pictures."""
    steps = begun(dataset, tmp_path / "out")
    change(dataset.path(COUNT - 1))
    assert "pictures changed while it was written" in line_of(steps)
    assert not (tmp_path / "out" / "train" / "export.json").exists()
    changed = CocoDataset.open(dataset.annotations, dataset.images_dir)
    last = export(config(changed), tmp_path / "out")
    assert last.images == COUNT - 1
    (skipped,) = last.skipped
    assert skipped["file"] == dataset.path(COUNT - 1).name
    assert "\n" not in skipped["reason"]


def test_a_picture_replaced_between_two_runs_is_another_data_set(dataset, tmp_path):
    begun(dataset, tmp_path / "out").close()
    PILImage.new("RGB", (96, 72)).save(dataset.path(COUNT - 1))
    changed = CocoDataset.open(dataset.annotations)
    assert "holds an export with other settings (other pictures)" in line_of(
        run(config(changed), tmp_path / "out", SerialExecutor())
    )


@pytest.mark.parametrize("sampling", [SMALL, COUNTED], ids=["plain", "counted"])
def test_pictures_that_are_all_gone_end_the_run_and_are_not_skipped(dataset, tmp_path, sampling):
    """A disk that was pulled out: a thousand skipped pictures would make a finished export."""
    steps = begun(dataset, tmp_path / "out", sampling=sampling)
    dataset.images_dir.rename(tmp_path / "elsewhere")
    assert line_of(steps) == (
        f"images folder {dataset.images_dir}: is gone: bring it back, then run again to go on"
    )
    (tmp_path / "elsewhere").rename(dataset.images_dir)
    last = export(config(dataset, sampling=sampling), tmp_path / "out")
    assert (last.images, last.skipped) == (COUNT, ())
    export(config(dataset, sampling=sampling), tmp_path / "new")
    assert digest(tmp_path / "out") == digest(tmp_path / "new")


# A worker


class Doomed(SerialExecutor):
    """Loses every worker that is given the third shard."""

    def submit(self, fn, /, *args, **kwargs):
        if args[0].shard.number != 2:
            return super().submit(fn, *args, **kwargs)
        future = Future()
        future.set_exception(self.lost_errors[0]())
        return future


def test_a_shard_that_loses_every_worker_is_named_by_its_images(dataset, expected, tmp_path):
    words = line_of(run(config(dataset), tmp_path / "out", Doomed()))
    assert words.startswith("016.jpg to 023.jpg: one worker after another was ended from outside")
    assert ExportFolder(tmp_path / "out" / "train").read_progress()["state"] == "failed"
    first, *_, _ = run(config(dataset), tmp_path / "out", SerialExecutor())
    assert first.done >= SHARD_IMAGES
    assert digest(tmp_path / "out") == expected["files"]


# Progress


def test_progress_is_written_once_an_interval_and_at_the_end(dataset, tmp_path, monkeypatch):
    written = []
    plain = ExportFolder.write_progress
    monkeypatch.setattr(
        ExportFolder,
        "write_progress",
        lambda self, progress: written.append(progress) or plain(self, progress),
    )
    monkeypatch.setattr(ProgressFile, "INTERVAL", 3600)
    export(config(dataset), tmp_path)
    assert [progress["images"] for progress in written] == [0]
    begun(dataset, tmp_path / "other").close()
    assert [(progress["images"], progress["state"]) for progress in written[1:]] == [
        (0, "running"),
        (SHARD_IMAGES, "stopped"),
    ]
