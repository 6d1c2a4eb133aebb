"""Hierarchical grouping: the most similar neighbours become one region, until one is left.

Uijlings et al. 2013, algorithm 1. The pairs of neighbours are in a heap, by similarity; a merged region is
compared with all its neighbours. A wall or a sky, with a thousand neighbours and as many merges, would be
compared a million times: such a region is a hub, and only those of its pairs are compared that may be the
best (``hubs``). The result is the same bit for bit.

Notation: R initial regions; with the merged ones there are at most 2R - 1.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from core.proposers.selective_search.graph import (
    NEWEST,
    NONE,
    OWNER,
    RENEWED,
    SINCE,
    Graph,
    alive,
    chain,
    gather,
    other_slot,
)
from core.proposers.selective_search.heap import pop, push
from core.proposers.selective_search.hubs import (
    best_pair_of_hub,
    first_hubs,
    insert_pair,
    link_of_later,
    merge_hub,
)
from core.proposers.selective_search.kernel import in_place, inner
from core.proposers.selective_search.memory import extended, extended_table, new_scratch
from core.proposers.selective_search.rows import HUBS, has_room, open_row, with_more_room
from core.proposers.selective_search.similarity import AREA, X0, Features, compare, merge, rounding
from core.proposers.selective_search.tree import add_merged, leaves

HUB = 48
"""Neighbours from which on a region is a hub: fewer gain nothing at 4 MP, and 16 cost 5 % at 0.2 MP."""

# The state that is kept while memory grows: number of regions, of pairs on the heap, and of the next pair.
_MADE, _WAITING, _NUMBER = range(3)


class Strategy(NamedTuple):
    """The weights of the four similarity measures; 0 for those that are not used."""

    colour: float
    fill: float
    texture: float
    size: float

    def describe(self) -> str:
        """Return the names of the measures that are used, as ``fill, texture, size``."""
        return ", ".join(name for name, weight in self._asdict().items() if weight)


COLOUR_FILL_TEXTURE_SIZE = Strategy(0.25, 0.25, 0.25, 0.25)
FILL_TEXTURE_SIZE = Strategy(0.0, 0.3333, 0.3333, 0.3333)
FILL = Strategy(0.0, 1.0, 0.0, 0.0)
SIZE = Strategy(0.0, 0.0, 0.0, 1.0)


@inner()
def _connect(graph, heap, hubs, slot, degree, number, waiting, scratch):  # type: ignore[no-untyped-def]
    """Insert the pairs of a region whose similarities are in `scratch`; return the number on the heap."""
    is_hub = graph.slots[slot, RENEWED] > 0
    for n in range(degree):
        other = scratch.neighbours[n]
        link = 2 * (number + n)
        graph.links[link, OWNER], graph.links[link ^ 1, OWNER] = slot, other
        if is_hub or graph.slots[other, RENEWED] > 0:
            insert_pair(hubs, graph, link, scratch.values[0, n])
            continue
        scratch.as_float[0] = scratch.values[0, n]
        push(heap, waiting, (np.uint64(scratch.as_bits[0]) << np.uint64(32)) | np.uint64(number + n))
        waiting += 1
        chain(graph, link)
        chain(graph, link ^ 1)
    return waiting


@inner()
def _connect_initial(graph, heap, hubs, features, pairs, state, scratch):  # type: ignore[no-untyped-def]
    row = 0
    while row < len(pairs):
        first = row
        slot = np.int64(pairs[row, 0])
        while row < len(pairs) and pairs[row, 0] == slot:
            scratch.neighbours[row - first] = pairs[row, 1]
            row += 1
        degree = np.int64(row - first)
        compare(features, slot, scratch.neighbours, degree, scratch.values)
        number, waiting = state[_NUMBER], state[_WAITING]
        state[_WAITING] = _connect(graph, heap, hubs, slot, degree, number, waiting, scratch)
        state[_NUMBER] += degree


@in_place()
def _first_link(key):  # type: ignore[no-untyped-def]
    """Return a pair's link from the region that was made later to the other."""
    return np.int64(key & np.uint64(0xFFFFFFFF)) << 1


@in_place()
def _drop_dead(graph, heap, waiting):  # type: ignore[no-untyped-def]
    """Remove dead pairs until a live one is on top of the heap; return how many remain."""
    while waiting > 0:
        link = _first_link(heap[0])
        if alive(graph, link) and alive(graph, link ^ 1):
            break
        pop(heap, waiting)
        waiting -= 1
    return waiting


@inner()
def _best(graph, heap, hubs, features, slack, waiting, scratch):  # type: ignore[no-untyped-def]
    """Return the most similar pair.

    Returns
    -------
    key : uint64
        The bits of its similarity above its number; 0 if there is no pair.
    link : int
        From the region that was made later to the other.
    hub : int
        The hub in whose row the pair is, -1 if it is on the heap.
    """
    key = heap[0] if waiting > 0 else np.uint64(0)
    link, hub = _first_link(key), np.int64(-1)
    for n in range(hubs.counts[HUBS]):
        member = hubs.members[n]
        key, position = best_pair_of_hub(hubs, graph, features, member, slack, key, scratch)
        if position >= 0:
            link, hub = link_of_later(hubs, graph, member, position), member
    return key, link, hub


