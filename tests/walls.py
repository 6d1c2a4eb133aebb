"""Grey walls with dark bars: each bar is an object, so that the pixels say which label of a crop is right."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from PIL import Image as PILImage

from core.datasets import CocoDataset
from core.export import Progress
from core.labelling import LabelRule
from core.pipeline import Setup
from core.proposers import AdaptiveThreshold
from core.sampling import Sampling
from tests.drawn import coco, slab, write
from tests.small import config, export

SIZE = WIDTH, HEIGHT = 320, 240
# Bars as x y width height.
A, B, C = [20, 30, 120, 40], [180, 140, 100, 60], [40, 180, 200, 30]

# Positives are proposals and the objects themselves, as in the preset for classifiers.
WITH_OBJECTS = Sampling(truth_boxes=True)


def wall(*bars: list[int]) -> np.ndarray:
    """Draw a wall with some bars: uint8 (H, W, 3)."""
    return slab(WIDTH, HEIGHT, *((x, y, x + w, y + h) for x, y, w, h in bars))


def box(number: Any, image_id: Any, bbox: Any = A, **more: Any) -> dict[str, Any]:
    """Return an annotation."""
    return {"id": number, "image_id": image_id, "category_id": 1, "bbox": bbox, "iscrowd": 0, **more}


def record(number: Any, name: str, **more: Any) -> dict[str, Any]:
    """Return the record of an image."""
    return {"id": number, "file_name": name, "width": WIDTH, "height": HEIGHT, **more}


def walls(
    folder: Path, pictures: Mapping[str, list[list[int]]], images: list[Any], annotations: list[Any]
) -> CocoDataset:
    """Write walls by name with their bars, and an annotation file beside them; open it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, bars in pictures.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        PILImage.fromarray(wall(*bars)).save(folder / name)
    return CocoDataset.open(write(coco(images, annotations), folder / "annotations.json"), folder)


def exported(dataset: CocoDataset, out: Path, **rest: Any) -> tuple[Progress, list[dict[str, Any]]]:
    """Export a set of walls; return the last progress and the rows of the manifest."""
    setup = Setup(AdaptiveThreshold(offsets=(40, 80, 120)), rule=LabelRule())
    done = export(config(dataset, setup, WITH_OBJECTS, format="manifest"), out, **rest)
    return done, pq.read_table(out / "train" / "manifest.parquet").to_pylist()


def darkness(dataset: CocoDataset, row: dict[str, Any]) -> float:
    """Return the share of a crop that is dark: 1 on a bar, 0 on plain wall."""
    picture = np.asarray(PILImage.open(dataset.images_dir / row["file_name"]).convert("L"))
    x0, y0, x1, y1 = (round(row[side]) for side in ("x0", "y0", "x1", "y1"))
    return float((picture[y0:y1, x0:x1] < 120).mean())


def wrong(dataset: CocoDataset, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the crops whose pixels deny their label: a bar as negative, plain wall as positive."""
    return [row for row in rows if darkness(dataset, row) > 0.9 and not row["label"]] + [
        row for row in rows if darkness(dataset, row) < 0.5 and row["label"]
    ]


def summary(out: Path) -> dict[str, Any]:
    """Return the summary of an export."""
    return json.loads((out / "train" / "export.json").read_text())
