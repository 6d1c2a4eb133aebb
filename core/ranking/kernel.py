"""The kernel of orders: boxes that agree."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def agreeing(boxes, threshold):  # type: ignore[no-untyped-def]
    """Return with how many other boxes each has an IoU above a threshold.

    Parameters
    ----------
    boxes : float64 (N, 4)
        By area, the smallest first.
    threshold : float

    Returns
    -------
    int64 (N,)
    """
    counts, areas = np.zeros(len(boxes), np.int64), _areas(boxes)
    for row in range(len(boxes)):
        for other in range(row + 1, len(boxes)):
            if areas[other] * threshold > areas[row]:
                break  # of two areas whose ratio is below the threshold the IoU is so too
            if _is_above(boxes, areas, row, other, threshold):
                counts[row] += 1
                counts[other] += 1
    return counts


@njit(cache=True, nogil=True)
def _areas(boxes):  # type: ignore[no-untyped-def]
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


@njit(cache=True, nogil=True)
def _is_above(boxes, areas, one, other, threshold):  # type: ignore[no-untyped-def]
    width = min(boxes[one, 2], boxes[other, 2]) - max(boxes[one, 0], boxes[other, 0])
    height = min(boxes[one, 3], boxes[other, 3]) - max(boxes[one, 1], boxes[other, 1])
    if width <= 0 or height <= 0:
        return False
    shared = width * height
    return shared > threshold * (areas[one] + areas[other] - shared)
