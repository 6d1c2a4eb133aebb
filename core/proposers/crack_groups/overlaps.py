"""The kernels of crack-groups for boxes that overlap others: counted, or put later."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def agreeing(boxes, step, overlap):  # type: ignore[no-untyped-def]
    """Return by how many steps nearly each box is found, its own among them.

    Parameters
    ----------
    boxes : float32 (N, 4)
    step : int16 (N,)
        The step that each comes from, below 64.
    overlap : float
        IoU above which two boxes are nearly the same.

    Returns
    -------
    int64 (N,)
    """
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    steps, counts = np.zeros(len(boxes), np.int64), np.zeros(len(boxes), np.int64)  # a bit for each step
    for row in range(len(boxes)):
        x0, y0, x1, y1, area = boxes[row, 0], boxes[row, 1], boxes[row, 2], boxes[row, 3], areas[row]
        own = np.int64(1) << step[row]
        steps[row] |= own
        for other in range(row):
            if areas[other] * overlap > area or area * overlap > areas[other]:
                continue
            width = min(x1, boxes[other, 2]) - max(x0, boxes[other, 0])
            height = min(y1, boxes[other, 3]) - max(y0, boxes[other, 1])
            if width > 0 and height > 0:
                shared = width * height
                if shared > overlap * (area + areas[other] - shared):
                    steps[row] |= np.int64(1) << step[other]
                    steps[other] |= own
    for row in range(len(boxes)):
        left = steps[row]
        while left:
            left &= left - 1
            counts[row] += 1
    return counts


@njit(cache=True, nogil=True)
def damped(boxes, scores, overlap, factor, times, most):  # type: ignore[no-untyped-def]
    """Return an order in which each box that is taken lowers the scores of those that overlap it.

    Parameters
    ----------
    boxes : float32 (N, 4)
    scores : float32 (N,)
    overlap : float
        IoU above which the score of a box is lowered.
    factor : float
        By which it is multiplied.
    times : int
        How often at most.
    most : int
        Boxes that are taken so; the others follow by their score as it is then.

    Returns
    -------
    rows : int64 (N,)
    scores : float32 (N,)
        In the order of the rows, the highest first.
    """
    count = len(boxes)
    left, lowered = scores.copy(), np.zeros(count, np.int64)
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    rows, found = np.empty(count, np.int64), np.empty(count, np.float32)
    # Rows that are not taken yet come first in `waiting`, in their order.
    waiting = np.arange(count)
    best = np.argmax(left) if count else 0
    for rank in range(min(most, count)):
        row = rows[rank] = waiting[best]
        found[rank] = left[row]
        x0, y0, x1, y1, area = boxes[row, 0], boxes[row, 1], boxes[row, 2], boxes[row, 3], areas[row]
        kept = best = 0
        for number in range(count - rank):
            other = waiting[number]
            if other == row:
                continue
            if lowered[other] < times and areas[other] * overlap < area and area * overlap < areas[other]:
                width = min(x1, boxes[other, 2]) - max(x0, boxes[other, 0])
                height = min(y1, boxes[other, 3]) - max(y0, boxes[other, 1])
                if width > 0 and height > 0:
                    shared = width * height
                    if shared > overlap * (area + areas[other] - shared):
                        left[other] *= factor
                        lowered[other] += 1
            waiting[kept] = other
            if left[other] > left[waiting[best]]:
                best = kept
            kept += 1
    if count > most:
        rest = waiting[: count - most]
        rest = rest[np.argsort(-left[rest], kind="mergesort")]
        rows[most:], found[most:] = rest, left[rest]
    return rows, found
