"""Whole exports, from the annotations to the last file, beside the article's loop with OpenCV's search.

Wall clock, images a second. The loop is one process, as the article has it, with all the threads that torch
and OpenCV take; ours starts its worker processes anew each time. Both write into memory where the system has
a place for that. The loop is slow: it gets fewer images, all with objects.
"""

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import torch

from bench.article import EXACT, FAST, SETUP, article, datasets, with_objects
from core.datasets import CocoDataset
from core.executors import local
from core.export import DatasetKind, ExportConfig, run
from core.pipeline import Setup, propose
from core.proposers import AdaptiveThreshold, OpenCVSelectiveSearch
from core.sampling import Sampling

REPEATS = 3
WORKERS = 2
LOOP = Setup(OpenCVSelectiveSearch("fast", whole_image=False), order="area")


def measure(limit: int = 6) -> list[dict[str, Any]]:
    """Measure every data set.

    Parameters
    ----------
    limit : int
        Images that the loop gets.
    """
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        return [
            {"pictures": name, **_row(dataset, limit, Path(folder) / "out")}
            for name, dataset in datasets(Path(folder) / "sets", count=400)
        ]


def _row(dataset: CocoDataset, limit: int, out: Path) -> dict[str, Any]:
    runs: dict[str, tuple[int, Callable[[], None]]] = {
        "loop": (limit, lambda: _loop(dataset, limit, out)),
        "exact": (len(dataset), lambda: _export(dataset, EXACT, out)),
        "fast": (len(dataset), lambda: _export(dataset, FAST, out)),
        "one_worker": (len(dataset), lambda: _export(dataset, EXACT, out, workers=1)),
        "manifest": (len(dataset), lambda: _manifest(dataset, out)),
    }
    rates: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(REPEATS):
        for name, (images, call) in runs.items():
            shutil.rmtree(out, ignore_errors=True)
            start = time.perf_counter()
            call()
            rates[name].append(images / (time.perf_counter() - start))
    rate = {name: statistics.median(found) for name, found in rates.items()}
    return {
        **{f"{name}_per_s": value for name, value in rate.items()},
        "exact_x": rate["exact"] / rate["loop"],
        "fast_x": rate["fast"] / rate["loop"],
        "two_workers_x": rate["exact"] / rate["one_worker"],
    }


def _loop(dataset: CocoDataset, limit: int, out: Path) -> None:
    threads = cv2.getNumThreads()
    cv2.setNumThreads(-1)
    torch.set_num_threads(os.cpu_count() or 1)
    for index in with_objects(dataset, limit):
        image = dataset.read(index)
        article(image, propose(LOOP, image)[0].boxes, dataset.truth(index), out, dataset.file_names[index])
    cv2.setNumThreads(threads)


def _export(dataset: CocoDataset, sampling: Sampling, out: Path, workers: int = WORKERS) -> None:
    config = ExportConfig(dataset, DatasetKind.TRAIN, SETUP, sampling)
    with local(workers) as executor:
        for _ in run(config, out, executor, workers):
            pass


def _manifest(dataset: CocoDataset, out: Path) -> None:
    config = ExportConfig(
        dataset, DatasetKind.TRAIN, Setup(AdaptiveThreshold(offsets=(40, 80, 120))), format="manifest"
    )
    with local(WORKERS) as executor:
        for _ in run(config, out, executor, WORKERS):
            pass
