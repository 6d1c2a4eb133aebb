"""Our selective search beside OpenCV's: time, boxes, stages, and how both grow with the picture."""

import os
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from bench import growth
from bench.timing import interleaved, processor, table
from core import images
from core.datasets import CocoDataset, make_sample
from core.errors import BoxscopeError
from core.evaluation import best_overlap
from core.pipeline import Setup, process_image
from core.proposers import OpenCVSelectiveSearch, SelectiveSearch
from core.proposers.selective_search import colour_images, use_threads

# Where the ratios of the table are taken: OpenCV takes a second or more an image here.
MEGAPIXELS = (0.15, 0.3)
REPEATS = 5


def run(limit: int = 6, mode: str = "fast", curve: bool = True, opencv_up_to: float = 1.0) -> dict[str, Any]:
    """Measure.

    Parameters
    ----------
    limit : int
        Pictures of each source: the sample set, and the real ones where BOXSCOPE_DATA names them.
    mode : str
        See :class:`core.proposers.SelectiveSearch`.
    curve : bool
        Measure the growth with the size too, up to 12 megapixels.
    opencv_up_to : float
        Megapixels that OpenCV is measured at: at 4 it takes minutes.
    """
    compiling = _compile(mode)
    rows = [_row(name, image, mode) for name, image in _pictures(limit)]
    result: dict[str, Any] = {
        "processor": processor(),
        "mode": mode,
        "seconds_until_first_boxes": compiling,
        "pictures": rows,
        "medians": {key: statistics.median(row[key] for row in rows) for key in rows[0] if key != "picture"},
        "stages_ms": _stages(mode, limit),
        "images_at_once": _at_once(mode, limit),
        "recall": _recall(mode),
    }
    if curve:
        pictures = [image for _, image in _pictures(limit)]
        result["curves"] = growth.curves(mode, pictures, opencv_up_to)
    return result


def text(result: dict[str, Any]) -> str:
    """The result as a person reads it."""
    medians = "  ".join(f"{name} {value:.3g}" for name, value in result["medians"].items())
    stages = "\n".join(f"  {name:<22}{ms:7.2f} ms" for name, ms in result["stages_ms"].items())
    parts = [
        f"{result['processor']}, mode {result['mode']}",
        f"first boxes after {result['seconds_until_first_boxes']:.1f} s (imports and compiled code included)",
        table(result["pictures"]),
        f"medians: {medians}",
        f"stages, direct gradients, one thread:\n{stages}",
        f"pictures one after the other over as many at once on two threads: {result['images_at_once']:.2f}",
    ]
    if result["recall"]:
        parts.append(table(result["recall"]))
    parts += [f"{name}:\n{table(rows)}" for name, rows in result.get("curves", {}).items()]
    return "\n\n".join(parts)


def _compile(mode: str) -> float:
    start = time.perf_counter()
    for gradients in ("direct", "opencv"):
        SelectiveSearch(mode, gradients=gradients).propose(np.zeros((16, 16, 3), np.uint8))
    return time.perf_counter() - start


def _row(name: str, image: images.Image, mode: str) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def searching(proposer: Any, threads: int, key: str) -> Any:
        def search() -> None:
            use_threads(threads)
            found[key] = proposer.propose(image).boxes

        return search

    runs = {
        "opencv": searching(OpenCVSelectiveSearch(mode, whole_image=True), 1, "opencv"),
        "direct": searching(SelectiveSearch(mode), 1, "direct"),
        "rotated": searching(SelectiveSearch(mode, gradients="opencv"), 1, "rotated"),
        "two": searching(SelectiveSearch(mode), 2, "two"),
    }
    times = interleaved(
        runs, {"opencv": 1 if mode == "quality" else 3, "direct": REPEATS, "rotated": REPEATS, "two": REPEATS}
    )
    theirs, ours = _as_set(found["opencv"]), _as_set(found["rotated"])
    return {
        "picture": name,
        "megapixels": image.shape[0] * image.shape[1] / 1e6,
        "boxes": len(theirs),
        "equal_%": 100 * len(theirs & ours) / max(len(theirs), 1),
        "opencv_ms": times["opencv"] * 1e3,
        "direct_ms": times["direct"] * 1e3,
        "rotated_ms": times["rotated"] * 1e3,
        "direct_x": times["opencv"] / times["direct"],
        "rotated_x": times["opencv"] / times["rotated"],
        "two_threads_x": times["direct"] / times["two"],
    }


