"""The kernels of crack-groups: the line response, the gaps between fragments, and their groups."""

import numpy as np
from numba import njit

# Steps of the gap up to the largest: pairs within one are in no order.
_BINS = 512

STRAIGHT, DIAGONAL = np.float32(0.955), np.float32(1.3693)


@njit(cache=True, nogil=True, fastmath=True)
def line_response(padded, offsets, margin, out):  # type: ignore[no-untyped-def]
    """Fill the largest mean along a short line through each pixel, over all orientations.

    Parameters
    ----------
    padded : float32 (H + 2 margin, W + 2 margin)
    offsets : int64 (orientations, length, 2)
        Row and column of the pixels of each line, from its middle.
    margin : int
    out : float32 (H, W)
        Filled.
    """
    height, width = out.shape
    length = offsets.shape[1]
    total = np.empty(width, np.float32)
    for y in range(height):
        for orientation in range(len(offsets)):
            total[:] = 0
            for number in range(length):
                row = padded[y + margin + offsets[orientation, number, 0]]
                first = margin + offsets[orientation, number, 1]
                for x in range(width):
                    total[x] += row[first + x]
            if orientation == 0:
                for x in range(width):
                    out[y, x] = total[x]
            else:
                for x in range(width):
                    out[y, x] = max(out[y, x], total[x])
    for y in range(height):
        for x in range(width):
            out[y, x] /= length


@njit(cache=True, nogil=True)
def renumber(labels, numbers, of, contrast, threshold, energies, boxes):  # type: ignore[no-untyped-def]
    """Renumber components, in place; add up a map over each, and shrink its box to what stands out.

    Parameters
    ----------
    labels : int32 (H, W)
        Changed: 0 outside and where a component has no number.
    numbers : int32 (components,)
        The number of each component; 0 for none.
    of : float32 (H, W)
    contrast : float32 (H, W)
    threshold : float
        Of the contrast of the pixels that a box must hold. The mean along lines spreads by half a line: the
        boxes of its components are that much too large.
    energies : float64 (F + 1,)
        Filled; zeros at first.
    boxes : float32 (F + 1, 4)
        Filled: x0, y0, x1, y1; x0 > x1 where no pixel has the contrast. Begins with (inf, inf, -inf, -inf).
    """
    height, width = labels.shape
    for y in range(height):
        for x in range(width):
            if labels[y, x]:
                number = numbers[labels[y, x]]
                labels[y, x] = number
                energies[number] += of[y, x]
                if contrast[y, x] > threshold:
                    boxes[number, 0] = min(boxes[number, 0], x)
                    boxes[number, 1] = min(boxes[number, 1], y)
                    boxes[number, 2] = max(boxes[number, 2], x + 1)
                    boxes[number, 3] = max(boxes[number, 3], y + 1)


@njit(cache=True, nogil=True)
def nearest_fragment(labels, nearest, distance):  # type: ignore[no-untyped-def]
    """Fill the fragment nearest to each pixel and its distance, by a chamfer of two passes.

    The weights .955 and 1.369 are those of the 3 x 3 chamfer that comes closest to the Euclidean distance
    (Borgefors: Distance transformations in digital images, CVGIP 34, 1986).

    Parameters
    ----------
    labels : int32 (H, W)
        1 to F in the fragments, 0 elsewhere.
    nearest : int32 (H, W)
        Filled: 0 to F - 1.
    distance : float32 (H, W)
        Filled, pixels.
    """
    height, width = labels.shape
    far = np.float32(1e9)
    for y in range(height):
        for x in range(width):
            if labels[y, x]:
                nearest[y, x], distance[y, x] = labels[y, x] - 1, 0
                continue
            most, who = far, -1
            if x and distance[y, x - 1] + STRAIGHT < most:
                most, who = distance[y, x - 1] + STRAIGHT, nearest[y, x - 1]
            if y:
                if distance[y - 1, x] + STRAIGHT < most:
                    most, who = distance[y - 1, x] + STRAIGHT, nearest[y - 1, x]
                if x and distance[y - 1, x - 1] + DIAGONAL < most:
                    most, who = distance[y - 1, x - 1] + DIAGONAL, nearest[y - 1, x - 1]
                if x + 1 < width and distance[y - 1, x + 1] + DIAGONAL < most:
                    most, who = distance[y - 1, x + 1] + DIAGONAL, nearest[y - 1, x + 1]
            nearest[y, x], distance[y, x] = who, most
    for y in range(height - 1, -1, -1):
        for x in range(width - 1, -1, -1):
            most, who = distance[y, x], nearest[y, x]
            if most == 0:
                continue
            if x + 1 < width and distance[y, x + 1] + STRAIGHT < most:
                most, who = distance[y, x + 1] + STRAIGHT, nearest[y, x + 1]
            if y + 1 < height:
                if distance[y + 1, x] + STRAIGHT < most:
                    most, who = distance[y + 1, x] + STRAIGHT, nearest[y + 1, x]
                if x and distance[y + 1, x - 1] + DIAGONAL < most:
                    most, who = distance[y + 1, x - 1] + DIAGONAL, nearest[y + 1, x - 1]
                if x + 1 < width and distance[y + 1, x + 1] + DIAGONAL < most:
                    most, who = distance[y + 1, x + 1] + DIAGONAL, nearest[y + 1, x + 1]
            nearest[y, x], distance[y, x] = who, most


