"""An export that is killed or interrupted leaves nothing half, and the next run finishes it to the byte."""

import io
import os
import random
import signal
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from PIL import Image as PILImage
from small import command, core, digest, environment, write_scenes

from core.export import ExportFolder
from core.export.names import is_shard_name
from core.export.plan import SHARD_IMAGES

COUNT = 5 * SHARD_IMAGES

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc"),
]


def words(annotations: Path, out: Path, workers: int, format: str = "files") -> list[str]:
    """Spell an export that takes a few seconds."""
    setup = ["--proposer", "opencv-selective-search", "--negatives-first", "20"]
    return [
        "export",
        str(annotations),
        "--out",
        str(out),
        "--split",
        "train",
        "--workers",
        str(workers),
        "--format",
        format,
        *setup,
    ]


@pytest.fixture(scope="module")
def annotations(tmp_path_factory) -> Path:
    return write_scenes(tmp_path_factory.mktemp("data"), COUNT)


@pytest.fixture(scope="module")
def left_alone(annotations, tmp_path_factory) -> Callable[[str], str]:
    """Gives the digest of the same export in a format, left alone."""

    @cache
    def export(format: str) -> str:
        out = tmp_path_factory.mktemp("whole")
        assert core(*words(annotations, out, 2, format)).returncode == 0
        return digest(out)

    return export


@pytest.fixture(scope="module")
def whole(left_alone) -> str:
    return left_alone("files")


@contextmanager
def started(
    annotations: Path, out: Path, workers: int, format: str = "files"
) -> Iterator["subprocess.Popen[str]"]:
    """Run an export in a session of its own, as a terminal does."""
    process = subprocess.Popen(
        command(*words(annotations, out, workers, format)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=environment(),
    )
    try:
        yield process
    finally:
        family = descendants(process.pid)
        process.kill()
        process.communicate()
        for pid in family:
            if alive(pid):
                os.kill(pid, signal.SIGKILL)


def status(pid: int) -> tuple[str, int]:
    """Give the state and the parent of a process."""
    state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    return state, int(parent)


def alive(pid: int) -> bool:
    try:
        return status(pid)[0] not in "ZX"
    except OSError:
        return False


def descendants(pid: int) -> list[int]:
    """List the processes that a process started, and those that they started, eldest first."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(path.name)] = status(int(path.name))[1]
        except OSError:
            continue
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found[1:]


def wait_until(true: Callable[[], object], seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return bool(true())


def images_done(folder: ExportFolder) -> int:
    return (folder.read_progress() or {"images": 0})["images"]


def assert_nothing_is_half(folder: Path) -> None:
    """Outside the work folder every file is whole and has its final name."""
    shards = [path for path in folder.iterdir() if is_shard_name(path.name)]
    names = {path.name for path in folder.iterdir()} - {path.name for path in shards}
    assert names <= {".work", "crops", "manifest.parquet", "export.json"}
    for path in shards:
        with tarfile.open(path) if path.suffix == ".tar" else pq.ParquetFile(path) as shard:
            assert len(shard.getmembers() if path.suffix == ".tar" else shard.read())
    for path in (folder / "crops").rglob("*.*"):
        assert path.suffix == ".jpg"
        assert PILImage.open(io.BytesIO(path.read_bytes())).convert("RGB").size == (224, 224)


def finish(
    annotations: Path, out: Path, whole: str, format: str = "files"
) -> "subprocess.CompletedProcess[str]":
    last = core(*words(annotations, out, 2, format))
    assert last.returncode == 0, last.stderr
    assert digest(out) == whole
    assert ExportFolder(out / "train").state == "done"
    return last


@pytest.mark.parametrize(
    ("format", "seed", "workers"),
    [("files", 1, 2), ("files", 3, 1), ("imagefolder", 2, 2), ("webdataset", 4, 2), ("parquet", 5, 2)],
)
def test_kill_9_at_any_moment(annotations, left_alone, tmp_path, format, seed, workers):
    moments, folder = random.Random(seed), ExportFolder(tmp_path / "train")
    for _ in range(3):
        with started(annotations, tmp_path, workers, format) as process:
            wait_until(lambda: folder.state in ("running", "done"))
            time.sleep(moments.uniform(0, 1.2))
            family = descendants(process.pid)
            process.kill()
            process.wait()
            assert wait_until(lambda: not any(map(alive, family)), 5), "workers live on"  # noqa: B023
        assert_nothing_is_half(tmp_path / "train")
        assert folder.state in ("stopped", "done", "empty")
    finish(annotations, tmp_path, left_alone(format), format)


def test_a_killed_worker_ends_the_run_in_one_line(annotations, whole, tmp_path):
    """As the system does when memory runs out."""
    folder = ExportFolder(tmp_path / "train")
    with started(annotations, tmp_path, 2) as process:
        assert wait_until(lambda: images_done(folder))
        # The first is the fork server or the resource tracker; the workers come after.
        os.kill(descendants(process.pid)[-1], signal.SIGKILL)
        _, errors = process.communicate(timeout=20)
    assert process.returncode in (1, 2)
    assert_nothing_is_half(tmp_path / "train")
    assert folder.state in ("failed", "stopped")
    before = images_done(folder)
    assert before >= SHARD_IMAGES
    assert f"{before}/{COUNT} images" in finish(annotations, tmp_path, whole).stderr.splitlines()[0]
    assert "Traceback" not in errors
    assert errors.splitlines()[-1].startswith("boxscope: ")
    assert "worker" in errors.splitlines()[-1]


INTERRUPTS = {
    "Ctrl-C": (2, lambda process: os.killpg(process.pid, signal.SIGINT)),
    "Ctrl-C in one process": (1, lambda process: os.killpg(process.pid, signal.SIGINT)),
    "Cancel on the page": (2, lambda process: process.terminate()),
}


@pytest.mark.parametrize(("workers", "interrupt"), INTERRUPTS.values(), ids=INTERRUPTS)
def test_an_interrupt_is_one_line_and_the_next_run_goes_on(annotations, whole, tmp_path, workers, interrupt):
    folder = ExportFolder(tmp_path / "train")
    with started(annotations, tmp_path, workers) as process:
        assert wait_until(lambda: images_done(folder))
        family = descendants(process.pid)
        interrupt(process)
        out, errors = process.communicate(timeout=20)
        assert wait_until(lambda: not any(map(alive, family)), 5), "workers live on"
    assert (process.returncode, out) == (130, "")
    assert errors.splitlines()[-1] == "boxscope: interrupted"
    assert "Traceback" not in errors
    assert all(" images " in line for line in errors.splitlines()[:-1])
    assert_nothing_is_half(tmp_path / "train")
    assert (folder.state, folder.read_progress()["state"]) == ("stopped", "stopped")
    before = images_done(folder)
    assert SHARD_IMAGES <= before < COUNT
    first = finish(annotations, tmp_path, whole).stderr.splitlines()[0]
    assert int(first.split("/")[0]) >= before


def test_impatience_is_no_fault(annotations, whole, tmp_path):
    """Ctrl-C again and again, while the workers are being ended."""
    folder = ExportFolder(tmp_path / "train")
    with started(annotations, tmp_path, 2) as process:
        assert wait_until(lambda: images_done(folder))
        while process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
            time.sleep(0.03)
        _, errors = process.communicate(timeout=20)
    assert "Traceback" not in errors
    # One that comes when Python itself is ending has the system's own exit, which shells call 130 too.
    assert process.returncode in (130, -signal.SIGINT)
    finish(annotations, tmp_path, whole)
