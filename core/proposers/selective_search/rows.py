"""The rows in which the pairs of hubs stand; what for is told in ``hubs``.

Notation: R slots, P places in all rows, H hubs.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.proposers.selective_search.graph import NONE, PLACE, RENEWED, alive, other_end
from core.proposers.selective_search.kernel import inner, makes_arrays
from core.proposers.selective_search.memory import longer

BLOCK = 32
NOTHING = -np.inf
# Columns of Hubs.rows: where the places of a hub begin and end, the first and the end of those in use, and
# 1 if the newest pair is at the beginning.
START, STOP, FIRST, END, TURNED = range(5)
# Columns of Hubs.heights: the drift of a hub; and no bound in its row is above the top.
DRIFT, TOP = range(2)
# Of Hubs.counts: H, and the places given away.
HUBS, PLACES = range(2)


class Hubs(NamedTuple):
    """The rows of all hubs.

    Attributes
    ----------
    bounds : float64 (P,)
        NOTHING where no pair stands that this hub compares.
    links : int64 (P,)
        Owned by the hub; NONE where no pair stands.
    ceilings : float64 (P / 32,)
        No bound in a block of 32 places is above it.
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
def no_hubs(slots):  # type: ignore[no-untyped-def]
    """Give the rows of no hub, without a place."""
    counts = np.empty(2, np.int64)
    counts[HUBS] = counts[PLACES] = 0
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
def _places_for(pairs):  # type: ignore[no-untyped-def]
    """Tell how long the row for so many pairs is: half as many and more may come at either end."""
    return (2 * pairs // BLOCK + 2) * BLOCK


@inner()
def _places_needed(hubs, pairs):  # type: ignore[no-untyped-def]
    """Tell how many places one merge can take, if all rows are too short for it.

    There are never more pairs than at first; those of two hubs stand in two rows. What a hub takes in, or
    becomes a hub, has no more of them than there are slots; any other hub gets one more.
    """
    most = 2 * (2 * pairs + 2 * len(hubs.rows) + 2 * hubs.counts[HUBS])
    return (most // BLOCK + 2 * (hubs.counts[HUBS] + 2)) * BLOCK


@inner()
def has_places(hubs, pairs):  # type: ignore[no-untyped-def]
    """Tell whether there are places for any one merge, of so many initial pairs."""
    return hubs.counts[PLACES] + _places_needed(hubs, pairs) <= len(hubs.bounds)


@makes_arrays()
def more_places(hubs, pairs):  # type: ignore[no-untyped-def]
    """Give the rows twice as many places, and those for any one merge."""
    bounds, links, ceilings, rows, heights, members, counts = hubs
    length = 2 * (len(bounds) + _places_needed(hubs, pairs))
    ceilings = longer(ceilings, length // BLOCK)
    return Hubs(longer(bounds, length), longer(links, length), ceilings, rows, heights, members, counts)


@inner()
def _new_row(hubs, hub, pairs):  # type: ignore[no-untyped-def]
    start = hubs.counts[PLACES]
    stop = start + _places_for(pairs)
    hubs.counts[PLACES] = stop
    for place in range(start, stop):
        hubs.bounds[place], hubs.links[place] = NOTHING, NONE
    for block in range(start // BLOCK, stop // BLOCK):
        hubs.ceilings[block] = NOTHING
    hubs.rows[hub, START], hubs.rows[hub, STOP] = start, stop
    hubs.rows[hub, FIRST] = hubs.rows[hub, END] = start + (stop - start - pairs) // 2


@inner()
def open_row(hubs, graph, hub, pairs, number):  # type: ignore[no-untyped-def]
    """Make a region a hub; so many pairs are to come, from this number on."""
    _new_row(hubs, hub, pairs)
    hubs.rows[hub, TURNED] = 0
    hubs.heights[hub, DRIFT], hubs.heights[hub, TOP] = 0.0, NOTHING
    hubs.members[hubs.counts[HUBS]] = hub
    hubs.counts[HUBS] += 1
    graph.slots[hub, RENEWED] = number


@inner()
def close_row(hubs, graph, hub):  # type: ignore[no-untyped-def]
    """Make a hub none."""
    n = 0
    while hubs.members[n] != hub:
        n += 1
    hubs.counts[HUBS] -= 1
    hubs.members[n] = hubs.members[hubs.counts[HUBS]]
    graph.slots[hub, RENEWED] = 0


@inner()
def put(hubs, graph, hub, place, link, bound):  # type: ignore[no-untyped-def]
    """Put a link of a hub, and its bound, in a place."""
    hubs.bounds[place], hubs.links[place] = bound, link
    graph.links[link, PLACE] = place
    hubs.ceilings[place // BLOCK] = max(hubs.ceilings[place // BLOCK], bound)
    hubs.heights[hub, TOP] = max(hubs.heights[hub, TOP], bound)


@inner()
def make_room(hubs, graph, hub, more):  # type: ignore[no-untyped-def]
    """See to it that more pairs fit at either end of a row; if they do not, the living ones move."""
    first, end = hubs.rows[hub, FIRST], hubs.rows[hub, END]
    if first - more >= hubs.rows[hub, START] and end + more <= hubs.rows[hub, STOP]:
        return
    living = 0
    for place in range(first, end):
        if hubs.links[place] != NONE and alive(graph, hubs.links[place]):
            living += 1
    _new_row(hubs, hub, living + 2 * more)
    to = hubs.rows[hub, FIRST] + more
    hubs.rows[hub, FIRST] = to
    for place in range(first, end):
        link = hubs.links[place]
        if link != NONE and alive(graph, link):
            put(hubs, graph, hub, to, link, hubs.bounds[place])
            to += 1
    hubs.rows[hub, END] = to


@inner()
def next_place(hubs, hub, newest):  # type: ignore[no-untyped-def]
    """Take the next place at the newest or the oldest end of a row."""
    rows = hubs.rows
    if newest == (rows[hub, TURNED] == 1):
        rows[hub, FIRST] -= 1
        return rows[hub, FIRST]
    rows[hub, END] += 1
    return rows[hub, END] - 1


@inner()
def move(hubs, graph, hub, link, bound):  # type: ignore[no-untyped-def]
    """Make a pair the newest of a row that it stands in."""
    place = np.int64(graph.links[link, PLACE])
    hubs.bounds[place], hubs.links[place] = NOTHING, NONE
    put(hubs, graph, hub, next_place(hubs, hub, True), link, bound)


@inner()
def gather_row(hubs, graph, hub, near):  # type: ignore[no-untyped-def]
    """Fill `near` with the neighbours of a hub, those of the newest pairs first; returns how many."""
    rows = hubs.rows
    found = np.int64(0)
    for step in range(rows[hub, END] - rows[hub, FIRST]):
        place = rows[hub, FIRST] + step if rows[hub, TURNED] else rows[hub, END] - 1 - step
        link = hubs.links[place]
        if link != NONE and alive(graph, link):
            near[found] = other_end(graph, link)
            found += 1
    return found
