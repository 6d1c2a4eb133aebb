"""Hubs: regions with so many neighbours that not all are compared with them at every merge.

A hub keeps its slot and its pairs while it grows. Each pair has a bound: its similarity when last compared,
less the drift of the hub at that time. The drift adds up what the hub's merges can have added to any
similarity (``similarity.absorb``), so that

    similarity <= bound + drift now + rounding,

and only pairs that come up to the best one known need be compared: in photographs of 4 and 12 megapixels
some five a merge, of up to 3,000.

Of equal pairs the newest is taken. A merge makes all pairs of a hub anew, in the order in which its
neighbours are found, those of the newest pairs first. So the pairs stand in a row, the newest at one end,
and with each merge the row turns round. A pair of two hubs stands in both rows, but has a bound only in
that of the hub that merged last; hubs are chained (``graph``) to each other alone.
"""

import numpy as np

from core.proposers.selective_search.graph import (
    NEWEST,
    NONE,
    OLDER,
    OWNER,
    PLACE,
    RENEWED,
    SINCE,
    alive,
    chain,
    gather,
    link_between,
    other_end,
)
from core.proposers.selective_search.kernel import inner, makes_arrays
from core.proposers.selective_search.rows import (
    BLOCK,
    DRIFT,
    END,
    FIRST,
    NOTHING,
    TOP,
    TURNED,
    close_row,
    gather_row,
    has_places,
    make_room,
    more_places,
    move,
    next_place,
    no_hubs,
    open_row,
    put,
)
from core.proposers.selective_search.similarity import absorb, compare


@makes_arrays()
def first_hubs(graph, pairs, least):  # type: ignore[no-untyped-def]
    """Make hubs of the regions that have so many neighbours from the beginning; pairs are numbered from 1."""
    count = len(graph.slots)
    hubs = no_hubs(count)
    degrees = np.empty(count, np.int64)
    for slot in range(count):
        degrees[slot] = 0
    for row in range(len(pairs)):
        degrees[pairs[row, 0]] += 1
        degrees[pairs[row, 1]] += 1
    for slot in range(count):
        if degrees[slot] >= least:
            if not has_places(hubs, len(pairs)):
                hubs = more_places(hubs, len(pairs))
            open_row(hubs, graph, slot, degrees[slot], np.int64(1))
    return hubs


@inner()
def _add(hubs, graph, link, bound):  # type: ignore[no-untyped-def]
    """Make a link the newest of the hub that owns it."""
    hub = other_end(graph, link ^ 1)
    make_room(hubs, graph, hub, np.int64(1))
    put(hubs, graph, hub, next_place(hubs, hub, True), link, bound)


@inner()
def enter(hubs, graph, link, similarity):  # type: ignore[no-untyped-def]
    """Enter a new pair of which one region is a hub, or both: then the bound is the first one's."""
    slots = graph.slots
    owner, other = other_end(graph, link ^ 1), other_end(graph, link)
    here, there = slots[owner, RENEWED] > 0, slots[other, RENEWED] > 0
    if here:
        _add(hubs, graph, link, similarity - hubs.heights[owner, DRIFT])
    if there:
        _add(hubs, graph, link ^ 1, NOTHING if here else similarity - hubs.heights[other, DRIFT])
    if there or not here:
        chain(graph, link)
    if here or not there:
        chain(graph, link ^ 1)


