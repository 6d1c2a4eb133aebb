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

from core.proposers.selective_search.prefetch import prefetch
from core.proposers.selective_search.union_find import find, join, separate

# Edges ahead: of 8 to 96 the best at 4 megapixels.
_FAR, _NEAR = 48, 24
_ONE = np.uint64(1)
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


@njit(cache=True, nogil=True)
def ask_for(parents, sizes, heaviest, pixel):  # type: ignore[no-untyped-def]
    """Ask for all that is known of a pixel."""
    pixel = np.uint64(pixel)
    prefetch(parents, pixel)
    prefetch(sizes, pixel)
    prefetch(heaviest, pixel)


@njit(cache=True, nogil=True)
def join_shared(keys, width, k, parents, sizes, heaviest, weights, ends, seen):  # type: ignore[no-untyped-def]
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
    parents : uint32 (P,)
        Overwritten.
    sizes : int32 (P,)
        Overwritten; it holds at roots, and is negative where a component is frozen.
    heaviest : float32 (P,)
        Overwritten; it holds at roots.
    weights : float32 (E,)
    ends : uint32 (E, 2)
        Filled with the edges put aside.
    seen : uint64 (a power of two,)
        A set of pairs that forgets.

    Returns
    -------
    int
        How many are put aside.
    """
    k = np.float32(k)
    separate(parents)
    sizes[:] = 1
    heaviest[:] = 0
    seen[:] = 0
    down = np.uint64(width) - _ONE
    last = np.uint64(len(seen) - 1)
    word = np.empty(1, np.uint32)
    value = word.view(np.float32)
    aside = np.uint64(0)
    edges = len(keys)
    for edge in range(edges):
        # Edges that are near in weight are far apart in the picture: each end and its parent are asked for
        # ahead. At 4 megapixels that halves the time; at 0.25, where all fits in the cache, it takes a tenth.
        if edge + _FAR < edges:
            soon = keys[edge + _FAR] & _LOW
            pixel = soon >> _ONE
            prefetch(parents, pixel)
            prefetch(parents, pixel + _ONE + down * (soon & _ONE))
        if edge + _NEAR < edges:
            soon = keys[edge + _NEAR] & _LOW
            pixel = soon >> _ONE
            ask_for(parents, sizes, heaviest, parents[pixel])
            ask_for(parents, sizes, heaviest, parents[pixel + _ONE + down * (soon & _ONE)])
        key = keys[edge]
        place = key & _LOW
        pixel = place >> _ONE
        a = find(parents, pixel)
        b = find(parents, pixel + _ONE + down * (place & _ONE))
        if a == b:
            continue
        word[0] = np.uint32(key >> _HALF)
        weight = value[0]
        size_a, size_b = sizes[a], sizes[b]
        light_a = weight <= heaviest[a] + k / np.float32(size_a)
        light_b = weight <= heaviest[b] + k / np.float32(size_b)
        if (size_a > 0) & (size_b > 0) & light_a & light_b:
            heaviest[join(parents, sizes, a, b)] = weight
            continue
        sizes[a], sizes[b] = -abs(size_a), -abs(size_b)
        pair = (min(a, b) << _HALF) | max(a, b)
        slot = (pair * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(40)) & last
        if seen[slot] == pair:
            continue
        seen[slot] = pair
        weights[aside] = weight
        ends[aside, 0], ends[aside, 1] = np.uint32(a), np.uint32(b)
        aside += _ONE
    return np.int64(aside)


@njit(cache=True, nogil=True)
def number_components(parents, sizes, heaviest, labels, sizes_of, heaviest_of):  # type: ignore[no-untyped-def]
    """Give the shared components numbers, in raster order.

    Parameters
    ----------
    parents : uint32 (P,)
    sizes : int32 (P,)
        Changed.
    heaviest : float32 (P,)
        As :func:`join_shared` leaves them.
    labels : int32 (P,)
        Filled with the component of each pixel. It may be the memory of `heaviest`.
    sizes_of : int32 (P,)
    heaviest_of : float32 (P,)
        Their first C entries are filled.

    Returns
    -------
    int
        C.
    """
    count = 0
    for pixel in range(len(parents)):
        root = find(parents, np.uint64(pixel))
        if sizes[root] != 0:
            sizes_of[count] = abs(sizes[root])
            heaviest_of[count] = heaviest[root]
            sizes[root] = 0
            labels[root] = count  # what the root gets here is what it would get as a pixel
            count += 1
        labels[pixel] = labels[root]
    return count


@njit(cache=True, nogil=True)
def renumber(ends, labels):  # type: ignore[no-untyped-def]
    """Put the numbers of components in place of their roots.

    Parameters
    ----------
    ends : uint32 (edges, 2)
        Changed.
    labels : int32 (P,)
    """
    for edge in range(len(ends)):
        ends[edge, 0] = np.uint32(labels[ends[edge, 0]])
        ends[edge, 1] = np.uint32(labels[ends[edge, 1]])


@njit(cache=True, nogil=True)
def relabel(labels, piece_of):  # type: ignore[no-untyped-def]
    """Put the piece of each component in its place.

    Parameters
    ----------
    labels : int32 (P,)
        Changed.
    piece_of : int32 (C,)
    """
    for pixel in range(len(labels)):
        labels[pixel] = piece_of[np.uint32(labels[pixel])]


@njit(cache=True, nogil=True)
def join_rest(sizes, heaviest, weights, ends, k, min_size, regions):  # type: ignore[no-untyped-def]
    """Go on from the shared components with one k, then join what is smaller than `min_size`.

    Parameters
    ----------
    sizes : int32 (C,)
    heaviest : float32 (C,)
    weights : float32 (edges put aside,)
        Lightest first.
    ends : uint32 (edges put aside, 2)
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
    parents = np.empty(count, np.uint32)
    separate(parents)
    joined = sizes.copy()
    thresholds = heaviest + k / sizes.astype(np.float32)
    rejected = np.empty(len(weights), np.uint32)
    small = np.uint64(0)
    for edge in range(len(weights)):
        a = find(parents, ends[edge, 0])
        b = find(parents, ends[edge, 1])
        if a == b:
            continue
        weight = weights[edge]
        if weight <= thresholds[a] and weight <= thresholds[b]:
            a = join(parents, joined, a, b)
            thresholds[a] = weight + k / np.float32(joined[a])
        elif joined[a] < min_size or joined[b] < min_size:
            rejected[small] = np.uint32(edge)
            small += _ONE
    for edge in rejected[:small]:
        a = find(parents, ends[edge, 0])
        b = find(parents, ends[edge, 1])
        if a != b and (joined[a] < min_size or joined[b] < min_size):
            join(parents, joined, a, b)
    numbers = np.full(count, -1, np.int32)
    found = 0
    for component in range(count):
        root = find(parents, np.uint64(component))
        if numbers[root] < 0:
            numbers[root] = found
            found += 1
        regions[component] = numbers[root]
    return found
