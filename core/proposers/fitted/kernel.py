"""The kernels of the fitted order: sums in boxes, overlaps, the perceptron, the damped order."""

import numpy as np
from numba import njit

INSIDE, HOLDS = 0, 1
"""Columns of the counts of candidates inside one, and around it."""

# Share of a box that lies in another one which holds it.
_HELD = np.float32(0.95)


@njit(cache=True, nogil=True)
def rectangles(boxes, scale_x, scale_y, width, height, out):  # type: ignore[no-untyped-def]
    """Fill the rectangles of each box on the maps: inside, grown, and strips along its sides.

    Parameters
    ----------
    boxes : float32 (N, 4)
    scale_x, scale_y : float
        Pixels of the maps to one of the picture.
    width, height : int
        Of the maps.
    out : int32 (N, 10, 4)
        Filled with x0 y0 x1 y1: the box, of one pixel at least; grown by 15 % and a pixel on each side; four
        strips inside and four outside, of 8 % of the side but at least 2 px: left, right, top, bottom.
    """
    for n in range(len(boxes)):
        x0 = min(int(boxes[n, 0] * scale_x + 0.5), width - 1)
        y0 = min(int(boxes[n, 1] * scale_y + 0.5), height - 1)
        x1 = min(max(int(boxes[n, 2] * scale_x + 0.5), x0 + 1), width)
        y1 = min(max(int(boxes[n, 3] * scale_y + 0.5), y0 + 1), height)
        across, down = int(0.15 * (x1 - x0) + 1.5), int(0.15 * (y1 - y0) + 1.5)
        thick_x, thick_y = max(int(0.08 * (x1 - x0) + 0.5), 2), max(int(0.08 * (y1 - y0) + 0.5), 2)
        out[n, 0] = x0, y0, x1, y1
        out[n, 1] = max(x0 - across, 0), max(y0 - down, 0), min(x1 + across, width), min(y1 + down, height)
        out[n, 2] = x0, y0, min(x0 + thick_x, x1), y1
        out[n, 3] = max(x1 - thick_x, x0), y0, x1, y1
        out[n, 4] = x0, y0, x1, min(y0 + thick_y, y1)
        out[n, 5] = x0, max(y1 - thick_y, y0), x1, y1
        out[n, 6] = max(x0 - thick_x, 0), y0, x0, y1
        out[n, 7] = x1, y0, min(x1 + thick_x, width), y1
        out[n, 8] = x0, max(y0 - thick_y, 0), x1, y0
        out[n, 9] = x0, y1, x1, min(y1 + thick_y, height)


@njit(cache=True, nogil=True)
def integral(planes, out):  # type: ignore[no-untyped-def]
    """Fill the sums of all pixels above and to the left.

    Interleaved, since a box reads all planes at a corner; by OpenCV, plane by plane, it takes four times as
    long.

    Parameters
    ----------
    planes : float32 (C, h, w)
    out : float64 (h + 1, w + 1, C)
        Filled.
    """
    count, height, width = planes.shape
    out[0] = 0
    for y in range(height):
        out[y + 1, 0] = 0
        for c in range(count):
            total = 0.0
            for x in range(width):
                total += planes[c, y, x]
                out[y + 1, x + 1, c] = out[y, x + 1, c] + total


@njit(cache=True, nogil=True)
def sums(integral, rectangles, of_strips, whole, strips):  # type: ignore[no-untyped-def]
    """Fill the sums of maps in rectangles.

    Parameters
    ----------
    integral : float64 (h + 1, w + 1, M)
    rectangles : int32 (N, 10, 4)
        See :func:`rectangles`.
    of_strips : int64 (S,)
        The maps whose sums in the strips are wanted.
    whole : float32 (N, 2, M)
        Filled: in the box and in the grown box.
    strips : float32 (N, S, 8)
        Filled: in the strips inside, then in those outside.
    """
    for n in range(len(rectangles)):
        for r in range(10):
            x0, y0, x1, y1 = rectangles[n, r]
            a, b = integral[y1, x1], integral[y0, x0]
            c, d = integral[y0, x1], integral[y1, x0]
            if r < 2:
                for m in range(len(a)):
                    whole[n, r, m] = a[m] + b[m] - c[m] - d[m]
            else:
                for s in range(len(of_strips)):
                    m = of_strips[s]
                    strips[n, s, r - 2] = a[m] + b[m] - c[m] - d[m]


