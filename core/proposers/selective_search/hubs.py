"""Hubs: regions with so many neighbours that only some are compared with them at every merge.

A hub keeps its slot and its pairs while it grows. Each pair has a bound: its similarity when last compared,
minus the drift of the hub at that time. The drift is the sum of what each merge of the hub can have added to
any similarity (``similarity.absorb``), so that

    similarity <= bound + drift now + rounding,

and only pairs whose bound reaches the best similarity known need be compared: in photographs of 4 and 12
megapixels some 5 a merge, of up to 3,000.

Of equally similar pairs the newest is merged. A merge renews all pairs of a hub, in the order in which its
neighbours are found, those of the newest pairs first. So the pairs are kept in a row, the newest at one end,
and each merge reverses the row. A pair of two hubs is in both rows, but has a bound only in that of the hub
that merged last; the chains (``graph``) of hubs hold only links to other hubs.
"""

import numpy as np

from core.proposers.selective_search.graph import (
    NEWEST,
    NONE,
    OLDER,
    OWNER,
    POSITION,
    RENEWED,
    SINCE,
    alive,
    chain,
    gather,
    link_between,
    other_slot,
)
from core.proposers.selective_search.kernel import inner, makes_arrays
from core.proposers.selective_search.rows import (
    BLOCK,
    DRIFT,
    END,
    FIRST,
    NO_BOUND,
    TOP,
    TURNED,
    close_row,
    empty_hubs,
    has_room,
    hub_neighbours,
    make_newest,
    make_room,
    next_position,
    open_row,
    set_link,
    with_more_room,
)
from core.proposers.selective_search.similarity import absorb, compare


@makes_arrays()
def first_hubs(graph, pairs, least):  # type: ignore[no-untyped-def]
    """Return the hubs among the initial regions: those of at least `least` neighbours. Pairs count from 1."""
    count = len(graph.slots)
    hubs = empty_hubs(count)
    degrees = np.empty(count, np.int64)
    for slot in range(count):
        degrees[slot] = 0
    for row in range(len(pairs)):
        degrees[pairs[row, 0]] += 1
        degrees[pairs[row, 1]] += 1
    for slot in range(count):
        if degrees[slot] >= least:
            if not has_room(hubs, len(pairs)):
                hubs = with_more_room(hubs, len(pairs))
            open_row(hubs, graph, slot, degrees[slot], np.int64(1))
    return hubs


@inner()
def _add(hubs, graph, link, bound):  # type: ignore[no-untyped-def]
    """Add a link to the newest end of the row of the hub that owns it."""
    hub = other_slot(graph, link ^ 1)
    make_room(hubs, graph, hub, np.int64(1))
    set_link(hubs, graph, hub, next_position(hubs, hub, True), link, bound)


@inner()
def insert_pair(hubs, graph, link, similarity):  # type: ignore[no-untyped-def]
    """Insert a new pair with a hub; if both are hubs, the bound is in the row of the first."""
    slots = graph.slots
    owner, other = other_slot(graph, link ^ 1), other_slot(graph, link)
    owner_is_hub, other_is_hub = slots[owner, RENEWED] > 0, slots[other, RENEWED] > 0
    if owner_is_hub:
        _add(hubs, graph, link, similarity - hubs.heights[owner, DRIFT])
    if other_is_hub:
        _add(hubs, graph, link ^ 1, NO_BOUND if owner_is_hub else similarity - hubs.heights[other, DRIFT])
    if other_is_hub or not owner_is_hub:
        chain(graph, link)
    if owner_is_hub or not other_is_hub:
        chain(graph, link ^ 1)


