"""The kernels of masks: sizes of labelled pixels, boxes that are near, outlines, run lengths."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def measure(labels, mask, count):  # type: ignore[no-untyped-def]
    """Return the boxes and the numbers of mask pixels of labelled parts.

    Parameters
    ----------
    labels : int32 (H, W)
        0 to ``count - 1``.
    mask : uint8 (H, W)
        Pixels that are 0 do not count.
    count : int

    Returns
    -------
    boxes : int64 (count, 4)
        Half-open; zeros for a part without pixels.
    areas : int64 (count,)
    """
    height, width = labels.shape
    boxes, areas = np.zeros((count, 4), np.int64), np.zeros(count, np.int64)
    for y in range(height):
        for x in range(width):
            if mask[y, x] == 0:
                continue
            one = labels[y, x]
            box = boxes[one]
            if areas[one] == 0:
                box[0], box[1], box[2], box[3] = x, y, x + 1, y + 1
            else:
                box[0], box[2], box[3] = min(box[0], x), max(box[2], x + 1), y + 1
            areas[one] += 1
    return boxes, areas


@njit(cache=True, nogil=True)
def join_boxes(boxes, distance):  # type: ignore[no-untyped-def]
    """Return a number for each box, the same for those that are near each other.

    Boxes are near where at most `distance` pixels lie between them, across and down. The box around what
    was joined is then compared in their stead, until none are near.

    Parameters
    ----------
    boxes : int64 (N, 4)
    distance : int

    Returns
    -------
    int64 (N,)
        The row of the first box of its group.
    """
    count = len(boxes)
    group, around = np.arange(count), boxes.copy()
    changed = True
    while changed:
        changed = False
        for one in range(count):
            if group[one] != one:
                continue
            for other in range(one + 1, count):
                if group[other] != other:
                    continue
                across = max(around[other, 0] - around[one, 2], around[one, 0] - around[other, 2])
                down = max(around[other, 1] - around[one, 3], around[one, 1] - around[other, 3])
                if max(across, down) > distance:
                    continue
                for corner in range(2):
                    around[one, corner] = min(around[one, corner], around[other, corner])
                    around[one, corner + 2] = max(around[one, corner + 2], around[other, corner + 2])
                group[other] = one
                changed = True
    for one in range(count):  # groups point backwards, so that the first is final
        group[one] = group[group[one]]
    return group


@njit(cache=True, nogil=True)
def trace(labels, mask, number, box):  # type: ignore[no-untyped-def]
    """Return the outlines of a part along the edges of its pixels, corner after corner.

    Pixels that touch by a corner alone have outlines of their own. The part lies to the right of the way.

    Parameters
    ----------
    labels : int32 (H, W)
    mask : uint8 (H, W)
    number : int
        Label of the part.
    box : int64 (4,)

    Returns
    -------
    corners : int32 (P, 2)
        ``x y``.
    starts : int64 (R + 1,)
        The corners of ring r are the rows ``starts[r]:starts[r + 1]``.
    holes : int
        How many of the rings go around a hole.
    """
    x0, y0, x1, y1 = box[0], box[1], box[2], box[3]
    height, width = y1 - y0, x1 - x0
    inside = np.zeros((height + 2, width + 2), np.bool_)  # a border of one pixel around the box
    for y in range(height):
        for x in range(width):
            inside[y + 1, x + 1] = mask[y0 + y, x0 + x] != 0 and labels[y0 + y, x0 + x] == number
    seen = np.zeros((height + 2, width + 2), np.bool_)
    corners, filled, holes = np.empty((64, 2), np.int32), 0, 0
    starts = [0]
    for top in range(1, height + 1):
        for left in range(1, width + 1):
            if not inside[top, left] or inside[top - 1, left] or seen[top, left]:
                continue
            # Corner (y, x) is the upper left one of pixel (y, x); the way begins to the right along its top.
            y, x, dy, dx, twice = top, left, 0, 1, 0
            while True:
                if filled == len(corners):
                    grown = np.empty((2 * filled, 2), np.int32)
                    grown[:filled] = corners
                    corners = grown
                corners[filled, 0], corners[filled, 1] = x - 1 + x0, y - 1 + y0
                filled += 1
                while True:
                    if dx == 1:
                        seen[y, x] = True
                    twice += x * dy - y * dx
                    y, x = y + dy, x + dx
                    # The two pixels ahead: to the right of the way and to its left.
                    right_y, right_x = y + (dy + dx - 1) // 2, x + (dx - dy - 1) // 2
                    left_y, left_x = y + (dy - dx - 1) // 2, x + (dx + dy - 1) // 2
                    if not inside[right_y, right_x]:
                        dy, dx = dx, -dy
                        break
                    if inside[left_y, left_x]:
                        dy, dx = -dx, dy
                        break
                if y == top and x == left and dx == 1:
                    break
            holes += twice < 0
            starts.append(filled)
    return corners[:filled].copy(), np.array(starts), holes


@njit(cache=True, nogil=True)
def runs(labels, mask, number, box):  # type: ignore[no-untyped-def]
    """Return COCO's run lengths of a part: background, part, background, … down the columns: int64 (R,)."""
    height, width = labels.shape
    edges, filled, is_part = np.empty(64, np.int64), 0, False
    for x in range(box[0], box[2]):
        for y in range(box[1], box[3]):
            if (mask[y, x] != 0 and labels[y, x] == number) != is_part:
                edges, is_part = _room(edges, filled), not is_part
                edges[filled] = x * height + y
                filled += 1
        # A part that fills the column to its lower end may go on at the upper end of the next.
        if is_part and (box[1] > 0 or box[3] < height or x + 1 == box[2]):
            edges, is_part = _room(edges, filled), False
            edges[filled] = x * height + box[3]
            filled += 1
    if filled == 0 or edges[filled - 1] < height * width:
        edges = _room(edges, filled)
        edges[filled] = height * width
        filled += 1
    lengths = edges[:filled].copy()
    lengths[1:] -= edges[: filled - 1]
    return lengths


@njit(cache=True, nogil=True)
def _room(edges, filled):  # type: ignore[no-untyped-def]
    if filled < len(edges):
        return edges
    grown = np.empty(2 * len(edges), np.int64)
    grown[:filled] = edges
    return grown