@njit(cache=True, nogil=True)
def consensus(boxes, kind, score, counts, nested, weighted, best):  # type: ignore[no-untyped-def]
    """Fill how the candidates overlap each other.

    Parameters
    ----------
    boxes : float32 (N, 4)
        By x0, ascending.
    kind : int8 (N,)
    score : float32 (N,)
        Of crack-groups; 0 for others.
    counts : int32 (N, kinds, 3)
        Filled: candidates of each kind whose IoU with each is above .5, .7 and .9, itself apart.
    nested : int32 (N, 2)
        Filled: candidates that lie in each to 95 %, and that hold each so.
    weighted : float32 (N,)
        Filled: scores of the others times the square of their IoU, where that is .25 at least, added up.
    best : float32 (N,)
        Filled: the largest score of another one whose IoU is above .7.
    """
    count = len(boxes)
    x1, y0, y1 = boxes[:, 2].copy(), boxes[:, 1].copy(), boxes[:, 3].copy()
    x0 = boxes[:, 0].copy()
    area = (x1 - x0) * (y1 - y0)
    shared = np.empty(count, np.float32)
    for i in range(count):
        end = i + 1 + np.searchsorted(x0[i + 1 :], x1[i])
        for j in range(i + 1, end):
            across = min(x1[i], x1[j]) - x0[j]
            down = min(y1[i], y1[j]) - max(y0[i], y0[j])
            shared[j] = across * max(down, np.float32(0))
        for j in range(i + 1, end):
            both = shared[j]
            if both <= 0:
                continue
            if both >= _HELD * area[i]:
                nested[i, HOLDS] += 1
                nested[j, INSIDE] += 1
            if both >= _HELD * area[j]:
                nested[j, HOLDS] += 1
                nested[i, INSIDE] += 1
            either = area[i] + area[j] - both
            if both * 4 < either:
                continue
            iou = both / either
            weighted[i] += score[j] * iou * iou
            weighted[j] += score[i] * iou * iou
            if iou > np.float32(0.5):
                level = 1 + (iou > np.float32(0.7)) + (iou > np.float32(0.9))
                for number in range(level):
                    counts[i, kind[j], number] += 1
                    counts[j, kind[i], number] += 1
                if level > 1:
                    best[i], best[j] = max(best[i], score[j]), max(best[j], score[i])


@njit(cache=True, nogil=True)
def perceptron(features, mean, spread, limit, w1, b1, w2, b2, w3, b3):  # type: ignore[no-untyped-def]
    """Return the output of a perceptron with two hidden layers of ReLU, 0 to 1: float32 (N,).

    Each sum is added up in one order, so that the result does not depend on the number of threads or of rows.

    Parameters
    ----------
    features : float32 (N, F)
    mean, spread : float32 (F,)
        Features are shifted and scaled by these first.
    limit : float
        They are then cut to this and its negative.
    w1, b1, w2, b2 : float32
        (F, H), (H,), (H, K), (K,).
    w3 : float32 (K,)
    b3 : float32
    """
    out = np.empty(len(features), np.float32)
    first, second = np.empty(len(b1), np.float32), np.empty(len(b2), np.float32)
    for n in range(len(features)):
        first[:] = b1
        for f in range(features.shape[1]):
            x = (features[n, f] - mean[f]) / spread[f]
            x = min(max(x, -limit), limit)
            for h in range(len(first)):
                first[h] += x * w1[f, h]
        second[:] = b2
        for h in range(len(first)):
            if first[h] > 0:
                for k in range(len(second)):
                    second[k] += first[h] * w2[h, k]
        total = b3
        for k in range(len(second)):
            if second[k] > 0:
                total += second[k] * w3[k]
        out[n] = 1 / (1 + np.exp(-total))
    return out


@njit(cache=True, nogil=True)
def damped(boxes, scores, above, factor, times, equal, most):  # type: ignore[no-untyped-def]
    """Return a greedy order: each box that is taken lowers the scores of those that overlap it.

    Parameters
    ----------
    boxes : float32 (N, 4)
    scores : float32 (N,)
        Positive.
    above, factor, times : float, float, int
        A taken box multiplies the scores of all whose IoU with it is above `above` by `factor`, of each at
        most so many times.
    equal : float
        It drops those whose IoU with it is above this.
    most : int
        Number of boxes at most.

    Returns
    -------
    rows : int64 (M,)
    scores : float32 (M,)
        As lowered when each was taken: they never rise.
    """
    count = len(boxes)
    left = np.arange(count)
    score, damps = scores.copy(), np.zeros(count, np.int8)
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    rows, taken = np.empty(min(count, most), np.int64), np.empty(min(count, most), np.float32)
    number = 0
    while number < len(rows) and count:
        best = left[0]
        for n in range(1, count):
            if score[left[n]] > score[best]:
                best = left[n]
        rows[number], taken[number] = best, score[best]
        number += 1
        x0, y0, x1, y1 = boxes[best]
        kept = 0
        for n in range(count):
            other = left[n]
            if other == best:
                continue
            across = min(x1, boxes[other, 2]) - max(x0, boxes[other, 0])
            down = min(y1, boxes[other, 3]) - max(y0, boxes[other, 1])
            if across > 0 and down > 0:
                both = across * down
                either = area[best] + area[other] - both
                if both > equal * either:
                    continue
                if both > above * either and damps[other] < times:
                    score[other] *= factor
                    damps[other] += 1
            left[kept] = other
            kept += 1
        count = kept
    return rows[:number], taken[:number]
