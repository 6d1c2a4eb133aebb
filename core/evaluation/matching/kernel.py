"""The kernels of matching: for many images at once, at every threshold and number of proposals.

All take the proposals of I images one below the other, best first, and the rows where each image begins; the
objects likewise. ``python -m core bench evaluation`` compares them with COCO's tools.
"""

import numpy as np
from numba import njit

from core.evaluation.matching import NEVER

# COCO's tools take a threshold of 1 for a hair less, so that a division that is not exact does not miss it.
_ONE = 1 - 1e-10


@njit(cache=True, nogil=True)
def coco_ranks(boxes, starts, objects, object_starts, thresholds):  # type: ignore[no-untyped-def]
    """Return the rank of the proposal that COCO's matching gives each object, at each threshold.

    Proposals are taken in their order; each takes the object that it overlaps most of those that are free, if
    by the threshold or more, of equal ones the last. What the first k find does not depend on the others, so
    the ranks hold for every k.

    Parameters
    ----------
    boxes : float32 (P, 4)
    starts : int64 (I + 1,)
    objects : float32 (O, 4)
        Without crowd regions, which never take a proposal that a free object could have.
    object_starts : int64 (I + 1,)
    thresholds : float64 (T,)
        Above 0.

    Returns
    -------
    int32 (T, O)
        Ranks in the image; ``NEVER`` where no proposal finds the object.
    """
    ranks = np.full((len(thresholds), len(objects)), NEVER, np.int32)
    if not len(thresholds):
        return ranks
    for image in range(len(starts) - 1):
        first, last = object_starts[image], object_starts[image + 1]
        of_image, truth = boxes[starts[image] : starts[image + 1]], objects[first:last]
        rows, columns, iou = _pairs(of_image, truth, min(thresholds.min(), _ONE))
        for level in range(len(thresholds)):
            _match(rows, columns, iou, min(thresholds[level], _ONE), ranks[level, first:last])
    return ranks


@njit(cache=True, nogil=True)
def _match(rows, columns, iou, threshold, ranks):  # type: ignore[no-untyped-def]
    """Fill the ranks of one image at one threshold: int32 (G,)."""
    free, pair = len(ranks), 0
    while pair < len(rows) and free:
        row, taken, most = rows[pair], -1, threshold
        while pair < len(rows) and rows[pair] == row:
            if iou[pair] >= most and ranks[columns[pair]] == NEVER:
                taken, most = columns[pair], iou[pair]
            pair += 1
        if taken >= 0:
            ranks[taken] = row
            free -= 1


@njit(cache=True, nogil=True)
def coco_detections(iou, crowd, thresholds):  # type: ignore[no-untyped-def]
    """Return what each detection of an image finds by COCO's matching, at each threshold.

    Parameters
    ----------
    iou : float64 (D, G)
        Of each detection, best first, with each object; with a crowd region its share inside.
    crowd : bool (G,)
        Crowd regions come last.
    thresholds : float64 (T,)

    Returns
    -------
    int8 (T, D)
        1 an object, 0 nothing, -1 a crowd region.
    """
    found = np.zeros((len(thresholds), len(iou)), np.int8)
    for level in range(len(thresholds)):
        taken = np.zeros(len(crowd), np.bool_)
        for row in range(len(iou)):
            best, most = -1, min(thresholds[level], _ONE)
            for column in range(len(crowd)):
                if crowd[column] and best >= 0 and not crowd[best]:
                    break
                if iou[row, column] >= most and (crowd[column] or not taken[column]):
                    best, most = column, iou[row, column]
            if best >= 0:
                taken[best] = True
                found[level, row] = -1 if crowd[best] else 1
    return found


@njit(cache=True, nogil=True)
def one_to_one(boxes, starts, objects, object_starts, budgets):  # type: ignore[no-untyped-def]
    """Return the IoU of each object with the proposal that Hosang's matching gives it, at each budget.

    The pair with the largest IoU is matched first, then the largest of the others, one to one, whatever the
    threshold; of equal pairs the one with the better rank, then the first object. Unlike COCO's, it is
    another matching for every number of proposals.

    Parameters
    ----------
    boxes, starts, objects, object_starts
        See :func:`coco_ranks`.
    budgets : int64 (B,)
        Numbers of proposals an image.

    Returns
    -------
    float64 (B, O)
        0 where an object is left without one.
    """
    found = np.zeros((len(budgets), len(objects)))
    for image in range(len(starts) - 1):
        first, last = object_starts[image], object_starts[image + 1]
        of_image = boxes[starts[image] : starts[image + 1]]
        rows, columns, iou = _pairs(of_image, objects[first:last], 0.0)
        order = np.argsort(-iou, kind="mergesort")
        for level in range(len(budgets)):
            taken = np.zeros(min(budgets[level], len(of_image)), np.bool_)
            _take_largest(rows[order], columns[order], iou[order], taken, found[level, first:last])
    return found


