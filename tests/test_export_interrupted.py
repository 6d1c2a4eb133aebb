"""An export that is killed or interrupted leaves nothing half, and the next run finishes it to the byte."""

import io
import os
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

from core.export import FORMATS, ExportFolder
from core.export.config import SHARD_IMAGES
from tests.forking import Start, alive, commands, descendants, kill_again_and_again, wait_until
from tests.small import CROP_FORMATS, command, core, digest, environment, write_scenes

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
    """Return the digest of the same export in a format, left alone."""

    @cache
    def export(format: str) -> str:
        out = tmp_path_factory.mktemp("whole")
        assert core(*words(annotations, out, 2, format)).returncode == 0
        return digest(out)

    return export


@pytest.fixture(scope="module")
def expected(left_alone) -> str:
    return left_alone("files")


@pytest.fixture(scope="module")
def small_scenes(tmp_path_factory) -> Path:
    return write_scenes(tmp_path_factory.mktemp("small"), 12 * SHARD_IMAGES)


@pytest.fixture(scope="module")
def start() -> Iterator[Start]:
    with commands() as found:
        yield found


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


def images_done(folder: ExportFolder) -> int:
    return (folder.read_progress() or {"images": 0})["images"]


def assert_nothing_is_half(folder: Path, side: int = 224) -> None:
    """Outside the work folder every file is whole and has its final name."""
    sharded = [form for form in FORMATS.values() if form.sharded]
    shards = [path for path in folder.iterdir() if any(form.is_shard_name(path.name) for form in sharded)]
    names = {path.name for path in folder.iterdir()} - {path.name for path in shards}
    assert names <= {".work", "crops", "manifest.parquet", "export.json"}
    for path in shards:
        with tarfile.open(path) if path.suffix == ".tar" else pq.ParquetFile(path) as shard:
            assert len(shard.getmembers() if path.suffix == ".tar" else shard.read())
    for path in (folder / "crops").rglob("*.*"):
        assert path.suffix == ".jpg"
        assert PILImage.open(io.BytesIO(path.read_bytes())).convert("RGB").size == (side, side)


def finish(
    annotations: Path, out: Path, expected: str, format: str = "files"
) -> "subprocess.CompletedProcess[str]":
    last = core(*words(annotations, out, 1, format))
    assert last.returncode == 0, last.stderr
    assert digest(out) == expected
    assert ExportFolder(out / "train").state == "done"
    return last


# A run in one process takes half a second, so that most kills meet it while it writes; where it has workers,
# they must end with it.
@pytest.mark.parametrize(("format", "workers"), [(name, 1 + (name == "files")) for name in CROP_FORMATS])
def test_kill_9_at_any_moment(start, small_scenes, tmp_path, format, workers):
    cheap = ("--proposer", "adaptive-threshold", "--param", "offsets=20,40", "--side", 32, "--format", format)
    given = ("export", small_scenes, "--split", "train", *cheap)
    assert core(*given, "--out", tmp_path / "whole", "--workers", 1).returncode == 0
    expected, out = digest(tmp_path / "whole"), tmp_path / "out"
    given = (*given, "--out", out, "--workers", workers)
    kill_again_and_again(start, given, out, expected, format, span=0.4 if workers == 1 else 1)
    if (out / "train").exists():
        assert_nothing_is_half(out / "train", side=32)
    assert core(*given).returncode == 0
    assert digest(out) == expected


def test_a_killed_worker_is_replaced_and_the_run_goes_on(annotations, expected, tmp_path):
    """As the system does when memory runs out."""
    folder = ExportFolder(tmp_path / "train")
    with started(annotations, tmp_path, 2) as process:
        assert wait_until(lambda: images_done(folder))
        # The first are the fork server and the resource tracker; the workers come after.
        os.kill(descendants(process.pid)[-1], signal.SIGKILL)
        _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
    assert digest(tmp_path) == expected


INTERRUPTS = {
    "Ctrl-C": (2, lambda process: os.killpg(process.pid, signal.SIGINT)),
    "a closed terminal": (2, lambda process: os.killpg(process.pid, signal.SIGHUP)),
    "Ctrl-C in one process": (1, lambda process: os.killpg(process.pid, signal.SIGINT)),
    "Cancel on the page": (2, lambda process: process.terminate()),
}


@pytest.mark.parametrize(("workers", "interrupt"), INTERRUPTS.values(), ids=INTERRUPTS)
def test_an_interrupt_is_one_line_and_the_next_run_goes_on(
    annotations, expected, tmp_path, workers, interrupt
):
    folder = ExportFolder(tmp_path / "train")
    with started(annotations, tmp_path, workers) as process:
        assert wait_until(lambda: images_done(folder))
        family = descendants(process.pid)
        interrupt(process)
        out, errors = process.communicate(timeout=300)
        assert wait_until(lambda: not any(map(alive, family))), "workers live on"
    assert (process.returncode, out) == (130, "")
    assert errors.splitlines()[-1] == "boxscope: interrupted"
    assert "Traceback" not in errors
    assert all(" images " in line for line in errors.splitlines()[:-1])
    assert_nothing_is_half(tmp_path / "train")
    assert (folder.state, folder.read_progress()["state"]) == ("stopped", "stopped")
    before = images_done(folder)
    assert SHARD_IMAGES <= before < COUNT
    first = finish(annotations, tmp_path, expected).stderr.splitlines()[0]
    assert int(first.split("/")[0]) >= before


def test_impatience_is_no_fault(annotations, expected, tmp_path):
    """Ctrl-C again and again, while the workers are being ended."""
    folder = ExportFolder(tmp_path / "train")
    with started(annotations, tmp_path, 2) as process:
        assert wait_until(lambda: images_done(folder))
        while process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
            time.sleep(0.03)
        _, errors = process.communicate(timeout=300)
    assert "Traceback" not in errors
    # One that comes when Python itself is ending has the system's own exit, which shells call 130 too.
    assert process.returncode in (130, -signal.SIGINT)
    finish(annotations, tmp_path, expected)
