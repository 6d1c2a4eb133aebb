"""The kernels of crack-groups for the connected components of a map above a threshold."""

import numpy as np
from numba import njit

from core.proposers.crack_groups.kernel import root


@njit(cache=True, nogil=True)
def components(of, contrast, threshold, min_length, labels):  # type: ignore[no-untyped-def]
    """Return boxes and sums of the components (8 neighbours) that are long enough, and label their pixels.

    Parameters
    ----------
    of : float32 (H, W)
    contrast : float32 (H, W)
        Of the same unit. The mean along lines spreads by half a line, and the boxes of its components would
        be that much too large: they hold the pixels whose contrast is above the threshold; where none is,
        the component.
    threshold : float
    min_length : int
        Of the longer side of a component, pixels.
    labels : int32 (H, W)
        Filled: 1 to F in components, by their first pixels from the top; zeros at first.

    Returns
    -------
    boxes : float32 (F, 4)
    sums : float64 (F,)
        Of `of` over each component.
    """
    line, begin, end, parent = _runs(of, threshold)
    boxes = _bounds(line, begin, end, parent)
    number, count = np.zeros(len(line), np.int32), 0
    for run in range(len(line)):
        if parent[run] == run:
            width, height = boxes[run, 2] - boxes[run, 0], boxes[run, 3] - boxes[run, 1]
            if max(width, height) >= min_length:
                count += 1
                number[run] = count
    found, sums = np.empty((count, 4), np.float32), np.zeros(count, np.float64)
    tight = np.empty((count, 4), np.int64)
    tight[:, :2], tight[:, 2:] = np.iinfo(np.int64).max, -1
    for run in range(len(line)):
        own, y = number[parent[run]] - 1, line[run]
        if own < 0:
            continue
        found[own] = boxes[parent[run]]
        for x in range(begin[run], end[run]):
            labels[y, x] = own + 1
            sums[own] += of[y, x]
            if contrast[y, x] > threshold:
                tight[own, 0] = min(tight[own, 0], x)
                tight[own, 1] = min(tight[own, 1], y)
                tight[own, 2] = max(tight[own, 2], x + 1)
                tight[own, 3] = max(tight[own, 3], y + 1)
    for own in range(count):
        if tight[own, 2] >= 0:
            found[own] = tight[own]
    return found, sums


@njit(cache=True, nogil=True)
def _runs(of, threshold):  # type: ignore[no-untyped-def]
    """Return the runs of pixels above a threshold, row by row, and the first run of the component of each.

    Returns
    -------
    line, begin, end : int32 (R,)
        Row, first column and the column after the last.
    parent : int64 (R,)
    """
    height, width = of.shape
    most = height * ((width + 1) // 2)  # memory that is not written to is not taken
    line, begin, end = np.empty(most, np.int32), np.empty(most, np.int32), np.empty(most, np.int32)
    parent = np.empty(most, np.int64)
    count = above = 0  # `above` is the first run of the row above that may still touch one of this row
    for y in range(height):
        first, x, row = count, 0, of[y]
        while x < width:
            if not row[x] > threshold:
                x += 1
                continue
            line[count], begin[count] = y, x
            while x < width and row[x] > threshold:
                x += 1
            end[count], parent[count] = x, count
            while above < first and end[above] < begin[count]:
                above += 1
            other = above
            while other < first and begin[other] <= x:
                one, another = root(parent, count), root(parent, other)
                parent[max(one, another)] = min(one, another)
                other += 1
            count += 1
        above = first
    for run in range(count):
        parent[run] = parent[parent[run]]  # that of an earlier run is its root already
    return line[:count], begin[:count], end[:count], parent[:count]


@njit(cache=True, nogil=True)
def _bounds(line, begin, end, parent):  # type: ignore[no-untyped-def]
    """Return the box of each component in the row of its first run: int64 (R, 4)."""
    boxes = np.empty((len(line), 4), np.int64)
    for run in range(len(line)):
        own = parent[run]
        if own == run:
            boxes[own, 0], boxes[own, 1] = begin[run], line[run]
            boxes[own, 2], boxes[own, 3] = end[run], line[run] + 1
            continue
        boxes[own, 0] = min(boxes[own, 0], begin[run])
        boxes[own, 2] = max(boxes[own, 2], end[run])
        boxes[own, 3] = line[run] + 1
    return boxes