@inner()
def _highest_bound(hubs, graph, hub):  # type: ignore[no-untyped-def]
    """Return the position of the highest bound of a live pair, -1 if there is none."""
    bounds, ceilings, rows = hubs.bounds, hubs.ceilings, hubs.rows
    while True:
        ceiling, block = NO_BOUND, 0
        for n in range(rows[hub, FIRST] // BLOCK, (rows[hub, END] - 1) // BLOCK + 1):
            if ceilings[n] > ceiling:
                ceiling, block = ceilings[n], n
        hubs.heights[hub, TOP] = ceiling
        if ceiling == NO_BOUND:
            return -1
        top, highest = NO_BOUND, -1
        for position in range(block * BLOCK, block * BLOCK + BLOCK):
            if bounds[position] > top:
                if alive(graph, hubs.links[position]):
                    top, highest = bounds[position], position
                else:
                    bounds[position], hubs.links[position] = NO_BOUND, NONE
        ceilings[block] = top
        if top == ceiling:
            return highest


@inner()
def _update_bounds(hubs, graph, features, hub, positions, count, others, values):  # type: ignore[no-untyped-def]
    """Compare a hub with the neighbours at some positions of its row, and set their bounds."""
    for n in range(count):
        others[n] = other_slot(graph, hubs.links[positions[n]])
    compare(features, hub, others, count, values)
    for n in range(count):
        position = np.int64(positions[n])
        set_link(hubs, graph, hub, position, hubs.links[position], values[0, n] - hubs.heights[hub, DRIFT])


@inner()
def best_pair_of_hub(hubs, graph, features, hub, rounding, key, scratch):  # type: ignore[no-untyped-def]
    """Return the best pair of a hub, if it is better than the best known.

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
    position : int
        Of that pair in the hub's row, -1 if none of the hub's is better.
    """
    tried, others, values = scratch.tried, scratch.others, scratch.values
    as_float, as_bits = scratch.as_float, scratch.as_bits
    bounds, rows = hubs.bounds, hubs.rows
    as_bits[0] = key >> np.uint64(32)
    least = as_float[0] - rounding - hubs.heights[hub, DRIFT]
    best = np.int64(-1)
    if hubs.heights[hub, TOP] < least:
        return key, best
    top = _highest_bound(hubs, graph, hub)
    if top < 0 or bounds[top] < least:
        return key, best
    # The pair of the highest bound first: the bounds of the others must reach its similarity.
    tried[0] = top
    _update_bounds(hubs, graph, features, hub, tried, np.int64(1), others, values)
    least = max(least, bounds[top] - rounding)
    count = np.int64(0)
    for block in range(rows[hub, FIRST] // BLOCK, (rows[hub, END] - 1) // BLOCK + 1):
        if hubs.ceilings[block] >= least:
            for position in range(block * BLOCK, block * BLOCK + BLOCK):
                if bounds[position] >= least and alive(graph, hubs.links[position]):
                    tried[count] = position
                    count += 1
    _update_bounds(hubs, graph, features, hub, tried, count, others, values)
    for n in range(count):
        candidate = np.int64(tried[n])
        as_float[0] = values[0, n]
        number = max(hubs.links[candidate] >> 1, np.int64(graph.slots[hub, RENEWED]))
        candidate_key = (np.uint64(as_bits[0]) << np.uint64(32)) | np.uint64(number)
        newer = best >= 0 and (candidate > best) == (rows[hub, TURNED] == 0)
        if candidate_key > key or (candidate_key == key and newer):
            key, best = candidate_key, candidate
    return key, best


@inner()
def link_of_later(hubs, graph, hub, position):  # type: ignore[no-untyped-def]
    """Return the link, of a pair in a hub's row, whose owner was merged last."""
    link = hubs.links[position]
    return link if graph.slots[hub, RENEWED] > link >> 1 else link & ~1


@inner()
def merge_hub(hubs, graph, features, hub, a, b, stamp, number, scratch):  # type: ignore[no-untyped-def]
    """Merge a hub and a neighbour.

    Parameters
    ----------
    hub, a, b : int
        The hub is a or b. If both are hubs, the one with the longer row remains.
    stamp : int
        Not used before.
    number : int
        Of the next pair.

    Returns
    -------
    hub : int
        The one that remains.
    number : int
        Of the next pair, after this merge.
    """
    rows, neighbours = hubs.rows, scratch.neighbours
    other = a ^ b ^ hub
    if graph.slots[other, RENEWED] > 0:
        if rows[other, END] - rows[other, FIRST] > rows[hub, END] - rows[hub, FIRST]:
            hub, other = other, hub
        close_row(hubs, graph, other)
        degree = hub_neighbours(hubs, graph, other, neighbours)
    else:
        degree = gather(graph, other, stamp, np.int64(0), scratch)
    graph.slots[other, SINCE] = NONE
    new = _insert_neighbours(hubs, graph, hub, neighbours, degree, other == a, number)
    rows[hub, TURNED] ^= 1
    drift = hubs.heights[hub, DRIFT]
    hubs.heights[hub, DRIFT] += absorb(features, hub, other)
    for n in range(new):
        scratch.tried[n] = graph.links[2 * (number + n), POSITION]
    _update_bounds(hubs, graph, features, hub, scratch.tried, new, scratch.others, scratch.values)
    graph.slots[hub, RENEWED] = number + new
    _renew_hub_pairs(hubs, graph, hub, drift)
    return hub, number + new + 1


@inner()
def _insert_neighbours(hubs, graph, hub, neighbours, degree, before, number):  # type: ignore[no-untyped-def]
    """Insert a region's neighbours into a hub's row, before or after its own; return how many are new."""
    links, slots = graph
    make_room(hubs, graph, hub, degree)
    new = np.int64(0)
    for step in range(degree):
        third = np.int64(neighbours[degree - 1 - step] if before else neighbours[step])
        if third == hub:
            continue
        back = link_between(graph, third, hub)
        if back != NONE:
            if before:
                make_newest(hubs, graph, hub, back ^ 1, hubs.bounds[links[back ^ 1, POSITION]])
            continue
        link = 2 * (number + new)
        new += 1
        links[link, OWNER], links[link ^ 1, OWNER] = hub, third
        set_link(hubs, graph, hub, next_position(hubs, hub, before), link, NO_BOUND)
        chain(graph, link ^ 1)
        if slots[third, RENEWED] > 0:
            chain(graph, link)
            _add(hubs, graph, link ^ 1, NO_BOUND)
    return new


@inner()
def _renew_hub_pairs(hubs, graph, hub, drift):  # type: ignore[no-untyped-def]
    """Make the pairs of a merged hub with other hubs the newest in their rows, and take over the bounds.

    `drift` is that of the hub before the merge.
    """
    links, slots = graph
    link = np.int64(slots[hub, NEWEST])
    while link != NONE:
        if alive(graph, link):
            position, opposite = np.int64(links[link, POSITION]), np.int64(links[link ^ 1, POSITION])
            other = other_slot(graph, link)
            if hubs.bounds[opposite] > NO_BOUND:
                bound = hubs.bounds[opposite] + hubs.heights[other, DRIFT] - drift
                set_link(hubs, graph, hub, position, link, bound)
            make_room(hubs, graph, other, np.int64(1))
            make_newest(hubs, graph, other, link ^ 1, NO_BOUND)
        link = np.int64(links[link, OLDER])
