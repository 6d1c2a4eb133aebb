"""Initial regions: the graph-based segmentation of Felzenszwalb and Huttenlocher (IJCV 2004).

Every pixel is a vertex, joined to its right and lower neighbour by an edge that weighs the colour
difference. Edges are processed lightest first; one joins its two components when it is no heavier than either
of their thresholds, ``heaviest inner edge + k / size``.

All k of one colour image share the sort and most of the joining. A component that rejected an edge never
grows again (their Lemma 1), and until the smallest k rejects one of its edges, it is the same for every
larger k. So the joining runs once with the smallest k; where an edge is rejected, its two components are
frozen, edges between frozen components are deferred, and each k continues with these alone, a few percent of
all.

Notation: P pixels, E edges, C components that all k share.
"""

import numpy as np
from numba import njit

from core.proposers.selective_search.prefetch import prefetch
from core.proposers.selective_search.union_find import find, join, make_sets

# Edges ahead at which parents, and roots, are prefetched: the best of 8 to 96 at 4 megapixels.
_PARENTS_AHEAD, _ROOTS_AHEAD = 48, 24
_ONE = np.uint64(1)
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


@njit(cache=True, nogil=True)
def prefetch_pixel(parents, sizes, heaviest, pixel):  # type: ignore[no-untyped-def]
    """Prefetch the entries of a pixel in all three arrays."""
    pixel = np.uint64(pixel)
    prefetch(parents, pixel)
    prefetch(sizes, pixel)
    prefetch(heaviest, pixel)


@njit(cache=True, nogil=True)
def start(parents, sizes, heaviest):  # type: ignore[no-untyped-def]
    """Make every pixel a component, as :func:`join_shared` expects them at first."""
    make_sets(parents)
    sizes[:] = 1
    heaviest[:] = 0


@njit(cache=True, nogil=True)
def join_shared(keys, width, k, parents, sizes, heaviest, weights, ends, seen):  # type: ignore[no-untyped-def]
    """Join components along some edges while every k agrees; defer the edges where they may not.

    Of several edges between the same two frozen components only the lightest is deferred: once it is
    rejected, one of the two is final.

    Parameters
    ----------
    keys : uint64 (E,)
        Sorted; none is lighter than those of calls before.
    width : int
    k : float
        The smallest.
    parents : uint32 (P,)
        Changed; before the first call, as :func:`start` fills it and the next two.
    sizes : int32 (P,)
        Changed; valid at roots, negative where a component is frozen.
    heaviest : float32 (P,)
        Changed; valid at roots.
    weights : float32 (E,)
    ends : uint32 (E, 2)
        Both filled with the deferred edges; may share the memory of the keys and of their spare.
    seen : uint64 (a power of two,)
        A cache of pairs seen, zeros at first: a new pair may overwrite another.

    Returns
    -------
    int
        The number of deferred edges.
    """
    k = np.float32(k)
    down = np.uint64(width) - _ONE
    last = np.uint64(len(seen) - 1)
    word = np.empty(1, np.uint32)
    value = word.view(np.float32)
    deferred = np.uint64(0)
    edges = len(keys)
    for edge in range(edges):
        # Edges of similar weight are far apart in the picture: both ends and their parents are prefetched. At
        # 4 megapixels that halves the time; at 0.25, where all fits in the cache, it costs a tenth.
        if edge + _PARENTS_AHEAD < edges:
            upcoming = keys[edge + _PARENTS_AHEAD] & _LOW
            pixel = upcoming >> _ONE
            prefetch(parents, pixel)
            prefetch(parents, pixel + _ONE + down * (upcoming & _ONE))
        if edge + _ROOTS_AHEAD < edges:
            upcoming = keys[edge + _ROOTS_AHEAD] & _LOW
            pixel = upcoming >> _ONE
            prefetch_pixel(parents, sizes, heaviest, parents[pixel])
            prefetch_pixel(parents, sizes, heaviest, parents[pixel + _ONE + down * (upcoming & _ONE)])
        key = keys[edge]
        edge_of_pixel = key & _LOW
        pixel = edge_of_pixel >> _ONE
        a = find(parents, pixel)
        b = find(parents, pixel + _ONE + down * (edge_of_pixel & _ONE))
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
        weights[deferred] = weight
        ends[deferred, 0], ends[deferred, 1] = np.uint32(a), np.uint32(b)
        deferred += _ONE
    return np.int64(deferred)


@njit(cache=True, nogil=True)
def count_components(parents):  # type: ignore[no-untyped-def]
    """Return C, the number of components."""
    count = 0
    for pixel in range(len(parents)):
        count += parents[pixel] == np.uint32(pixel)
    return count


@njit(cache=True, nogil=True)
def number_components(parents, sizes, heaviest, labels, sizes_of, heaviest_of):  # type: ignore[no-untyped-def]
    """Fill the numbers of the shared components, in raster order, and their sizes and heaviest edges.

    Parameters
    ----------
    parents : uint32 (P,)
    sizes : int32 (P,)
        Changed.
    heaviest : float32 (P,)
        As filled by :func:`join_shared`.
    labels : int32 (P,)
        Filled with the component of each pixel; may share the memory of `heaviest`.
    sizes_of : int32 (C,)
    heaviest_of : float32 (C,)
        Both filled.
    """
    count = 0
    for pixel in range(len(parents)):
        root = find(parents, np.uint64(pixel))
        if sizes[root] != 0:
            sizes_of[count] = abs(sizes[root])
            heaviest_of[count] = heaviest[root]
            sizes[root] = 0
            labels[root] = count  # the root's label as a pixel is the same
            count += 1
        labels[pixel] = labels[root]


@njit(cache=True, nogil=True)
def renumber(ends, labels):  # type: ignore[no-untyped-def]
    """Replace roots by the numbers of their components.

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
    """Replace components by their pieces.

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
    """Join the shared components for one k, then those smaller than `min_size`.

    Parameters
    ----------
    sizes : int32 (C,)
    heaviest : float32 (C,)
    weights : float32 (deferred edges,)
        Lightest first.
    ends : uint32 (deferred edges, 2)
    k : float
    min_size : int
        Pixels.
    regions : int32 (C,)
        Filled with the region of each component, numbered in raster order.

    Returns
    -------
    int
        The number of regions.
    """
    k = np.float32(k)
    count = len(sizes)
    parents = np.empty(count, np.uint32)
    make_sets(parents)
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
    region_count = 0
    for component in range(count):
        root = find(parents, np.uint64(component))
        if numbers[root] < 0:
            numbers[root] = region_count
            region_count += 1
        regions[component] = numbers[root]
    return region_count
