"""Which regions are neighbours: pairs, numbered as they are found and forgotten as their regions merge.

Links 2p and 2p + 1 are pair p, as either of its regions knows it. Each region's links form a chain, the
newest first. A link is dead once the slot that it leads to holds a newer region.

Notation: R slots, L links.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.proposers.selective_search.kernel import in_place, inner

# Columns of Graph.links. The place is the link's in the row of its owner, if that is a hub.
OWNER, OLDER, PLACE = range(3)
# Columns of Graph.slots: newest link; the first pair of the region that is there now; and of a hub the
# number of its last merge, 0 of others.
NEWEST, SINCE, RENEWED = range(3)

NONE = np.int64(0x7FFFFFFF)


class Graph(NamedTuple):
    """Regions and their pairs.

    Attributes
    ----------
    links : int32 (L, 3)
    slots : int32 (R, 3)
    """

    links: NDArray[np.int32]
    slots: NDArray[np.int32]


@in_place()
def other_end(graph, link):  # type: ignore[no-untyped-def]
    """Give the slot that a link leads to."""
    return np.int64(graph.links[link ^ 1, OWNER])


@in_place()
def chain(graph, link):  # type: ignore[no-untyped-def]
    """Make a link the newest of its owner's."""
    links, slots = graph
    owner = links[link, OWNER]
    links[link, OLDER] = slots[owner, NEWEST]
    slots[owner, NEWEST] = link


@in_place()
def alive(graph, link):  # type: ignore[no-untyped-def]
    """Tell whether the region that a link leads to is still there."""
    return (link >> 1) >= graph.slots[other_end(graph, link), SINCE]


@inner()
def gather(graph, owner, stamp, found, scratch):  # type: ignore[no-untyped-def]
    """Add the neighbours of a region that is no hub to so many in ``scratch.near``.

    Those of the newest pairs come first; a pair with a hub is as new as the hub's last merge, which made
    another region of it. Those that bear the stamp are left out, the others get it.

    Returns
    -------
    int
        How many there are now.
    """
    links, slots = graph
    near, numbers, met = scratch.near, scratch.numbers, scratch.met
    start = found
    link = np.int64(slots[owner, NEWEST])
    while link != NONE:
        other = other_end(graph, link)
        number = link >> 1
        if number >= slots[other, SINCE] and met[other] != stamp:
            met[other] = stamp
            number = max(number, np.int64(slots[other, RENEWED]))
            n = found
            while n > start and numbers[n - 1] < number:
                near[n], numbers[n] = near[n - 1], numbers[n - 1]
                n -= 1
            near[n], numbers[n] = other, number
            found += 1
        link = np.int64(links[link, OLDER])
    return found


@inner()
def link_between(graph, owner, other):  # type: ignore[no-untyped-def]
    """Give the link from one region to another, NONE if there is none; drops dead links on its way."""
    links, slots = graph
    newer = NONE
    link = np.int64(slots[owner, NEWEST])
    while link != NONE:
        older = np.int64(links[link, OLDER])
        if alive(graph, link):
            if other_end(graph, link) == other:
                return link
            newer = link
        elif newer == NONE:
            slots[owner, NEWEST] = older
        else:
            links[newer, OLDER] = older
        link = older
    return NONE