@in_place()
def _merge_plain(graph, features, a, b, stamp, number, scratch):  # type: ignore[no-untyped-def]
    """Merge two regions that are no hubs and compare the new one; return its slot and neighbour count."""
    slots = graph.slots
    slots[a, SINCE] = slots[b, SINCE] = NONE
    degree = gather(graph, a, stamp, np.int64(0), scratch)
    degree = gather(graph, b, stamp, degree, scratch)
    slot = min(a, b)
    slots[slot, SINCE], slots[slot, NEWEST] = number, NONE
    merge(features, a, b, slot)
    compare(features, slot, scratch.neighbours, degree, scratch.values)
    return slot, degree


@in_place()
def _links_fit(graph, state):  # type: ignore[no-untyped-def]
    return 2 * (state[_NUMBER] + len(graph.slots) + 1) <= len(graph.links)


@in_place()
def _keys_fit(graph, heap, state):  # type: ignore[no-untyped-def]
    return state[_WAITING] + len(graph.slots) <= len(heap)


@inner()
def _merge_all(graph, heap, hubs, features, pairs, least, tree, state, scratch):  # type: ignore[no-untyped-def]
    """Merge until no two regions are neighbours, or memory may not suffice for the next merge.

    Returns
    -------
    bool
        Whether no two regions are neighbours.
    """
    slack = rounding(features)
    while _links_fit(graph, state) and _keys_fit(graph, heap, state):
        if hubs.counts[HUBS] > 0 and not has_room(hubs, pairs):
            return False
        number, made = state[_NUMBER], state[_MADE]
        waiting = _drop_dead(graph, heap, state[_WAITING])
        key, link, hub = _best(graph, heap, hubs, features, slack, waiting, scratch)
        if key == 0:
            return True
        a, b = other_slot(graph, link ^ 1), other_slot(graph, link)
        scratch.as_bits[0] = key >> np.uint64(32)
        similarity = scratch.as_float[0]
        needs_room = False
        if hub >= 0:
            slot, number = merge_hub(hubs, graph, features, hub, a, b, made, number, scratch)
        else:
            slot, degree = _merge_plain(graph, features, a, b, made, number, scratch)
            # Without room for its row it is no hub yet, but becomes one when it merges again.
            needs_room = degree >= least and not has_room(hubs, pairs)
            if degree >= least and not needs_room:
                open_row(hubs, graph, slot, degree, number)
            waiting = _connect(graph, heap, hubs, slot, degree, number, waiting, scratch)
            number += degree
        add_merged(tree, made, a, b, similarity, slot, features.shapes)
        state[_NUMBER], state[_WAITING], state[_MADE] = number, waiting, made + 1
        if needs_room:
            return False
    return False


@njit(cache=True, nogil=True)
def group(sizes, boxes, colour, texture, pairs, pixels, weights, hub=HUB):  # type: ignore[no-untyped-def]
    """Group regions until no two are neighbours.

    Of pairs of equal similarity the one found last is merged first.

    Parameters
    ----------
    sizes : int32 (R,)
        At most `pixels` in sum: regions do not overlap.
    boxes : int32 (R, 4)
    colour : float32 (R, 25 channels)
    texture : float32 (R, 80 channels)
    pairs : int32 (neighbours, 2)
        Grouped by their first region.
    pixels : int
        Of the image.
    weights : float32 (4,)
        A :class:`Strategy`.
    hub : int
        Neighbours from which on a region is a hub, at least 1; affects the time alone.

    Returns
    -------
    boxes : int32 (N, 4)
        The initial regions, then the merged ones in the order of the merges; N <= 2R - 1.
    levels : int32 (N,)
        1 for an initial region, one more than the higher of its parts for a merged one.
    parts : int32 (N, 2)
        The two regions that were merged, -1 for an initial one.
    similarities : float32 (N,)
        Of the two parts, 0 for an initial one.
    """
    least = np.int64(hub)
    count = len(sizes)
    tree, scratch = leaves(boxes), new_scratch(count)
    graph = Graph(np.empty((4 * (len(pairs) + count + 1), 3), np.int32), np.empty((count, 3), np.int32))
    heap = np.empty(2 * len(pairs) + count, np.uint64)
    shapes = np.empty((count, 5), np.int32)
    for slot in range(count):
        graph.slots[slot, NEWEST], graph.slots[slot, SINCE], graph.slots[slot, RENEWED] = NONE, 0, 0
        shapes[slot, AREA] = sizes[slot]
        for side in range(4):
            shapes[slot, X0 + side] = boxes[slot, side]
    features = Features(shapes, colour.copy(), texture.copy(), weights, pixels)
    hubs = first_hubs(graph, pairs, least)
    state = np.empty(3, np.int64)
    state[_MADE], state[_WAITING], state[_NUMBER] = count, 0, 1
    _connect_initial(graph, heap, hubs, features, pairs, state, scratch)
    while not _merge_all(graph, heap, hubs, features, len(pairs), least, tree, state, scratch):
        if not _links_fit(graph, state):
            graph = Graph(extended_table(graph.links, 2 * len(graph.links)), graph.slots)
        elif not _keys_fit(graph, heap, state):
            heap = extended(heap, 2 * len(heap))
        else:
            hubs = with_more_room(hubs, len(pairs))
    made = state[_MADE]
    return tree.boxes[:made], tree.levels[:made], tree.parts[:made], tree.similarities[:made]
