"""The choice of boxes that cover the objects of a training split best, one after the other."""

import heapq

import numpy as np
from numpy.typing import NDArray

from core import boxes as bx
from core.proposers.learned_boxes.file import MOST_BOXES

Shares = NDArray[np.float64]
"""Boxes as shares of the width and height of their image: float64 (N, 4)."""

# Objects that are covered at most, and boxes that are chosen from: their overlaps then take 64 MB.
_MOST_OBJECTS, _MOST_CANDIDATES = 4000, 4000

# Copies of an object's box among the candidates, moved and resized by about this share of its sides.
_COPIES, _SPREAD = 4, 0.1


def covering(objects: Shares, seed: int = 0) -> Shares:
    """Return boxes that cover objects, the most useful first, ``MOST_BOXES`` at most.

    Parameters
    ----------
    objects : float64 (O, 4)
    seed : int
        Of the candidates.
    """
    rng = np.random.default_rng(seed)
    wanted = _some(_usable(objects), _MOST_OBJECTS, rng)
    return chosen(wanted, _some(_candidates(wanted, rng), _MOST_CANDIDATES, rng), MOST_BOXES)


def chosen(objects: Shares, candidates: Shares, most: int) -> Shares:
    """Return candidates, each the one that adds most to the best overlaps of the objects with those before.

    An overlap counts from an IoU of 0.5, as in an average recall. Once no candidate adds anything, the
    objects count as not covered again, for the candidates that are left.

    Parameters
    ----------
    objects : float64 (O, 4)
    candidates : float64 (C, 4)
    most : int
        Boxes that are chosen at most.
    """
    overlaps = bx.iou(candidates.astype(np.float32), objects.astype(np.float32))
    worth = np.clip(2 * overlaps - 1, 0, 1)
    rows: list[int] = []
    left = np.flatnonzero(worth.max(axis=1, initial=0) > 0)
    while len(left) and len(rows) < most:
        rows += _covering(worth, left, most - len(rows))
        left = np.setdiff1d(left, rows)
    return candidates[rows]


def _covering(worth: NDArray[np.float32], rows: NDArray[np.int64], most: int) -> list[int]:
    """Return some of the rows, greedily; what one adds never grows, so that few are computed again."""
    covered, taken = np.zeros(worth.shape[1], np.float32), list[int]()
    queue = [(-float(gain), row) for row, gain in zip(rows.tolist(), worth[rows].sum(axis=1), strict=True)]
    heapq.heapify(queue)
    while queue and len(taken) < most:
        _, row = heapq.heappop(queue)
        gain = float(np.maximum(worth[row] - covered, 0).sum())
        if gain <= 1e-6:
            continue
        if queue and (-gain, row) > queue[0]:
            heapq.heappush(queue, (-gain, row))
            continue
        taken.append(row)
        covered = np.maximum(covered, worth[row])
    return taken


def _candidates(objects: Shares, rng: np.random.Generator) -> Shares:
    """Return the boxes of objects, and copies that are moved and resized a little."""
    copies = np.repeat(objects, _COPIES, axis=0)
    sides = np.tile(copies[:, 2:] - copies[:, :2], 2)
    copies = copies + rng.normal(0, _SPREAD / 2, copies.shape) * sides
    return np.concatenate([objects, _usable(copies)])


def _usable(boxes: Shares) -> Shares:
    """Return boxes cut to the image and rounded, each once in the order in which they came."""
    boxes = np.clip(boxes, 0, 1).round(4)
    boxes = boxes[(boxes[:, 2:] > boxes[:, :2]).all(axis=1)]
    return boxes[bx.firsts(boxes.astype(np.float32))]


def _some(boxes: Shares, most: int, rng: np.random.Generator) -> Shares:
    return boxes if len(boxes) <= most else boxes[np.sort(rng.choice(len(boxes), most, replace=False))]
