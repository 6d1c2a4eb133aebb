"""The most memory that an export holds, by the number of its images: it must not grow with them.

The export runs as a command of its own, with two workers and `adaptive-threshold`, over a small and a large
sample set of pictures alike. The system keeps the peak of each process's resident memory; it is read while
they run.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.timing import processor, table
from core.datasets import make_sample
from core.errors import BoxscopeError
from core.export import ExportFolder

_PROJECT = Path(__file__).parents[1]
WIDTH, HEIGHT, WORKERS = 320, 240, 2


def run(few: int = 100, many: int = 2000) -> dict[str, Any]:
    """Measure.

    Parameters
    ----------
    few, many : int
        Images of the two sets.
    """
    if not Path("/proc/self/status").exists():
        raise BoxscopeError("reads /proc, which this system does not have", "bench export-memory")
    with tempfile.TemporaryDirectory() as name:
        rows = [_row(Path(name) / str(count), count) for count in (few, many)]
    grown = [rows[1][role] - rows[0][role] for role in ("parent_mb", "worker_mb")]
    return {
        "processor": processor(),
        "rows": rows,
        "growth_mb": dict(zip(("parent", "worker"), grown, strict=True)),
    }


def text(result: dict[str, Any]) -> str:
    """The result as a person reads it."""
    growth = ", ".join(f"{role} {grown:+.1f} MB" for role, grown in result["growth_mb"].items())
    return f"{table(result['rows'])}\n\nfrom the small set to the large one: {growth}"


def _row(folder: Path, count: int) -> dict[str, Any]:
    # A quarter of a sample set is its other split.
    make_sample(folder / "set", images=round(count * 4 / 3), width=WIDTH, height=HEIGHT)
    given = ["export", str(folder / "set" / "train" / "annotations.json"), "--out", str(folder / "out")]
    given += ["--split", "train", "--proposer", "adaptive-threshold"]
    given += ["--preset", "article", "--workers", str(WORKERS)]
    process = subprocess.Popen(
        [sys.executable, "-m", "core", *given],
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(_PROJECT)},
    )
    peaks: dict[int, float] = {}
    while process.poll() is None:
        for pid in [process.pid, *children(process.pid)]:
            peaks[pid] = max(peak(pid), peaks.get(pid, 0.0))
        time.sleep(0.02)
    summary = ExportFolder(folder / "out" / "train").read_summary()
    if summary is None:
        raise BoxscopeError(f"the export ended with code {process.returncode}", "bench export-memory")
    parent = peaks.pop(process.pid)
    counts = summary["counts"]
    return {
        "images": counts["images"],
        "crops": counts["crops"],
        "parent_mb": parent,
        "worker_mb": max(peaks.values()),
    }


def children(pid: int) -> list[int]:
    """List the processes that a process started, and those that they started."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            child = int(path.parent.name)
            found += [child, *children(child)]
    return found


def peak(pid: int) -> float:
    """Return the most resident memory that a process had, MB; 0 where it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return max((int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM")), default=0.0)
