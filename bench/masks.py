"""How fast folders of masks become COCO, and that memory does not grow with their number.

The command `convert` runs on two folders of drawn masks, with a worker a core. Wall time is the machine's, so
the processor time an image is given too; the load says what else ran.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from bench.export_memory import children, peak
from bench.timing import processor, table
from core.errors import BoxscopeError

_PROJECT = Path(__file__).parents[1]
SIDE = 448
# Masks that differ; the others are copies of them.
_DRAWN = 200


def run(masks: int = 11_000) -> dict[str, Any]:
    """Measure.

    Parameters
    ----------
    masks : int
        Pictures of the large folder; the small one has a tenth.
    """
    if not Path("/proc/self/status").exists():
        raise BoxscopeError("reads /proc, which this system does not have", "bench masks")
    with tempfile.TemporaryDirectory() as name:
        rows = [_row(Path(name) / str(count), count) for count in (masks // 10, masks)]
    grown = [rows[1][role] - rows[0][role] for role in ("parent_mb", "worker_mb")]
    return {
        "processor": processor(),
        "rows": rows,
        "growth_mb": dict(zip(("parent", "worker"), grown, strict=True)),
    }


def text(result: dict[str, Any]) -> str:
    """The result as a person reads it."""
    growth = ", ".join(f"{role} {grown:+.1f} MB" for role, grown in result["growth_mb"].items())
    return f"{table(result['rows'])}\n\nfrom the small folder to the large one: {growth}"


def draw(folder: Path, count: int) -> None:
    """Write pictures of noise and masks of random cracks, half of them as JPEG."""
    generator = np.random.default_rng(0)
    picture = cv2.imencode(".jpg", generator.integers(60, 180, (SIDE, SIDE, 3), np.uint8))[1].tobytes()
    masks = [_mask(generator) for _ in range(min(count, _DRAWN))]
    encoded = [cv2.imencode(_suffix(number), mask)[1].tobytes() for number, mask in enumerate(masks)]
    for below in ("images", "masks"):
        (folder / below).mkdir(parents=True)
    for number in range(count):
        (folder / f"images/{number:05}.jpg").write_bytes(picture)
        drawn = number % len(encoded)
        (folder / f"masks/{number:05}{_suffix(drawn)}").write_bytes(encoded[drawn])


def _mask(generator: np.random.Generator) -> np.ndarray:
    mask = np.zeros((SIDE, SIDE), np.uint8)
    for _ in range(generator.integers(0, 5)):
        steps = generator.integers(-8, 12, (60, 2))
        points = np.cumsum(steps, axis=0) + generator.integers(0, SIDE * 2 // 3, 2)
        cv2.polylines(mask, [points.astype(np.int32)], False, 255, int(generator.integers(2, 8)))
    return mask


def _suffix(number: int) -> str:
    return ".jpg" if number % 2 else ".png"


def _row(folder: Path, count: int) -> dict[str, Any]:
    draw(folder, count)
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "core", "convert", str(folder), str(folder / "out.json")],
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(_PROJECT)},
    )
    peaks: dict[int, float] = {}
    used: dict[int, float] = {}
    while process.poll() is None:
        for pid in [process.pid, *children(process.pid)]:
            peaks[pid] = max(peak(pid), peaks.get(pid, 0.0))
            used[pid] = max(_cpu_seconds(pid), used.get(pid, 0.0))
        time.sleep(0.02)
    seconds = time.perf_counter() - start
    if process.returncode:
        raise BoxscopeError(f"convert ended with code {process.returncode}", "bench masks")
    parent = peaks.pop(process.pid)
    return {
        "images": count,
        "seconds": seconds,
        "images_s": count / seconds,
        "cpu_ms_image": 1000 * sum(used.values()) / count,
        "load": os.getloadavg()[0],
        "parent_mb": parent,
        "worker_mb": max(peaks.values(), default=0.0),
        "out_mb": (folder / "out.json").stat().st_size / 1e6,
    }


def _cpu_seconds(pid: int) -> float:
    """Return the processor time of a process that may have ended meanwhile."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
