"""Times taken turn by turn, so that what else the machine does falls on all alike."""

import os
import platform
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any


def interleaved(runs: dict[str, Callable[[], Any]], repeats: dict[str, int]) -> dict[str, float]:
    """Median seconds of each run; each is called once before, unmeasured, then all in turn."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for name, run in runs.items():
        if repeats[name] > 1:
            run()
    for turn in range(max(repeats.values())):
        for name, run in runs.items():
            if turn < repeats[name]:
                start = time.perf_counter()
                run()
                times[name].append(time.perf_counter() - start)
    return {name: median(taken) for name, taken in times.items()}


def spread(times: Sequence[float]) -> dict[str, float]:
    """Median and slowest."""
    return {"median": median(times), "slowest": max(times)}


def processor() -> str:
    """Name the processor and count its cores."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.processor()}, {os.cpu_count()} cores"


def table(rows: list[dict[str, Any]]) -> str:
    """Rows of equal keys as lines of columns."""
    cells = [list(rows[0]), *([_shown(value) for value in row.values()] for row in rows)]
    widths = [max(len(line[n]) for line in cells) for n in range(len(cells[0]))]
    return "\n".join(
        "  ".join(text.rjust(width) for text, width in zip(line, widths, strict=True)) for line in cells
    )


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
    return str(value)
