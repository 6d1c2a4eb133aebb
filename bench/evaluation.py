"""Matching of proposals with objects beside COCO's tools: the same recall, and how long each takes.

Drawn boxes: 1,000 images of 1,000 proposals and 3 objects, at COCO's ten thresholds and 1 to 1,000
proposals an image; ours gives the recall at every number at once. What the tools need to read the boxes
is not counted, nor is the compiling of ours; for the tools it is ``evaluate`` and ``accumulate``. hotcoco
takes all cores, the others one.
"""

import contextlib
import importlib
import importlib.util
import io
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from bench.timing import interleaved, processor, table
from core.boxes import Boxes
from core.evaluation.evaluation import COCO_THRESHOLDS
from core.evaluation.matching import Sides, coco_ranks, warm

IMAGES, PROPOSALS, OBJECTS = 1000, 1000, 3
BUDGETS = (1, 10, 100, 1000)
TOOLS = {
    "pycocotools": ("pycocotools.coco", "pycocotools.cocoeval", "COCOeval"),
    "faster-coco-eval": ("faster_coco_eval", "faster_coco_eval", "COCOeval_faster"),
    "hotcoco": ("hotcoco", "hotcoco", "COCOeval"),
}


def run(repeats: int = 5) -> dict[str, Any]:
    """Measure; a tool that is not installed is left out.

    Parameters
    ----------
    repeats : int
        Of all but pycocotools, which takes some 12 s and runs once.
    """
    warm()
    rng = np.random.default_rng(0)
    boxes = [_boxes(rng, PROPOSALS) for _ in range(IMAGES)]
    objects = [_boxes(rng, OBJECTS) for _ in range(IMAGES)]
    sides = Sides.of(boxes, objects)
    runs: dict[str, Callable[[], Any]] = {"boxscope": lambda: coco_ranks(sides, COCO_THRESHOLDS)}
    ranks = coco_ranks(sides, COCO_THRESHOLDS)
    ours = np.stack([(ranks < budget).mean(axis=1) for budget in BUDGETS], axis=1)
    differences = {"boxscope": 0.0}
    for name in TOOLS:
        if importlib.util.find_spec(TOOLS[name][0].partition(".")[0]):
            tool = _tool(name, boxes, objects)
            runs[name] = tool
            differences[name] = float(np.abs(tool() - ours).max())
    seconds = interleaved(runs, {name: 1 if name == "pycocotools" else repeats for name in runs})
    rows = [
        {
            "tool": name,
            "ms": 1000 * seconds[name],
            "times ours": seconds[name] / seconds["boxscope"],
            "largest difference": differences[name],
        }
        for name in runs
    ]
    return {"processor": processor(), "load": os.getloadavg()[0], "rows": rows}


def text(result: dict[str, Any]) -> str:
    """The result as a person reads it."""
    size = f"{IMAGES:,} images of {PROPOSALS:,} proposals and {OBJECTS} objects"
    return f"{result['processor']}, load {result['load']:.1f}; {size}\n\n{table(result['rows'])}"


def _boxes(rng: np.random.Generator, count: int) -> Boxes:
    corner, size = rng.uniform(0, 400, (count, 2)), rng.uniform(5, 200, (count, 2))
    return np.concatenate([corner, corner + size], axis=1).astype(np.float32)


def _tool(name: str, boxes: list[Boxes], objects: list[Boxes]) -> Callable[[], Any]:
    """Return a function that returns the recall by one of COCO's tools: (thresholds, budgets)."""
    documents, evaluations, evaluator = TOOLS[name]
    coco = importlib.import_module(documents).COCO
    with contextlib.redirect_stdout(io.StringIO()):
        if name == "hotcoco":
            truth = coco(_document(objects))
        else:
            truth = coco()
            truth.dataset = _document(objects)
            truth.createIndex()
        results = truth.loadRes(_results(boxes))

    def evaluate() -> Any:
        with contextlib.redirect_stdout(io.StringIO()):
            tool = getattr(importlib.import_module(evaluations), evaluator)(truth, results, iouType="bbox")
            tool.params.useCats, tool.params.maxDets = False, list(BUDGETS)
            tool.params.areaRng, tool.params.areaRngLbl = [[0, 1e10]], ["all"]
            tool.evaluate()
            tool.accumulate()
        return np.asarray(tool.eval["recall"])[:, 0, 0, :]

    return evaluate


def _document(objects: list[Boxes]) -> dict[str, Any]:
    entries = _entries(objects)
    return {
        "images": [{"id": number, "width": 600, "height": 600} for number in range(1, len(objects) + 1)],
        "annotations": [
            {**entry, "id": number, "area": entry["bbox"][2] * entry["bbox"][3], "iscrowd": 0}
            for number, entry in enumerate(entries, 1)
        ],
        "categories": [{"id": 1, "name": "any"}],
        "info": {},
    }


def _results(boxes: list[Boxes]) -> list[dict[str, Any]]:
    return [{**entry, "score": float(-rank)} for rank, entry in enumerate(_entries(boxes))]


def _entries(parts: list[Boxes]) -> list[dict[str, Any]]:
    return [
        {"image_id": number, "category_id": 1, "bbox": [x0, y0, x1 - x0, y1 - y0]}
        for number, part in enumerate(parts, 1)
        for x0, y0, x1, y1 in part.astype(np.float64).tolist()
    ]
