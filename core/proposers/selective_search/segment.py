"""Initial regions: the graph-based segmentation of Felzenszwalb and Huttenlocher (IJCV 2004).

Every pixel is a vertex, joined to its right and lower neighbour by an edge that weighs the colour
difference. Edges are taken lightest first; one joins its two components when it is no heavier than either
of their thresholds, ``heaviest inner edge + k / size``.

What makes it fast here: all k of one colour image share the sort and most of the joining. A component
that has lost an edge never grows again (their Lemma 1), and as long as it has not met an edge that the
smallest k rejects, it is the same for every larger k. So the joining runs once with the smallest k; where
an edge is rejected its two components are frozen, edges between frozen components are put aside, and each
k goes on from there with these alone, a few percent of all.

Notation: P pixels, E edges, C components that all k share.
"""

import numpy as np
from numba import njit

from core.proposers.selective_search.union_find import find, join

_FROZEN = np.float32(-1)
_AHEAD = 8


@njit(cache=True, nogil=True)
def join_shared(keys, width, k, links, heaviest, thresholds, weights, ends, seen):  # type: ignore[no-untyped-def]
    """Join along the edges as long as every k agrees; put aside the edges where they may not.

    Of several edges between the same two frozen components only the lightest is kept: once it is
    rejected, one of the two is final.

    Parameters
    ----------
    keys : uint64 (E,)
        Sorted.
    width : int
    k : float
        The smallest.
    links : int32 (P,)
        Overwritten.
    heaviest, thresholds : float32 (P,)
        Overwritten; they hold at roots.
    weights : float32 (E,)
    ends : int32 (E, 2)
        Filled with the edges put aside.
    seen : uint64 (a power of two,)
        A set of pairs that forgets.

    Returns
    -------
    int
        How many are put aside.
    """
    k = np.float32(k)
    links[:] = -1
    heaviest[:] = 0
    thresholds[:] = k
    seen[:] = 0
    count = 0
    last = np.uint64(len(seen) - 1)
    low = np.uint64(0xFFFFFFFF)
    word = np.empty(1, np.uint32)
    value = word.view(np.float32)
    touched = np.int32(0)
    edges, farthest = len(keys), len(links) - 1
    for edge in range(edges):
        key = keys[edge]
        # Edges that are near in weight are far apart in the picture. Touching what will be needed soon
        # takes a tenth off at 0.15 megapixel, a sixth at 4.
        soon = np.int64(keys[min(edge + _AHEAD, edges - 1)] & low) >> 1
        touched ^= links[soon] ^ links[min(soon + width, farthest)]
        place = np.int64(key & low)
        pixel = place >> 1
        other = pixel + (width if place & 1 else 1)
        if links[pixel] == links[other] and links[pixel] >= 0:
            continue
        a = find(links, pixel)
        b = find(links, other)
        if a == b:
            continue
        word[0] = np.uint32(key >> np.uint64(32))
        weight = value[0]
        if weight <= thresholds[a] and weight <= thresholds[b]:
            a = join(links, a, b)
            heaviest[a] = weight
            thresholds[a] = weight + k / np.float32(-links[a])
            continue
        thresholds[a] = _FROZEN
        thresholds[b] = _FROZEN
        pair = (np.uint64(min(a, b)) << np.uint64(32)) | np.uint64(max(a, b))
        slot = (pair * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(40)) & last
        if seen[slot] == pair:
            continue
        seen[slot] = pair
        weights[count] = weight
        ends[count, 0] = a
        ends[count, 1] = b
        count += 1
    word[0] = np.uint32(touched)  # of no use, but without it the compiler would leave the touching out
    return count


@njit(cache=True, nogil=True)
def number_components(links, heaviest, numbers, labels, sizes, heaviest_of):  # type: ignore[no-untyped-def]
    """Give the shared components numbers, in raster order.

    Parameters
    ----------
    links : int32 (P,)
    heaviest : float32 (P,)
        At roots.
    numbers : int32 (P,)
        Filled at roots.
    labels : int32 (P,)
        Filled with the component of each pixel.
    sizes : int32 (P,)
    heaviest_of : float32 (P,)
        Their first C entries are filled.

    Returns
    -------
    int
        C.
    """
    count = 0
    numbers[:] = -1
    for pixel in range(len(links)):
        root = find(links, pixel)
        if numbers[root] < 0:
            numbers[root] = count
            sizes[count] = -links[root]
            heaviest_of[count] = heaviest[root]
            count += 1
        labels[pixel] = numbers[root]
    return count


@njit(cache=True, nogil=True)
def renumber(ends, numbers):  # type: ignore[no-untyped-def]
    """Put the numbers of components in place of their roots.

    Parameters
    ----------
    ends : int32 (edges, 2)
        Changed.
    numbers : int32 (P,)
    """
    for edge in range(len(ends)):
        ends[edge, 0] = numbers[ends[edge, 0]]
        ends[edge, 1] = numbers[ends[edge, 1]]


@njit(cache=True, nogil=True)
def join_rest(sizes, heaviest, weights, ends, k, min_size, regions):  # type: ignore[no-untyped-def]
    """Go on from the shared components with one k, then join what is smaller than `min_size`.

    Parameters
    ----------
    sizes : int32 (C,)
    heaviest : float32 (C,)
    weights : float32 (edges put aside,)
        Lightest first.
    ends : int32 (edges put aside, 2)
    k : float
    min_size : int
        Pixels.
    regions : int32 (C,)
        Filled with the region of each component, numbered in raster order.

    Returns
    -------
    int
        How many regions there are.
    """
    k = np.float32(k)
    count = len(sizes)
    links = -sizes
    thresholds = heaviest + k / sizes.astype(np.float32)
    rejected = np.empty(len(weights), np.int32)
    small = 0
    for edge in range(len(weights)):
        a = find(links, ends[edge, 0])
        b = find(links, ends[edge, 1])
        if a == b:
            continue
        weight = weights[edge]
        if weight <= thresholds[a] and weight <= thresholds[b]:
            a = join(links, a, b)
            thresholds[a] = weight + k / np.float32(-links[a])
        elif links[a] > -min_size or links[b] > -min_size:
            rejected[small] = edge
            small += 1
    for n in range(small):
        a = find(links, ends[rejected[n], 0])
        b = find(links, ends[rejected[n], 1])
        if a != b and (links[a] > -min_size or links[b] > -min_size):
            join(links, a, b)
    numbers = np.full(count, -1, np.int32)
    found = 0
    for component in range(count):
        root = find(links, component)
        if numbers[root] < 0:
            numbers[root] = found
            found += 1
        regions[component] = numbers[root]
    return found
