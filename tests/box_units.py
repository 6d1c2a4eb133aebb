"""Boxes of drawn walls in any unit, with what else a file may say of them."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from core.datasets.units.unit import Unit
from tests.walls import HEIGHT, WIDTH, A, B, C, record

# Three walls with all bars, and one with a bar in the lower right corner: as a set of cracks may be.
BARS = [[A, B, C], [B, C], [A, C], [[250, 200, 70, 40], [0, 0, 90, 20]]]


def in_unit(box: Iterable[float], unit: Unit, width: int = WIDTH, height: int = HEIGHT) -> list[float]:
    """Return a box x y w h in pixels written in another unit: the inverse of ``Unit.corners``."""
    x, y, w, h = box
    x0, y0, x1, y1 = x, y, x + w, y + h
    if unit.y_up:
        y0, y1 = height - y1, height - y0
    numbers = {
        "xywh": [x0, y1 if unit.y_up == "upper" else y0, w, h],
        "xyxy": [x0, y0, x1, y1],
        "cxcywh": [(x0 + x1) / 2, (y0 + y1) / 2, w, h],
        "yxyx": [y0, x0, y1, x1],
    }[unit.layout]
    scale = [width, height] if unit.layout != "yxyx" else [height, width]
    return (
        (np.array(numbers) / (scale * 2) * unit.full).tolist() if unit.full else [float(n) for n in numbers]
    )


def rectangle(box: Iterable[float]) -> list[list[float]]:
    """Return the polygon of a box."""
    x, y, w, h = box
    return [[x, y, x + w, y, x + w, y + h, x, y + h]]


def marked(
    unit: Unit, *, area: bool = False, polygon: bool = False, bars: list[list[list[int]]] = BARS
) -> tuple[list[Any], list[Any]]:
    """Return records of walls, and annotations with their bars in a unit; area and polygon are right."""
    images = [record(n, f"{n}.png") for n in range(1, len(bars) + 1)]
    annotations = [
        {
            "id": 10 * n + k,
            "image_id": n,
            "category_id": 1,
            "iscrowd": 0,
            "bbox": in_unit(bar, unit),
            **({"area": bar[2] * bar[3]} if area else {}),
            **({"segmentation": rectangle(bar)} if polygon else {}),
        }
        for n, objects in enumerate(bars, 1)
        for k, bar in enumerate(objects)
    ]
    return images, annotations