@njit(cache=True, nogil=True)
def gaps(nearest, distance, max_gap):  # type: ignore[no-untyped-def]
    """Return the gaps between fragments that are neighbours, smallest first.

    Every pixel belongs to its nearest fragment. Where two neighbouring pixels belong to different ones, the
    sum of their distances is a gap between these; the smallest of all such sums is the gap of the two. The
    pairs hold those by which nearest fragments join first: the minimum spanning tree lies in the Delaunay
    graph.

    Parameters
    ----------
    nearest : int32 (H, W)
        See :func:`nearest_fragment`.
    distance : float32 (H, W)
    max_gap : float
        Pixels; larger gaps are left out.

    Returns
    -------
    first, second : int64 (M,)
    gap : float32 (M,)
    """
    scale = _BINS / max_gap
    places = np.zeros(_BINS, np.int64)
    nothing, none = np.zeros(0, np.int64), np.zeros(0, np.float32)
    _each_pair(nearest, distance, max_gap, scale, places, nothing, nothing, none)
    total = 0
    for number in range(_BINS):
        count = places[number]
        places[number] = total
        total += count
    first, second, gap = np.empty(total, np.int64), np.empty(total, np.int64), np.empty(total, np.float32)
    if total:
        _each_pair(nearest, distance, max_gap, scale, places, first, second, gap)
    return first, second, gap


@njit(cache=True, nogil=True)
def _each_pair(nearest, distance, max_gap, scale, places, first, second, gap):  # type: ignore[no-untyped-def]
    """Count the pairs by their gap, or write them where the counts say: a counting sort in two calls."""
    height, width = nearest.shape
    for y in range(height):
        for x in range(width):
            if x + 1 < width and nearest[y, x] != nearest[y, x + 1]:
                between = distance[y, x] + distance[y, x + 1]
                if between < max_gap:
                    _put(nearest[y, x], nearest[y, x + 1], between, scale, places, first, second, gap)
            if y + 1 < height and nearest[y, x] != nearest[y + 1, x]:
                between = distance[y, x] + distance[y + 1, x]
                if between < max_gap:
                    _put(nearest[y, x], nearest[y + 1, x], between, scale, places, first, second, gap)


@njit(cache=True, nogil=True)
def _put(one, other, between, scale, places, first, second, gap):  # type: ignore[no-untyped-def]
    number = min(int(between * scale), _BINS - 1)
    if len(gap):
        place = places[number]
        first[place], second[place], gap[place] = one, other, between
    places[number] += 1


@njit(cache=True, nogil=True)
def join(boxes, energies, first, second, gap, max_gap):  # type: ignore[no-untyped-def]
    """Return the fragments and all groups that arise as the nearest are joined first.

    Parameters
    ----------
    boxes : float32 (F, 4)
        Of the fragments.
    energies : float32 (F,)
    first, second, gap
        See :func:`gaps`.
    max_gap : float

    Returns
    -------
    boxes : float32 (K, 4)
        F <= K < 2 F: the fragments, then the groups in the order in which they arise.
    energies : float32 (K,)
        Sums.
    born, ended : float32 (K,)
        The gaps between which each is a group of its own; `max_gap` where it never joins another.
    fragments : int32 (K,)
        How many it is made of.
    """
    count = len(boxes)
    most = max(2 * count - 1, 0)
    parent = np.arange(most)
    box, energy = np.empty((most, 4), np.float32), np.empty(most, np.float32)
    box[:count], energy[:count] = boxes, energies
    born, ended = np.zeros(most, np.float32), np.full(most, max_gap, np.float32)
    fragments = np.ones(most, np.int32)
    for pair in range(len(gap)):
        one, other = _root(parent, first[pair]), _root(parent, second[pair])
        if one == other:
            continue
        ended[one] = ended[other] = born[count] = gap[pair]
        parent[one] = parent[other] = count
        box[count, 0] = min(box[one, 0], box[other, 0])
        box[count, 1] = min(box[one, 1], box[other, 1])
        box[count, 2] = max(box[one, 2], box[other, 2])
        box[count, 3] = max(box[one, 3], box[other, 3])
        energy[count] = energy[one] + energy[other]
        fragments[count] = fragments[one] + fragments[other]
        count += 1
    return box[:count], energy[:count], born[:count], ended[:count], fragments[:count]


@njit(cache=True, nogil=True)
def _root(parent, node):  # type: ignore[no-untyped-def]
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@njit(cache=True, nogil=True)
def distinct(boxes, threshold):  # type: ignore[no-untyped-def]
    """Return the rows of the boxes whose IoU with every better one that stays is a threshold at most.

    Parameters
    ----------
    boxes : float32 (N, 4)
        Best first.
    threshold : float

    Returns
    -------
    int64 (M,)
    """
    kept = np.empty(len(boxes), np.int64)
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    count = 0
    for row in range(len(boxes)):
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
