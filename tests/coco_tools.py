"""Recall by COCO's own tools, for comparison."""

import contextlib
import io
from collections.abc import Sequence

import numpy as np
from faster_coco_eval import COCO, COCOeval_faster
from pycocotools.coco import COCO as PlainCOCO
from pycocotools.cocoeval import COCOeval

from core.boxes import Boxes
from core.truth import Truth

BUDGETS = (1, 10, 100, 1000)
TOOLS = {"pycocotools": (PlainCOCO, COCOeval), "faster-coco-eval": (COCO, COCOeval_faster)}

Images = Sequence[tuple[Boxes, Truth]]


def recall(images: Images, tool: str) -> np.ndarray:
    """Return the recall of proposals, best first: float64 (10 thresholds, budgets)."""
    kind, evaluator = TOOLS[tool]
    with contextlib.redirect_stdout(io.StringIO()):
        document = kind()
        document.dataset = _document(images)
        document.createIndex()
        measured = evaluator(document, document.loadRes(_results(images)), iouType="bbox")
        measured.params.useCats, measured.params.maxDets = 0, list(BUDGETS)
        measured.evaluate()
        measured.accumulate()
    return measured.eval["recall"][:, 0, 0, :]


def _document(images: Images) -> dict:
    annotations = [
        {"image_id": number, "category_id": 1, "bbox": box, "area": box[2] * box[3], "iscrowd": int(crowd)}
        for number, (_, truth) in enumerate(images, 1)
        for box, crowd in zip(_corner_and_size(truth.boxes), truth.crowd.tolist(), strict=True)
    ]
    return {
        "images": [{"id": number, "width": 1, "height": 1} for number in range(1, len(images) + 1)],
        "annotations": [{"id": number, **each} for number, each in enumerate(annotations, 1)],
        "categories": [{"id": 1, "name": "any"}],
        "info": {},
    }


def _results(images: Images) -> list[dict]:
    """Return the proposals with scores that fall with the rank: of equal scores the order is not certain."""
    return [
        {"image_id": number, "category_id": 1, "bbox": box, "score": float(len(boxes) - rank)}
        for number, (boxes, _) in enumerate(images, 1)
        for rank, box in enumerate(_corner_and_size(boxes))
    ]


def _corner_and_size(boxes: Boxes) -> list[list[float]]:
    corners = boxes.astype(np.float64)
    return np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1).tolist()