@inner()
def _highest(hubs, graph, hub):  # type: ignore[no-untyped-def]
    """Give the place of the highest bound of a living pair, -1 if there is none."""
    bounds, ceilings, rows = hubs.bounds, hubs.ceilings, hubs.rows
    while True:
        ceiling, block = NOTHING, 0
        for n in range(rows[hub, FIRST] // BLOCK, (rows[hub, END] - 1) // BLOCK + 1):
            if ceilings[n] > ceiling:
                ceiling, block = ceilings[n], n
        hubs.heights[hub, TOP] = ceiling
        if ceiling == NOTHING:
            return -1
        top, highest = NOTHING, -1
        for place in range(block * BLOCK, block * BLOCK + BLOCK):
            if bounds[place] > top:
                if alive(graph, hubs.links[place]):
                    top, highest = bounds[place], place
                else:
                    bounds[place], hubs.links[place] = NOTHING, NONE
        ceilings[block] = top
        if top == ceiling:
            return highest


@inner()
def _compare_places(hubs, graph, looks, hub, places, count, others, values):  # type: ignore[no-untyped-def]
    """Compare a hub with what stands in so many places of its row, and set their bounds."""
    for n in range(count):
        others[n] = other_end(graph, hubs.links[places[n]])
    compare(looks, hub, others, count, values)
    for n in range(count):
        place = np.int64(places[n])
        put(hubs, graph, hub, place, hubs.links[place], values[0, n] - hubs.heights[hub, DRIFT])


@inner()
def challenge(hubs, graph, looks, hub, rounding, key, scratch):  # type: ignore[no-untyped-def]
    """Look for a pair of a hub that is better than the best known.

    Parameters
    ----------
    hub : int
    rounding : float
    key : uint64
        Of the best pair known: the bits of its similarity above its number.

    Returns
    -------
    key : uint64
        Of the best pair now.
    place : int
        Where it stands in the hub's row, -1 if it does not.
    """
    tried, others, values = scratch.tried, scratch.others, scratch.values
    word, bits = scratch.word, scratch.bits
    bounds, rows = hubs.bounds, hubs.rows
    bits[0] = key >> np.uint64(32)
    least = word[0] - rounding - hubs.heights[hub, DRIFT]
    best = np.int64(-1)
    if hubs.heights[hub, TOP] < least:
        return key, best
    top = _highest(hubs, graph, hub)
    if top < 0 or bounds[top] < least:
        return key, best
    # The most promising pair first: what it reaches, the others must come up to.
    tried[0] = top
    _compare_places(hubs, graph, looks, hub, tried, np.int64(1), others, values)
    least = max(least, bounds[top] - rounding)
    count = np.int64(0)
    for block in range(rows[hub, FIRST] // BLOCK, (rows[hub, END] - 1) // BLOCK + 1):
        if hubs.ceilings[block] >= least:
            for place in range(block * BLOCK, block * BLOCK + BLOCK):
                if bounds[place] >= least and alive(graph, hubs.links[place]):
                    tried[count] = place
                    count += 1
    _compare_places(hubs, graph, looks, hub, tried, count, others, values)
    for n in range(count):
        at = np.int64(tried[n])
        word[0] = values[0, n]
        number = max(hubs.links[at] >> 1, np.int64(graph.slots[hub, RENEWED]))
        this = (np.uint64(bits[0]) << np.uint64(32)) | np.uint64(number)
        newer = best >= 0 and (at > best) == (rows[hub, TURNED] == 0)
        if this > key or (this == key and newer):
            key, best = this, at
    return key, best


@inner()
def made_last(hubs, graph, hub, place):  # type: ignore[no-untyped-def]
    """Give that link of a pair in a hub's row whose owner was merged last."""
    link = hubs.links[place]
    return link if graph.slots[hub, RENEWED] > link >> 1 else link & ~1


@inner()
def grow(hubs, graph, looks, hub, a, b, stamp, number, scratch):  # type: ignore[no-untyped-def]
    """Merge a hub and a neighbour.

    Parameters
    ----------
    hub, a, b : int
        The hub is a or b. If both are hubs, the one with the longer row stays.
    stamp : int
        Never used before.
    number : int
        Of the next pair.

    Returns
    -------
    hub : int
        The one that stays.
    number : int
        Of the next pair, after this merge.
    """
    rows, near = hubs.rows, scratch.near
    other = a ^ b ^ hub
    if graph.slots[other, RENEWED] > 0:
        if rows[other, END] - rows[other, FIRST] > rows[hub, END] - rows[hub, FIRST]:
            hub, other = other, hub
        close_row(hubs, graph, other)
        found = gather_row(hubs, graph, other, near)
    else:
        found = gather(graph, other, stamp, np.int64(0), scratch)
    graph.slots[other, SINCE] = NONE
    new = _take_over(hubs, graph, hub, near, found, other == a, number)
    rows[hub, TURNED] ^= 1
    drift = hubs.heights[hub, DRIFT]
    hubs.heights[hub, DRIFT] += absorb(looks, hub, other)
    for n in range(new):
        scratch.tried[n] = graph.links[2 * (number + n), PLACE]
    _compare_places(hubs, graph, looks, hub, scratch.tried, new, scratch.others, scratch.values)
    graph.slots[hub, RENEWED] = number + new
    _renew_pairs_of_hubs(hubs, graph, hub, drift)
    return hub, number + new + 1


@inner()
def _take_over(hubs, graph, hub, near, found, before, number):  # type: ignore[no-untyped-def]
    """Put the neighbours of a region into a hub's row, before or after its own; returns how many are new."""
    links, slots = graph
    make_room(hubs, graph, hub, found)
    new = np.int64(0)
    for step in range(found):
        third = np.int64(near[found - 1 - step] if before else near[step])
        if third == hub:
            continue
        back = link_between(graph, third, hub)
        if back != NONE:
            if before:
                move(hubs, graph, hub, back ^ 1, hubs.bounds[links[back ^ 1, PLACE]])
            continue
        link = 2 * (number + new)
        new += 1
        links[link, OWNER], links[link ^ 1, OWNER] = hub, third
        put(hubs, graph, hub, next_place(hubs, hub, before), link, NOTHING)
        chain(graph, link ^ 1)
        if slots[third, RENEWED] > 0:
            chain(graph, link)
            _add(hubs, graph, link ^ 1, NOTHING)
    return new


@inner()
def _renew_pairs_of_hubs(hubs, graph, hub, drift):  # type: ignore[no-untyped-def]
    """Make the pairs of a merged hub with others the newest in their rows, and take over the bounds.

    `drift` is that of the hub before the merge.
    """
    links, slots = graph
    link = np.int64(slots[hub, NEWEST])
    while link != NONE:
        if alive(graph, link):
            place, there = np.int64(links[link, PLACE]), np.int64(links[link ^ 1, PLACE])
            other = other_end(graph, link)
            if hubs.bounds[there] > NOTHING:
                bound = hubs.bounds[there] + hubs.heights[other, DRIFT] - drift
                put(hubs, graph, hub, place, link, bound)
            make_room(hubs, graph, other, np.int64(1))
            move(hubs, graph, other, link ^ 1, NOTHING)
        link = np.int64(links[link, OLDER])
