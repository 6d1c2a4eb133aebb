"""Slow, obvious twins of what the core does fast."""

from collections import deque
from fractions import Fraction
from itertools import product

import numpy as np


def iou(a, b) -> Fraction:
    """Intersection over union of two boxes, exactly."""
    a, b = [Fraction(float(v)) for v in a], [Fraction(float(v)) for v in b]
    shared = max(min(a[2], b[2]) - max(a[0], b[0]), 0) * max(min(a[3], b[3]) - max(a[1], b[1]), 0)
    union = area(a) + area(b) - shared
    return Fraction(shared) / union if union else Fraction(0)


def share(box, other) -> Fraction:
    """Intersection over the first box's own area, exactly."""
    return shared_area([Fraction(float(v)) for v in box], [Fraction(float(v)) for v in other]) / area(box)


def area(box) -> Fraction:
    x0, y0, x1, y1 = (Fraction(float(v)) for v in box)
    return max(x1 - x0, Fraction(0)) * max(y1 - y0, Fraction(0))


def nms(boxes, threshold: Fraction) -> list[int]:
    """Keep each box unless one kept before overlaps it by more than the threshold."""
    kept: list[int] = []
    for n, box in enumerate(boxes):
        if all(iou(box, boxes[k]) <= threshold for k in kept):
            kept.append(n)
    return kept


def unique(boxes) -> list[list[float]]:
    seen: list[list[float]] = []
    for box in boxes.tolist():
        if box not in seen:
            seen.append(box)
    return seen


def labels(boxes, objects, crowds, threshold: Fraction, inclusive: bool):
    """Return (IoU, row of the object or -1, kind) of each proposal; `objects` are (row, box) pairs."""
    found = []
    for box in boxes:
        best, match = Fraction(0), -1
        for row, other in objects:
            if iou(box, other) > best:
                best, match = iou(box, other), row
        if best > threshold or (inclusive and best == threshold):
            kind = 1
        else:
            covered = any(2 * shared_area(box, crowd) >= area(box) for crowd in crowds)
            kind = -1 if covered else 0
        found.append((best, match, kind))
    return found


def shared_area(a, b) -> Fraction:
    x0, y0, x1, y1 = max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])
    return area((x0, y0, x1, y1))


def grey(picture) -> np.ndarray:
    """Luma of an RGB picture (ITU-R BT.601), in the fixed point that OpenCV calculates with."""
    weighed = picture.astype(np.int64) @ [9798, 19235, 3735]
    return (weighed + (1 << 14)) >> 15


def adaptive_regions(picture, offsets=(40, 80, 120), min_area=250, kernel=(5, 5)) -> list[tuple[int, ...]]:
    """Cut above and below the mean, close, and bound the components of at least `min_area` pixels."""
    levels = grey(picture)
    mean = levels.mean()
    masks = [levels > mean + offset for offset in offsets if mean + offset < 255]
    masks += [levels <= mean - offset for offset in offsets if mean - offset > 0]
    found = []
    for mask in masks:
        found += [box for box, size in components(closing(mask, *kernel)) if size >= min_area]
    return list(dict.fromkeys(found))


def closing(mask, width: int, height: int) -> np.ndarray:
    """Fill what no rectangle of this odd size, its middle in the picture, covers beside the mask."""
    left, top = width // 2, height // 2
    rows, columns = mask.shape
    free = ~np.pad(mask, ((top, top), (left, left)))
    fits = np.ones_like(mask)
    for dy, dx in product(range(height), range(width)):
        fits &= free[dy : dy + rows, dx : dx + columns]
    padded = np.pad(fits, ((top, top), (left, left)))
    reached = np.zeros_like(mask)
    for dy, dx in product(range(height), range(width)):
        reached |= padded[dy : dy + rows, dx : dx + columns]
    return ~reached


def components(mask) -> list[tuple[tuple[int, ...], int]]:
    """Bound each connected component (8 neighbours), and count its pixels."""
    left = {(int(y), int(x)) for y, x in zip(*np.nonzero(mask), strict=True)}
    found = []
    for seed in sorted(left):
        if seed not in left:
            continue
        left.remove(seed)
        queue, pixels = deque([seed]), []
        while queue:
            y, x = queue.popleft()
            pixels.append((x, y))
            for near in product((y - 1, y, y + 1), (x - 1, x, x + 1)):
                if near in left:
                    left.remove(near)
                    queue.append(near)
        xs, ys = zip(*pixels, strict=True)
        found.append(((min(xs), min(ys), max(xs) + 1, max(ys) + 1), len(pixels)))
    return found
