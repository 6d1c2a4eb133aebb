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


def precision(images: Sequence[tuple[Boxes, np.ndarray, np.ndarray, Truth]], by_category: bool) -> np.ndarray:
    """Return pycocotools' average precision of boxes, scores and categories: float64 (10,), NaN for none."""
    document = _document([(boxes, truth) for boxes, _, _, truth in images])
    categories = np.concatenate([truth.category for *_, truth in images]).tolist()
    for annotation, category in zip(document["annotations"], categories, strict=True):
        annotation["category_id"] = category
    document["categories"] = [{"id": number, "name": str(number)} for number in (1, 2, 3)]
    found = [
        {"image_id": number, "category_id": category, "bbox": box, "score": score}
        for number, (boxes, scores, of, _) in enumerate(images, 1)
        for box, score, category in zip(_corner_and_size(boxes), scores.tolist(), of.tolist(), strict=True)
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        truth = PlainCOCO()
        truth.dataset = document
        truth.createIndex()
        measured = COCOeval(truth, truth.loadRes(found), iouType="bbox")
        measured.params.useCats = int(by_category)
        measured.evaluate()
        measured.accumulate()
    values = measured.eval["precision"][:, :, :, 0, 2]  # (10, 101, categories)
    return np.array([row[row > -1].mean() if (row > -1).any() else np.nan for row in values])