@njit(cache=True, nogil=True)
def _take_largest(rows, columns, iou, taken, found):  # type: ignore[no-untyped-def]
    """Fill the IoU of one image at one budget: float64 (G,). `taken` is as long as the budget."""
    free = min(len(found), len(taken))
    for pair in range(len(rows)):
        if not free:
            return
        row, column = rows[pair], columns[pair]
        if row < len(taken) and not taken[row] and found[column] == 0.0:
            found[column], taken[row] = iou[pair], True
            free -= 1


@njit(cache=True, nogil=True)
def records(boxes, starts, objects, object_starts):  # type: ignore[no-untyped-def]
    """Return the proposals at which the best overlap of each object rises, as proposals are added.

    Parameters
    ----------
    boxes, starts, objects, object_starts
        See :func:`coco_ranks`.

    Returns
    -------
    record_starts : int64 (O + 1,)
        The records of object o are the rows from ``record_starts[o]`` to ``record_starts[o + 1]``.
    rank : int32 (R,)
        In the image, ascending within an object.
    iou : float64 (R,)
        Rising within an object.
    """
    record_starts = np.zeros(len(objects) + 1, np.int64)
    rank, value = np.empty(4 * len(objects) + 16, np.int32), np.empty(4 * len(objects) + 16)
    count = 0
    for image in range(len(starts) - 1):
        of_image = boxes[starts[image] : starts[image + 1]]
        for column in range(object_starts[image], object_starts[image + 1]):
            most = 0.0
            u0, v0, u1, v1 = _corners(objects, column)
            for row in range(len(of_image)):
                x0, y0, x1, y1 = _corners(of_image, row)
                overlap = _iou(x0, y0, x1, y1, u0, v0, u1, v1)
                if overlap > most:
                    if count == len(rank):
                        rank, value = _grown(rank), _grown(value)
                    rank[count], value[count], most = row, overlap, overlap
                    count += 1
            record_starts[column + 1] = count
    return record_starts, rank[:count].copy(), value[:count].copy()


@njit(cache=True, nogil=True)
def _pairs(boxes, objects, least):  # type: ignore[no-untyped-def]
    """Return the pairs of a box and an object that overlap by at least so much, and by more than 0.

    Returns
    -------
    rows, columns : int32 (M,)
        Of the box and of the object, ascending.
    iou : float64 (M,)
    """
    rows, columns, value = np.empty(64, np.int32), np.empty(64, np.int32), np.empty(64)
    count = 0
    truth = np.empty((len(objects), 5))  # corners and area
    for column in range(len(objects)):
        u0, v0, u1, v1 = _corners(objects, column)
        truth[column] = u0, v0, u1, v1, (u1 - u0) * (v1 - v0)
    nearly = least * (1 - 1e-9)  # a division takes longer than the rest, and most pairs are far from it
    for row in range(len(boxes)):
        x0, y0, x1, y1 = _corners(boxes, row)
        area = (x1 - x0) * (y1 - y0)
        for column in range(len(truth)):
            width = min(x1, truth[column, 2]) - max(x0, truth[column, 0])
            height = min(y1, truth[column, 3]) - max(y0, truth[column, 1])
            if width <= 0 or height <= 0:
                continue
            shared = width * height
            union = area + truth[column, 4] - shared
            if shared < nearly * union:
                continue
            overlap = shared / union
            if overlap >= least:
                if count == len(rows):
                    rows, columns, value = _grown(rows), _grown(columns), _grown(value)
                rows[count], columns[count], value[count] = row, column, overlap
                count += 1
    return rows[:count], columns[:count], value[:count]


@njit(cache=True, nogil=True, inline="always")
def _corners(boxes, row):  # type: ignore[no-untyped-def]
    """Return the corners of a box in float64, without the view of a row: it costs more than the IoU."""
    return (
        np.float64(boxes[row, 0]),
        np.float64(boxes[row, 1]),
        np.float64(boxes[row, 2]),
        np.float64(boxes[row, 3]),
    )


@njit(cache=True, nogil=True, inline="always")
def _iou(x0, y0, x1, y1, u0, v0, u1, v1):  # type: ignore[no-untyped-def]
    """Return the IoU of two boxes, in float64 as COCO's tools."""
    width = min(x1, u1) - max(x0, u0)
    height = min(y1, v1) - max(y0, v0)
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / ((x1 - x0) * (y1 - y0) + (u1 - u0) * (v1 - v0) - shared)


@njit(cache=True, nogil=True)
def _grown(values):  # type: ignore[no-untyped-def]
    """Return a copy with twice the room."""
    more = np.empty(2 * len(values), values.dtype)
    more[: len(values)] = values
    return more