def _stages(mode: str, limit: int) -> dict[str, float]:
    """Median milliseconds of each stage over the pictures; the floor is edges, sort and union-find."""
    from core.proposers.selective_search.hierarchy import groupings

    settings = SelectiveSearch(mode).settings()
    totals: dict[str, list[float]] = {}
    for _, image in _pictures(limit):
        spent: dict[str, float] = {}
        last = time.perf_counter()

        def lap(stage: str) -> None:
            nonlocal last
            now = time.perf_counter()
            spent[stage] = spent.get(stage, 0.0) + (now - last) * 1e3  # noqa: B023
            last = now

        for turn in range(REPEATS):
            spent.clear()
            for colours in colour_images(image, mode, like_opencv=False):
                last = time.perf_counter()
                groupings(colours, settings, lap)
            for stage, ms in spent.items() if turn else ():
                totals.setdefault(stage, []).append(ms)
    medians = {stage: statistics.median(ms) for stage, ms in totals.items()}
    floor = sum(ms for stage, ms in medians.items() if stage in ("edges", "sort") or "union-find" in stage)
    total = sum(medians.values())
    return {**medians, "total": total, "floor": floor, "total_over_floor": total / floor}


def _at_once(mode: str, limit: int) -> float:
    """How much sooner the pictures are done when two threads take them, each picture on one."""
    pictures = [image for _, image in _pictures(limit)]
    use_threads(1)
    search = SelectiveSearch(mode)
    with ThreadPoolExecutor(2) as pool:
        runs = {
            "one": lambda: [search.propose(image) for image in pictures],
            "two": lambda: list(pool.map(search.propose, pictures)),
        }
        times = interleaved(runs, dict.fromkeys(runs, REPEATS))
    return times["one"] / times["two"]


def _recall(mode: str) -> list[dict[str, Any]]:
    """Recall at .5 and mean best IoU of all boxes, with OpenCV's derivatives and with ours."""
    data, rows = os.environ.get("BOXSCOPE_DATA"), []
    for name in ("crackforest", "kangaroo") if data else ():
        dataset = CocoDataset.open(Path(data or "") / name / "annotations.json")
        for gradients in ("opencv", "direct"):
            overlaps = _best_overlaps(dataset, Setup(SelectiveSearch(mode, gradients=gradients)))
            rows.append(
                {
                    "data": name,
                    "gradients": gradients,
                    "objects": len(overlaps),
                    "recall_at_.5": float((overlaps >= 0.5).mean()),
                    "mean_best_iou": float(overlaps.mean()),
                }
            )
    return rows


def _best_overlaps(dataset: CocoDataset, setup: Setup) -> np.ndarray:
    found = []
    for index in range(len(dataset)):
        try:
            boxes = process_image(setup, dataset, index)[1].boxes
        except BoxscopeError:  # a broken picture: one of the set's 34 kangaroos
            continue
        found.append(best_overlap(boxes, dataset.truth(index)).iou)
    return np.concatenate(found)


def _pictures(limit: int) -> list[tuple[str, images.Image]]:
    """Real pictures where there are any, and sample ones, all brought into the range of sizes."""
    found: list[tuple[str, images.Image]] = []
    with tempfile.TemporaryDirectory() as folder:
        make_sample(Path(folder), images=limit, width=600, height=400)
        paths = sorted(Path(folder).glob("*/images/*.jpg"))[:limit]
        data = os.environ.get("BOXSCOPE_DATA")
        for name in ("crackforest", "kangaroo"):
            paths += sorted((Path(data) / name / "images").glob("*"))[:limit] if data else []
        for path in paths:
            found.append((path.stem, _in_range(images.read(path))))
    return found


def _in_range(image: images.Image) -> images.Image:
    megapixels = image.shape[0] * image.shape[1] / 1e6
    wanted = min(max(megapixels, MEGAPIXELS[0]), MEGAPIXELS[1])
    if wanted == megapixels:
        return image
    factor = (wanted / megapixels) ** 0.5
    return cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)


def _as_set(boxes: np.ndarray) -> set[tuple[float, ...]]:
    return {tuple(box) for box in boxes.tolist()}
