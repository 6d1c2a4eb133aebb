"""The kernel that finds boxes without near-duplicates."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def distinct(boxes, threshold, most):  # type: ignore[no-untyped-def]
    """Return the rows of the first boxes whose IoU with every better one that stays is a threshold at most.

    Parameters
    ----------
    boxes : float32 or float64 (N, 4)
        Best first.
    threshold : float
    most : int
        How many there are at most.

    Returns
    -------
    int64 (M,)
    """
    kept = np.empty(min(most, len(boxes)), np.int64)
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    count = 0
    for row in range(len(boxes)):
        if count == most:
            break
        x0, y0, x1, y1, area = boxes[row, 0], boxes[row, 1], boxes[row, 2], boxes[row, 3], areas[row]
        stays = True
        for number in range(count):
            other = kept[number]
            # Of two areas whose ratio is below the threshold the IoU is so too.
            if areas[other] * threshold > area or area * threshold > areas[other]:
                continue
            width = min(x1, boxes[other, 2]) - max(x0, boxes[other, 0])
            height = min(y1, boxes[other, 3]) - max(y0, boxes[other, 1])
            if width > 0 and height > 0:
                shared = width * height
                if shared > threshold * (area + areas[other] - shared):
                    stays = False
                    break
        if stays:
            kept[count] = row
            count += 1
    return kept[:count].copy()
