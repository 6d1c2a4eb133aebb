"""COCO results: a JSON list of boxes, which pycocotools and FiftyOne read."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.boxes import Boxes
from core.export.results.base import ImageResults, ResultsFormat


class Coco(ResultsFormat):
    """A line for each box."""

    name: ClassVar[str] = "coco"
    summary: ClassVar[str] = "COCO results, a JSON list that pycocotools (loadRes) and FiftyOne read"

    def part(self, images: list[ImageResults], category: int) -> dict[str, Any]:
        """Return the entries as text."""
        lines = [
            json.dumps(entry)
            for image in images
            for number in image.ids
            for entry in entries(image.boxes, number, category, image.scores, image.categories)
        ]
        return {"text": ",\n".join(lines)}

    def write(self, path: Path, parts: Callable[[], Iterator[dict[str, Any]]]) -> None:
        """Write the entries of all parts as one list."""
        separator = "\n"
        with path.open("w") as file:
            file.write("[")
            for part in parts():
                if part["text"]:
                    file.write(separator + part["text"])
                    separator = ",\n"
            file.write("\n]\n")


def entries(
    boxes: Boxes,
    image_id: int,
    category: int,
    scores: NDArray[np.float64] | None = None,
    categories: NDArray[np.int64] | None = None,
) -> list[dict[str, Any]]:
    """Return the proposals of an image as entries of COCO results.

    Parameters
    ----------
    boxes : float32 (N, 4)
        Best first.
    image_id, category : int
    scores : float64 (N,), or None
        None for 1 / (1 + rank).
    categories : int64 (N,), or None
        None for `category`.
    """
    scores = 1 / (1 + np.arange(len(boxes))) if scores is None else scores
    of = [category] * len(boxes) if categories is None else categories.tolist()
    corners = np.asarray(boxes, dtype=np.float64)
    sizes = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
    return [
        {"image_id": image_id, "category_id": number, "bbox": box, "score": score}
        for number, box, score in zip(of, sizes.tolist(), scores.tolist(), strict=True)
    ]
