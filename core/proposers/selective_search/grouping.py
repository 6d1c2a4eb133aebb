"""Hierarchical grouping: the most similar neighbours become one region, until one is left.

Uijlings et al. 2013, algorithm 1. Similarity adds up colour, texture, size and fill (section 3.2).

Notation: R initial regions; with the merged ones there are at most 2R - 1.
"""

from typing import NamedTuple

import numpy as np
from numba import njit


class Strategy(NamedTuple):
    """The weights of a similarity; those of the measures that are not used are 0."""

    colour: float
    fill: float
    texture: float
    size: float

    @property
    def words(self) -> str:
        """Name the measures that are used, as ``fill, texture, size``."""
        return ", ".join(name for name, weight in self._asdict().items() if weight)


COLOUR_FILL_TEXTURE_SIZE = Strategy(0.25, 0.25, 0.25, 0.25)
FILL_TEXTURE_SIZE = Strategy(0.0, 0.3333, 0.3333, 0.3333)
FILL = Strategy(0.0, 1.0, 0.0, 0.0)
SIZE = Strategy(0.0, 0.0, 0.0, 1.0)


@njit(cache=True, nogil=True)
def _push(heap, count, key):  # type: ignore[no-untyped-def]
    place = count
    while place > 0:
        parent = (place - 1) >> 1
        if heap[parent] >= key:
            break
        heap[place] = heap[parent]
        place = parent
    heap[place] = key


@njit(cache=True, nogil=True)
def _pop(heap, count):  # type: ignore[no-untyped-def]
    top = heap[0]
    key = heap[count - 1]
    count -= 1
    place = 0
    while True:
        child = 2 * place + 1
        if child >= count:
            break
        if child + 1 < count and heap[child + 1] > heap[child]:
            child += 1
        if heap[child] <= key:
            break
        heap[place] = heap[child]
        place = child
    heap[place] = key
    return top


@njit(cache=True, nogil=True)
def _overlaps(histograms, slot, others, count, sums):  # type: ignore[no-untyped-def]
    """Intersect one histogram with others: sums of the smaller bins, added in the order of the bins.

    The order fixes the last bit of a float, and with it which of two near neighbours is nearer. Four at
    a time, since each sum waits for its last addition.
    """
    one = histograms[slot]
    bins = len(one)
    n = 0
    while n + 4 <= count:
        a, b = histograms[others[n]], histograms[others[n + 1]]
        c, d = histograms[others[n + 2]], histograms[others[n + 3]]
        sa = sb = sc = sd = np.float32(0)
        for i in range(bins):
            h = one[i]
            sa += h if h < a[i] else a[i]
            sb += h if h < b[i] else b[i]
            sc += h if h < c[i] else c[i]
            sd += h if h < d[i] else d[i]
        sums[n], sums[n + 1], sums[n + 2], sums[n + 3] = sa, sb, sc, sd
        n += 4
    while n < count:
        a = histograms[others[n]]
        sa = np.float32(0)
        for i in range(bins):
            sa += one[i] if one[i] < a[i] else a[i]
        sums[n] = sa
        n += 1


@njit(cache=True, nogil=True)
def _blend(histograms, a, b, size_a, size_b, into):  # type: ignore[no-untyped-def]
    one, two = histograms[a], histograms[b]
    target = histograms[into]
    sa, sb, both = np.float32(size_a), np.float32(size_b), np.float32(size_a + size_b)
    for n in range(len(one)):
        target[n] = (one[n] * sa + two[n] * sb) / both


@njit(cache=True, nogil=True)
def _unit(value):  # type: ignore[no-untyped-def]
    return max(min(value, np.float32(1)), np.float32(0))


@njit(cache=True, nogil=True)
def _grown(array, length):  # type: ignore[no-untyped-def]
    bigger = np.empty(length, array.dtype)
    bigger[: len(array)] = array
    return bigger


