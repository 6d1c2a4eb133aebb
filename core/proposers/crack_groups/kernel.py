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
            places = offsets[orientation]
            total[:] = 0
            number = 0
            while number + 4 <= length:  # four at once: an eighth of the time of one at a time
                a = _shifted(padded, y, margin, places[number])
                b = _shifted(padded, y, margin, places[number + 1])
                c = _shifted(padded, y, margin, places[number + 2])
                d = _shifted(padded, y, margin, places[number + 3])
                for x in range(width):
                    total[x] += (a[x] + b[x]) + (c[x] + d[x])
                number += 4
            while number < length:
                a = _shifted(padded, y, margin, places[number])
                for x in range(width):
                    total[x] += a[x]
                number += 1
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
def _shifted(padded, y, margin, place):  # type: ignore[no-untyped-def]
    """Return a row of the padded map from the pixel that a place on a line gives for column 0."""
    return padded[y + margin + place[0], margin + place[1] :]


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
    first, second : int32 (M,)
    gap : float32 (M,)
    """
    one, other, between = _pairs(nearest, distance, max_gap)
    scale = _BINS / max_gap
    places = np.zeros(_BINS + 1, np.int64)
    for pair in range(len(between)):
        places[min(int(between[pair] * scale), _BINS - 1) + 1] += 1
    places = np.cumsum(places)
    first, second, gap = np.empty_like(one), np.empty_like(other), np.empty_like(between)
    for pair in range(len(between)):
        number = min(int(between[pair] * scale), _BINS - 1)
        place = places[number]
        first[place], second[place], gap[place] = one[pair], other[pair], between[pair]
        places[number] += 1
    return first, second, gap


@njit(cache=True, nogil=True)
def _pairs(nearest, distance, max_gap):  # type: ignore[no-untyped-def]
    """Return the fragments of neighbouring pixels that belong to different ones, and the gap there."""
    height, width = nearest.shape
    most = 2 * height * width  # memory that is not written to is not taken
    one, other, between = np.empty(most, np.int32), np.empty(most, np.int32), np.empty(most, np.float32)
    count = 0
    for y in range(height):
        below = min(y + 1, height - 1)
        for x in range(width):
            here, right = nearest[y, x], min(x + 1, width - 1)
            if nearest[y, right] != here:
                gap = distance[y, x] + distance[y, right]
                if gap < max_gap:
                    one[count], other[count], between[count] = here, nearest[y, right], gap
                    count += 1
            if nearest[below, x] != here:
                gap = distance[y, x] + distance[below, x]
                if gap < max_gap:
                    one[count], other[count], between[count] = here, nearest[below, x], gap
                    count += 1
    return one[:count].copy(), other[:count].copy(), between[:count].copy()


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
        one, other = root(parent, first[pair]), root(parent, second[pair])
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
def root(parent, node):  # type: ignore[no-untyped-def]
    """Return the root of a node in a forest of parents, to which the nodes on the way are brought nearer."""
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node
