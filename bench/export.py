"""Everything an export does after the proposals, beside the article's loop put right.

The loop, see ``bench.article``, is taken as it is and with torch kept to one thread. Ours are the functions
that the export calls, down to the files. Both get the same decoded pictures and the same proposals and write
the same crops, each time into a new folder, in memory where the system has a place for that: no disk is
measured. Time is that of the processor, over all threads. For whole exports see ``bench.export_whole``.
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
import numpy as np
import torch
from numpy.typing import NDArray

from bench import export_whole
from bench.article import EXACT, FAST, SETUP, article, datasets, with_objects
from bench.timing import processor, table
from core import images
from core.boxes import Boxes
from core.cutting import Cutter, resized
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.export import ExportFolder, manifest
from core.export.decision import decide
from core.export.formats import FORMATS
from core.export.shard import Decided, image_crops
from core.labelling import label
from core.pipeline import Proposals, propose
from core.sampling import Sampling
from core.truth import Truth

REPEATS = 5
Found = list[tuple[int, images.Image, Boxes, Truth]]


def run(limit: int = 6, whole: bool = True) -> dict[str, Any]:
    """Measure.

    Parameters
    ----------
    limit : int
        Pictures of each source: the sample set, and CrackForest where BOXSCOPE_DATA names the real ones.
    whole : bool
        Measure whole exports too, see ``bench.export_whole``.
    """
    cv2.setNumThreads(1)  # as in the workers
    threads = torch.get_num_threads()
    rows, stages = [], {}
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        for name, dataset in datasets(Path(folder) / "sets"):
            found = _proposed(dataset, limit)
            rows.append({"pictures": name, **_row(dataset, found, Path(folder), threads)})
            stages[name] = _stages(dataset, found, Path(folder))
    return {
        "processor": processor(),
        "torch_threads": threads,
        "cpu": rows,
        "stages_us_a_crop": stages,
        "whole": export_whole.measure(limit) if whole else [],
    }


def text(result: dict[str, Any]) -> str:
    """The result as a person reads it."""
    parts = [
        f"{result['processor']}, torch takes {result['torch_threads']} threads",
        "CPU milliseconds a picture after the proposals; x: times less than the loop",
        table(result["cpu"]),
    ]
    for name, stages in result["stages_us_a_crop"].items():
        lines = "\n".join(f"  {stage:<22}{us:7.1f}" for stage, us in stages.items())
        parts.append(f"{name}, microseconds a crop:\n{lines}")
    if result["whole"]:
        parts.append("whole exports, images a second; x: times the loop\n" + table(result["whole"]))
    return "\n\n".join(parts)


def _proposed(dataset: CocoDataset, limit: int) -> Found:
    found: Found = []
    for index in with_objects(dataset, limit):
        image = dataset.read(index)
        found.append((index, image, propose(SETUP, image)[0].boxes, dataset.truth(index)))
    return found


def _row(dataset: CocoDataset, found: Found, folder: Path, threads: int) -> dict[str, Any]:
    def looped(count: int, out: str) -> Callable[[], object]:
        def loop() -> None:
            torch.set_num_threads(count)
            shutil.rmtree(folder / out, ignore_errors=True)
            for index, image, boxes, truth in found:
                article(image, boxes, truth, folder / out, dataset.file_names[index])

        return loop

    times = _cpu(
        {
            "loop": looped(threads, "loop"),
            "one": looped(1, "one"),
            "exact": lambda: _ours(dataset, found, EXACT, folder / "exact"),
            "fast": lambda: _ours(dataset, found, FAST, folder / "fast"),
        }
    )
    theirs, ours = _files(folder / "one"), _files(folder / "exact" / "crops")
    if theirs != ours:
        raise BoxscopeError(
            f"{len(theirs.keys() ^ ours.keys())} crops have other names or bytes", "bench export"
        )
    ms = {name: seconds / len(found) * 1e3 for name, seconds in times.items()}
    row: dict[str, Any] = {"crops": len(ours) / len(found), "loop_ms": ms["loop"], "one_thread_ms": ms["one"]}
    for name in ("exact", "fast"):
        row |= {f"{name}_ms": ms[name], f"{name}_x": ms["loop"] / ms[name]}
        row[f"{name}_x_one"] = ms["one"] / ms[name]
    return row


def _cpu(runs: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Median processor seconds of each run, taken in turn after one turn that does not count."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(REPEATS + 1):
        for name, call in runs.items():
            start = time.process_time()
            call()
            if turn:
                times[name].append(time.process_time() - start)
    return {name: statistics.median(taken) for name, taken in times.items()}


def _ours(dataset: CocoDataset, found: Found, sampling: Sampling, out: Path) -> None:
    shutil.rmtree(out, ignore_errors=True)
    folder = ExportFolder(out)
    folder.work.mkdir(parents=True)
    form = FORMATS["files"]
    rows: list[dict[str, Any]] = []
    with form.writer(folder.path, folder.work, 0) as writer:
        for index, image, boxes, truth in found:
            decided = _decided(dataset, index, image, boxes, truth, sampling)
            stem = dataset.file_names[index].rsplit(".", 1)[0]
            for crop in image_crops(decided, SETUP, sampling, dataset, index, stem):
                rows.append({**crop.row, **writer.add(crop)})
        writer.finish()
    manifest.write_part(folder.parts.path(0), rows, manifest.schema(form.columns), {})


def _decided(
    dataset: CocoDataset, index: int, image: images.Image, boxes: Boxes, truth: Truth, sampling: Sampling
) -> Decided:
    proposals = Proposals(boxes, label(boxes, truth, SETUP.rule), 0.0)
    image_id = int(dataset.image_ids[index])
    size = image.shape[1], image.shape[0]
    return Decided(image, truth, decide(proposals, truth, SETUP.rule, sampling, image_id, size))


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*.jpg")}


def _corners(box: NDArray[np.float32]) -> tuple[int, int, int, int]:
    x0, y0, x1, y1 = map(int, box)
    return x0, y0, x1, y1


def _stages(dataset: CocoDataset, found: Found, folder: Path) -> dict[str, float]:
    """Microseconds a crop of each part; encoding includes the call of the cutter around it."""
    decided = [_decided(dataset, *of_one, EXACT) for of_one in found]
    chosen = [own.decision.boxes.boxes[own.decision.written] for own in decided]
    parts = [
        (Cutter(own.image, EXACT.cut).picture, [_corners(box) for box in boxes])
        for own, boxes in zip(decided, chosen, strict=True)
    ]
    cut = [[resized(picture, part, EXACT.cut) for part in some] for picture, some in parts]
    quality = [cv2.IMWRITE_JPEG_QUALITY, EXACT.cut.quality]
    data = [cv2.imencode(".jpg", crop, quality)[1].tobytes() for some in cut for crop in some]

    def write() -> None:
        shutil.rmtree(folder / "write", ignore_errors=True)
        (folder / "write").mkdir()
        for number, bytes_of_one in enumerate(data):
            (folder / "write" / f"{number}.jpg").write_bytes(bytes_of_one)

    def all_of(sampling: Sampling) -> Callable[[], object]:
        def each() -> None:  # kept, crops would take new memory each time
            for picture, some in parts:
                for part in some:
                    resized(picture, part, sampling.cut)

        return each

    runs: dict[str, Callable[[], object]] = {
        "label and choose": lambda: [_decided(dataset, *of_one, EXACT) for of_one in found],
        "cut and resize, exact": all_of(EXACT),
        "cut and resize, fast": all_of(FAST),
        "encode": lambda: [cv2.imencode(".jpg", crop, quality) for some in cut for crop in some],
        "write": write,
    }
    return {name: seconds / len(data) * 1e6 for name, seconds in _cpu(runs).items()}
