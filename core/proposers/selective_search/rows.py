"""The rows that hold the pairs of hubs; ``hubs`` explains their order.

Notation: R slots, P positions in all rows, H hubs.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.proposers.selective_search.graph import NONE, POSITION, RENEWED, alive, other_slot
from core.proposers.selective_search.kernel import inner, makes_arrays
from core.proposers.selective_search.memory import extended

BLOCK = 32
NO_BOUND = -np.inf
# Columns of Hubs.rows: begin and end of a hub's positions, begin and end of those in use, and 1 if the newest
# pair is at the beginning.
START, STOP, FIRST, END, TURNED = range(5)
# Columns of Hubs.heights: the drift of a hub, and an upper limit of the bounds in its row.
DRIFT, TOP = range(2)
# Entries of Hubs.counts: H, and the number of positions in use by rows.
HUBS, POSITIONS = range(2)


class Hubs(NamedTuple):
    """The rows of all hubs.

    Attributes
    ----------
    bounds : float64 (P,)
        NO_BOUND where there is no pair that this hub compares.
    links : int64 (P,)
        Owned by the hub; NONE where there is no pair.
    ceilings : float64 (P / 32,)
        Upper limit of the bounds in each block of 32 positions.
    rows : int64 (R, 5)
    heights : float64 (R, 2)
    members : int64 (R,)
        The first H are the slots of the hubs.
    counts : int64 (2,)
    """

    bounds: NDArray[np.float64]
    links: NDArray[np.int64]
    ceilings: NDArray[np.float64]
    rows: NDArray[np.int64]
    heights: NDArray[np.float64]
    members: NDArray[np.int64]
    counts: NDArray[np.int64]


@makes_arrays()
def empty_hubs(slots):  # type: ignore[no-untyped-def]
    """Return the rows of no hub, without any position."""
    counts = np.empty(2, np.int64)
    counts[HUBS] = counts[POSITIONS] = 0
    return Hubs(
        np.empty(0, np.float64),
        np.empty(0, np.int64),
        np.empty(0, np.float64),
        np.empty((slots, 5), np.int64),
        np.empty((slots, 2), np.float64),
        np.empty(slots, np.int64),
        counts,
    )


@inner()
def _row_length(pairs):  # type: ignore[no-untyped-def]
    """Return the length of a row for `pairs` pairs: at least half as many more fit at either end."""
    return (2 * pairs // BLOCK + 2) * BLOCK


@inner()
def _positions_needed(hubs, pairs):  # type: ignore[no-untyped-def]
    """Return how many positions one merge can take at most, if all rows are too short for it.

    There are never more pairs than at first; those of two hubs are in two rows. A region that is merged into
    a hub, or becomes one, has at most as many pairs as there are slots; any other hub gets one more.
    """
    most = 2 * (2 * pairs + 2 * len(hubs.rows) + 2 * hubs.counts[HUBS])
    return (most // BLOCK + 2 * (hubs.counts[HUBS] + 2)) * BLOCK


@inner()
def has_room(hubs, pairs):  # type: ignore[no-untyped-def]
    """Return whether there are enough positions for any one merge, given `pairs` initial pairs."""
    return hubs.counts[POSITIONS] + _positions_needed(hubs, pairs) <= len(hubs.bounds)


@makes_arrays()
def with_more_room(hubs, pairs):  # type: ignore[no-untyped-def]
    """Return the rows with twice as many positions, and enough for any one merge."""
    bounds, links, ceilings, rows, heights, members, counts = hubs
    length = 2 * (len(bounds) + _positions_needed(hubs, pairs))
    ceilings = extended(ceilings, length // BLOCK)
    return Hubs(extended(bounds, length), extended(links, length), ceilings, rows, heights, members, counts)


@inner()
def _new_row(hubs, hub, pairs):  # type: ignore[no-untyped-def]
    start = hubs.counts[POSITIONS]
    stop = start + _row_length(pairs)
    hubs.counts[POSITIONS] = stop
    for position in range(start, stop):
        hubs.bounds[position], hubs.links[position] = NO_BOUND, NONE
    for block in range(start // BLOCK, stop // BLOCK):
        hubs.ceilings[block] = NO_BOUND
    hubs.rows[hub, START], hubs.rows[hub, STOP] = start, stop
    hubs.rows[hub, FIRST] = hubs.rows[hub, END] = start + (stop - start - pairs) // 2


@inner()
def open_row(hubs, graph, hub, pairs, number):  # type: ignore[no-untyped-def]
    """Make a region a hub, with a row for `pairs` pairs that are numbered from `number` on."""
    _new_row(hubs, hub, pairs)
    hubs.rows[hub, TURNED] = 0
    hubs.heights[hub, DRIFT], hubs.heights[hub, TOP] = 0.0, NO_BOUND
    hubs.members[hubs.counts[HUBS]] = hub
    hubs.counts[HUBS] += 1
    graph.slots[hub, RENEWED] = number


@inner()
def close_row(hubs, graph, hub):  # type: ignore[no-untyped-def]
    """Make a hub a plain region."""
    n = 0
    while hubs.members[n] != hub:
        n += 1
    hubs.counts[HUBS] -= 1
    hubs.members[n] = hubs.members[hubs.counts[HUBS]]
    graph.slots[hub, RENEWED] = 0


@inner()
def set_link(hubs, graph, hub, position, link, bound):  # type: ignore[no-untyped-def]
    """Store a link of a hub, and its bound, at a position."""
    hubs.bounds[position], hubs.links[position] = bound, link
    graph.links[link, POSITION] = position
    hubs.ceilings[position // BLOCK] = max(hubs.ceilings[position // BLOCK], bound)
    hubs.heights[hub, TOP] = max(hubs.heights[hub, TOP], bound)


@inner()
def make_room(hubs, graph, hub, more):  # type: ignore[no-untyped-def]
    """Move the live pairs of a row to a longer one, unless `more` pairs fit at either end."""
    first, end = hubs.rows[hub, FIRST], hubs.rows[hub, END]
    if first - more >= hubs.rows[hub, START] and end + more <= hubs.rows[hub, STOP]:
        return
    live = 0
    for position in range(first, end):
        if hubs.links[position] != NONE and alive(graph, hubs.links[position]):
            live += 1
    _new_row(hubs, hub, live + 2 * more)
    target = hubs.rows[hub, FIRST] + more
    hubs.rows[hub, FIRST] = target
    for position in range(first, end):
        link = hubs.links[position]
        if link != NONE and alive(graph, link):
            set_link(hubs, graph, hub, target, link, hubs.bounds[position])
            target += 1
    hubs.rows[hub, END] = target


@inner()
def next_position(hubs, hub, newest):  # type: ignore[no-untyped-def]
    """Return the next free position at the newest or the oldest end of a row, and count it as used."""
    rows = hubs.rows
    if newest == (rows[hub, TURNED] == 1):
        rows[hub, FIRST] -= 1
        return rows[hub, FIRST]
    rows[hub, END] += 1
    return rows[hub, END] - 1


@inner()
def make_newest(hubs, graph, hub, link, bound):  # type: ignore[no-untyped-def]
    """Move a pair to the newest end of its row."""
    position = np.int64(graph.links[link, POSITION])
    hubs.bounds[position], hubs.links[position] = NO_BOUND, NONE
    set_link(hubs, graph, hub, next_position(hubs, hub, True), link, bound)


@inner()
def hub_neighbours(hubs, graph, hub, neighbours):  # type: ignore[no-untyped-def]
    """Fill `neighbours` with the neighbours of a hub, those of the newest pairs first; return how many."""
    rows = hubs.rows
    degree = np.int64(0)
    for step in range(rows[hub, END] - rows[hub, FIRST]):
        position = rows[hub, FIRST] + step if rows[hub, TURNED] else rows[hub, END] - 1 - step
        link = hubs.links[position]
        if link != NONE and alive(graph, link):
            neighbours[degree] = other_slot(graph, link)
            degree += 1
    return degree
