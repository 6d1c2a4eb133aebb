"""Opening a COCO file of the size of COCO's training set, and what a user does with it afterwards.

The set is drawn: 118,000 images, 860,000 objects with polygons, 440 MB. Each opening is a process of its own,
turn by turn: without what was kept, with it, and with the plainest reader there is, ``json.load`` and nothing
more. Processor seconds are those of the process, the memory its peak.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from bench.timing import processor, table
from core.errors import BoxscopeError

IMAGES, OBJECTS = 118_000, 860_000
# Bodies of annotations that are drawn; each is used many times.
_SHAPES = 20_000

_OPEN = """
import json, resource, sys, time
from core.datasets import CocoDataset
start, cpu = time.perf_counter(), time.process_time()
{work}
wall, cpu = time.perf_counter() - start, time.process_time() - cpu
print(json.dumps([wall, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""
_OURS = "CocoDataset.open(sys.argv[1])"
_PLAIN = "json.load(open(sys.argv[1], encoding='utf-8'))"


def run(turns: int = 5, keep: str = "") -> dict[str, Any]:
    """Measure.

    Parameters
    ----------
    turns : int
        How often each is measured.
    keep : str
        Folder of the drawn set, made where it is missing; by default a temporary one.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(keep or temporary) / "big"
        annotations = folder / "annotations.json"
        if not annotations.exists():
            draw(folder)
        cache = Path(temporary) / "cache"
        ways = {"opened": _OURS, "opened again": _OURS, "json.load alone": _PLAIN}
        found: dict[str, list[list[float]]] = {name: [] for name in ways}
        for turn in range(turns):
            for name, work in ways.items():
                found[name].append(_opened(annotations, work, cache / str(turn)))
        rows = [
            {"": name, "seconds": wall, "cpu_seconds": cpu, "peak_MB": peak}
            for name, measured in found.items()
            for wall, cpu, peak in [np.median(measured, axis=0).tolist()]
        ]
        return {
            "processor": processor(),
            "load": os.getloadavg()[0],
            "MB": annotations.stat().st_size / 1e6,
            "rows": rows,
            "actions_ms": _actions(annotations),
        }


def text(result: dict[str, Any]) -> str:
    """The result as a person reads it."""
    actions = [{"": name, "ms": ms} for name, ms in result["actions_ms"].items()]
    return (
        f"{result['processor']}, load {result['load']:.1f}; {IMAGES:,} images, {OBJECTS:,} objects, "
        f"{result['MB']:.0f} MB\n\n{table(result['rows'])}\n\n{table(actions)}"
    )


def _opened(annotations: Path, work: str, cache: Path) -> list[float]:
    words = [sys.executable, "-c", _OPEN.format(work=work), str(annotations)]
    environment = {**os.environ, "BOXSCOPE_CACHE": str(cache), "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    measured: list[float] = json.loads(done.stdout)
    return measured


def _actions(annotations: Path) -> dict[str, float]:
    """Median milliseconds of what a search, an order and a filter of all images take in the core."""
    from core.datasets import CocoDataset
    from core.datasets.search import ImageFilter, find_images
    from core.evaluation.survey import CoverageSurvey, Criteria, coverages, order_worst_first, to_measure
    from core.pipeline import Setup

    dataset = CocoDataset.open(annotations)
    every = np.arange(len(dataset))
    survey = CoverageSurvey(_unmeasured)
    measured = to_measure(dataset, every)
    survey.measure(measured, seconds=60)
    actions: dict[str, Callable[[], object]] = {
        "search for a name": lambda: find_images(dataset, ImageFilter("77")),
        "worst first": lambda: order_worst_first(
            every, coverages(survey, dataset, every, Criteria(Setup()), len(measured))
        ),
        "images without objects": lambda: np.flatnonzero(dataset.surely_empty),
        "by number of objects": lambda: np.argsort(dataset.object_counts, kind="stable"),
    }
    return {name: median(_milliseconds(action) for _ in range(5)) for name, action in actions.items()}


def _unmeasured(index: int) -> Any:
    raise BoxscopeError("its picture is an empty file")


def _milliseconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1e3


def draw(folder: Path) -> None:
    """Write the set: the annotations, and an empty file in place of each picture."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    for number in range(IMAGES):
        (folder / f"images/{number:012d}.jpg").touch()
    rng = np.random.default_rng(0)
    bodies = [_body(rng, number) for number in range(_SHAPES)]
    shapes, images = (rng.integers(0, top, OBJECTS).tolist() for top in (_SHAPES, IMAGES))
    part = folder / "annotations.part"
    with part.open("w") as file:
        file.write('{"images": [')
        file.write(", ".join(map(_image, range(IMAGES))))
        file.write('], "annotations": [')
        pairs = enumerate(zip(shapes, images, strict=True), 1)
        file.write(", ".join(f'{{{bodies[s]}, "image_id": {i}, "id": {n}}}' for n, (s, i) in pairs))
        categories = ", ".join(f'{{"id": {n}, "name": "thing {n}"}}' for n in range(1, 81))
        file.write(f'], "categories": [{categories}]}}')
    part.replace(folder / "annotations.json")


def _image(number: int) -> str:
    name = f"{number:012d}.jpg"
    address = f"http://images.example.org/train/{name}"
    return (
        f'{{"license": 3, "file_name": "{name}", "coco_url": "{address}", "height": 480, "width": 640, '
        f'"date_captured": "2013-11-14 11:18:45", "id": {number}}}'
    )


def _body(rng: np.random.Generator, number: int) -> str:
    """Return an annotation without its ids: an ellipse of 8 to 34 points; one in a hundred a crowd."""
    width, height = rng.uniform(8, 300), rng.uniform(8, 220)
    corner = rng.uniform(0, 640 - width), rng.uniform(0, 480 - height)
    turns = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(8, 35))))
    unit = (1 + np.column_stack([np.cos(turns), np.sin(turns)])) / 2
    points = (corner + unit * (width, height)).round(2)
    (x0, y0), (x1, y1) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    segmentation: Any = [points.ravel().tolist()]
    crowd = number % 100 == 0
    if crowd:
        left, top, right, bottom = (round(side) for side in (x0, y0, x1 + 1, y1 + 1))
        runs = [480 * left + top]
        for _ in range(right - left):
            runs += [bottom - top, 480 - (bottom - top)]
        runs[-1] += 480 * 640 - sum(runs)
        segmentation = {"counts": runs, "size": [480, 640]}
    fields = {
        "segmentation": segmentation,
        "area": round((x1 - x0) * (y1 - y0) * 0.7, 4),
        "iscrowd": int(crowd),
        "bbox": [x0, y0, round(x1 - x0, 2), round(y1 - y0, 2)],
        "category_id": number % 80 + 1,
    }
    return json.dumps(fields)[1:-1]