@njit(cache=True, nogil=True)
def group(initial_sizes, initial_boxes, initial_colour, initial_texture, pairs, pixels, weights):  # type: ignore[no-untyped-def]
    """Group regions until no two are neighbours.

    Of equal similarities the pair found last is taken first.

    Parameters
    ----------
    initial_sizes : int32 (R,)
    initial_boxes : int32 (R, 4)
    initial_colour : float32 (R, 25 channels)
    initial_texture : float32 (R, 80 channels)
    pairs : int32 (neighbours, 2)
    pixels : int
        Of the image.
    weights : float32 (4,)
        A :class:`Strategy`.

    Returns
    -------
    boxes : int32 (N, 4)
        The initial regions, then the merged ones in their order; N <= 2R - 1.
    levels : int32 (N,)
        1 for an initial region, one more than the higher of its parts for a merged one.
    parts : int32 (N, 2)
        What a merged region was made of, -1 for an initial one.
    similarities : float32 (N,)
        Of its parts, 0 for an initial one.
    """
    count = len(initial_sizes)
    most = max(2 * count - 1, 1)
    sizes, slots = np.empty(most, np.int32), np.empty(most, np.int32)
    boxes, levels = np.empty((most, 4), np.int32), np.ones(most, np.int32)
    parts, alive = np.full((most, 2), -1, np.int32), np.zeros(most, np.bool_)
    similarities = np.zeros(most, np.float32)
    sizes[:count], boxes[:count], alive[:count] = initial_sizes, initial_boxes, True
    slots[:count] = np.arange(count)
    colour, texture = initial_colour.copy(), initial_texture.copy()
    wc, wf, wt, ws = weights[0], weights[1], weights[2], weights[3]
    total = np.float32(np.float32(np.float32(wc + wf) + wt) + ws)
    image = np.float32(pixels)

    # Neighbours of a region are a chain of links; ends of an edge are looked up by its number.
    head = np.full(most, -1, np.int32)
    room = 4 * len(pairs) + 64
    chain_to, chain_next = np.empty(room, np.int32), np.empty(room, np.int32)
    chained = 0
    edge_room = 2 * len(pairs) + 64
    edge_from, edge_to = np.empty(edge_room, np.int32), np.empty(edge_room, np.int32)
    heap = np.empty(edge_room, np.uint64)
    edges = waiting = 0

    near, near_slots = np.empty(most, np.int32), np.empty(most, np.int32)
    by_colour, by_texture = np.zeros(most, np.float32), np.zeros(most, np.float32)
    met = np.full(most, -1, np.int32)
    word = np.empty(1, np.float32)
    bits = word.view(np.uint32)

    made = count
    row = 0
    source = np.int32(0)
    while True:
        # The neighbours of one region: an initial one's higher neighbours, or all of the one just made.
        found = 0
        if row < len(pairs):
            source = pairs[row, 0]
            while row < len(pairs) and pairs[row, 0] == source:
                near[found] = pairs[row, 1]
                found += 1
                row += 1
        else:
            a = b = -1
            while waiting > 0:
                key = _pop(heap, waiting)
                waiting -= 1
                edge = np.int64(key & np.uint64(0xFFFFFFFF))
                a, b = edge_from[edge], edge_to[edge]
                if alive[a] and alive[b]:
                    break
                a = -1
            if a < 0:
                break
            source = np.int32(made)
            made += 1
            alive[a] = alive[b] = False
            alive[source] = True
            parts[source, 0], parts[source, 1] = a, b
            bits[0] = np.uint32(key >> np.uint64(32))
            similarities[source] = word[0]
            levels[source] = max(levels[a], levels[b]) + 1
            boxes[source, 0], boxes[source, 1] = min(boxes[a, 0], boxes[b, 0]), min(boxes[a, 1], boxes[b, 1])
            boxes[source, 2], boxes[source, 3] = max(boxes[a, 2], boxes[b, 2]), max(boxes[a, 3], boxes[b, 3])
            sizes[source] = sizes[a] + sizes[b]
            slots[source] = min(slots[a], slots[b])
            if wc > 0:
                _blend(colour, slots[a], slots[b], sizes[a], sizes[b], slots[source])
            if wt > 0:
                _blend(texture, slots[a], slots[b], sizes[a], sizes[b], slots[source])
            for part in (a, b):
                link = head[part]
                while link >= 0:
                    other = chain_to[link]
                    if alive[other] and met[other] != source:
                        met[other] = source
                        near[found] = other
                        found += 1
                    link = chain_next[link]
        for n in range(found):
            near_slots[n] = slots[near[n]]
        if wc > 0:
            _overlaps(colour, slots[source], near_slots, found, by_colour)
        if wt > 0:
            _overlaps(texture, slots[source], near_slots, found, by_texture)
        if chained + 2 * found > len(chain_to):
            room = 2 * (chained + 2 * found)
            chain_to, chain_next = _grown(chain_to, room), _grown(chain_next, room)
        if edges + found > len(edge_from):
            edge_room = 2 * (edges + found)
            edge_from, edge_to = _grown(edge_from, edge_room), _grown(edge_to, edge_room)
            heap = _grown(heap, edge_room)
        for n in range(found):
            other = near[n]
            both = sizes[source] + sizes[other]
            similarity = np.float32(0)
            if wc > 0:
                similarity += wc * by_colour[n]
            if wf > 0:
                across = max(boxes[source, 2], boxes[other, 2]) - min(boxes[source, 0], boxes[other, 0])
                down = max(boxes[source, 3], boxes[other, 3]) - min(boxes[source, 1], boxes[other, 1])
                hole = np.float32(across * down - both)
                similarity += wf * _unit(np.float32(1) - hole / image)
            if wt > 0:
                similarity += wt * by_texture[n]
            if ws > 0:
                similarity += ws * _unit(np.float32(1) - np.float32(both) / image)
            word[0] = similarity / total
            edge_from[edges], edge_to[edges] = source, other
            _push(heap, waiting, (np.uint64(bits[0]) << np.uint64(32)) | np.uint64(edges))
            edges += 1
            waiting += 1
            chain_to[chained], chain_next[chained] = other, head[source]
            head[source] = chained
            chain_to[chained + 1], chain_next[chained + 1] = source, head[other]
            head[other] = chained + 1
            chained += 2
    return boxes[:made], levels[:made], parts[:made], similarities[:made]
