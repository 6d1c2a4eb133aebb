"""The graph of neighbouring regions: pairs, numbered as they are found, dead once their regions merge.

Links 2p and 2p + 1 are the two directions of pair p. The links of a region form a linked list, its chain, the
newest first. A link is dead once the slot that it leads to holds a newer region.

Notation: R slots, L links.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.proposers.selective_search.kernel import in_place, inner

# Columns of Graph.links. The position is the link's in the row of its owner, if that is a hub.
OWNER, OLDER, POSITION = range(3)
# Columns of Graph.slots: the newest link; the first pair of the slot's present region; the number of a hub's
# last merge, 0 for a region that is no hub.
NEWEST, SINCE, RENEWED = range(3)

NONE = np.int64(0x7FFFFFFF)


class Graph(NamedTuple):
    """The slots of the regions and their links.

    Attributes
    ----------
    links : int32 (L, 3)
    slots : int32 (R, 3)
    """

    links: NDArray[np.int32]
    slots: NDArray[np.int32]


@in_place()
def other_slot(graph, link):  # type: ignore[no-untyped-def]
    """Return the slot that a link leads to."""
    return np.int64(graph.links[link ^ 1, OWNER])


@in_place()
def chain(graph, link):  # type: ignore[no-untyped-def]
    """Insert a link at the head of its owner's chain."""
    links, slots = graph
    owner = links[link, OWNER]
    links[link, OLDER] = slots[owner, NEWEST]
    slots[owner, NEWEST] = link


@in_place()
def alive(graph, link):  # type: ignore[no-untyped-def]
    """Return whether the region that a link leads to has not been merged into another."""
    return (link >> 1) >= graph.slots[other_slot(graph, link), SINCE]


@inner()
def gather(graph, owner, stamp, degree, scratch):  # type: ignore[no-untyped-def]
    """Append the neighbours of a region that is no hub to the first `degree` of ``scratch.neighbours``.

    Those of the newest pairs come first; a pair with a hub is as new as the hub's last merge. Neighbours
    whose entry in ``scratch.stamps`` is `stamp` are skipped; the others get it.

    Returns
    -------
    int
        The number of neighbours, `degree` included.
    """
    links, slots = graph
    neighbours, pair_numbers, stamps = scratch.neighbours, scratch.pair_numbers, scratch.stamps
    start = degree
    link = np.int64(slots[owner, NEWEST])
    while link != NONE:
        other = other_slot(graph, link)
        number = link >> 1
        if number >= slots[other, SINCE] and stamps[other] != stamp:
            stamps[other] = stamp
            number = max(number, np.int64(slots[other, RENEWED]))
            n = degree
            while n > start and pair_numbers[n - 1] < number:
                neighbours[n], pair_numbers[n] = neighbours[n - 1], pair_numbers[n - 1]
                n -= 1
            neighbours[n], pair_numbers[n] = other, number
            degree += 1
        link = np.int64(links[link, OLDER])
    return degree


@inner()
def link_between(graph, owner, other):  # type: ignore[no-untyped-def]
    """Return the link from one region to another, NONE if there is none; unlinks dead ones on the way."""
    links, slots = graph
    newer = NONE
    link = np.int64(slots[owner, NEWEST])
    while link != NONE:
        older = np.int64(links[link, OLDER])
        if alive(graph, link):
            if other_slot(graph, link) == other:
                return link
            newer = link
        elif newer == NONE:
            slots[owner, NEWEST] = older
        else:
            links[newer, OLDER] = older
        link = older
    return NONE
