"""Hierarchical grouping without hubs: every merged region is compared with all its neighbours at once.

Hundreds of regions at once are too many for ``naive_selective_search.group``, and it has no order of ties.
"""

import numpy as np
from numba import njit


@njit(cache=True)
def overlap(one, other):
    total = np.float32(0)
    for n in range(len(one)):
        total += min(one[n], other[n])
    return total


@njit(cache=True)
def unit(value):
    return max(min(value, np.float32(1)), np.float32(0))


@njit(cache=True)
def similarity(a, b, sizes, boxes, colour, texture, pixels, weights):
    both = sizes[a] + sizes[b]
    across = max(boxes[a, 2], boxes[b, 2]) - min(boxes[a, 0], boxes[b, 0])
    down = max(boxes[a, 3], boxes[b, 3]) - min(boxes[a, 1], boxes[b, 1])
    image = np.float32(pixels)
    found = np.float32(0)
    if weights[0] > 0:
        found += weights[0] * overlap(colour[a], colour[b])
    if weights[1] > 0:
        found += weights[1] * unit(np.float32(1) - np.float32(across * down - both) / image)
    if weights[2] > 0:
        found += weights[2] * overlap(texture[a], texture[b])
    if weights[3] > 0:
        found += weights[3] * unit(np.float32(1) - np.float32(both) / image)
    return found / np.float32(weights[0] + weights[1] + weights[2] + weights[3])


@njit(cache=True)
def blend(histograms, a, b, sizes, made):
    one, other, both = np.float32(sizes[a]), np.float32(sizes[b]), np.float32(sizes[a] + sizes[b])
    for n in range(histograms.shape[1]):
        histograms[made, n] = (histograms[a, n] * one + histograms[b, n] * other) / both


@njit(cache=True)
def grow_tree(count, sizes, boxes, levels, parts, similarities, colour, texture, pairs, pixels, weights):
    """Fill the rows after the first `count` of each; returns how many there are."""
    most = len(sizes)
    alive = np.zeros(most, np.bool_)
    neighbours = [[0 for _ in range(0)] for _ in range(most)]  # oldest first
    # Of each pair: the region found later, the other, the similarity.
    later, earlier, known = [0 for _ in range(0)], [0 for _ in range(0)], [np.float32(0) for _ in range(0)]
    for n in range(count):
        alive[n] = True
    for row in range(len(pairs)):
        a, b = np.int64(pairs[row, 0]), np.int64(pairs[row, 1])
        later.append(a)
        earlier.append(b)
        known.append(similarity(a, b, sizes, boxes, colour, texture, pixels, weights))
        neighbours[a].append(b)
        neighbours[b].append(a)
    made = count
    while True:
        best = -1
        for pair in range(len(later)):
            if alive[later[pair]] and alive[earlier[pair]] and (best < 0 or known[pair] >= known[best]):
                best = pair
        if best < 0:
            return made
        a, b = later[best], earlier[best]
        alive[a] = alive[b] = False
        alive[made] = True
        parts[made, 0], parts[made, 1], similarities[made] = a, b, known[best]
        levels[made] = max(levels[a], levels[b]) + 1
        sizes[made] = sizes[a] + sizes[b]
        for side in range(2):
            boxes[made, side] = min(boxes[a, side], boxes[b, side])
            boxes[made, side + 2] = max(boxes[a, side + 2], boxes[b, side + 2])
        blend(colour, a, b, sizes, made)
        blend(texture, a, b, sizes, made)
        for part in (a, b):
            for n in range(len(neighbours[part]) - 1, -1, -1):
                other = neighbours[part][n]
                if alive[other] and (len(neighbours[other]) == 0 or neighbours[other][-1] != made):
                    later.append(made)
                    earlier.append(other)
                    known.append(similarity(made, other, sizes, boxes, colour, texture, pixels, weights))
                    neighbours[other].append(made)
                    neighbours[made].append(other)
        made += 1


def group(sizes, boxes, colour, texture, pairs, pixels, weights):
    """Do what ``grouping.group`` does."""
    count = len(sizes)
    most = max(2 * count - 1, 1)
    tree = []
    for one in (sizes, boxes, colour, texture):
        tree.append(np.zeros((most, *one.shape[1:]), one.dtype))
        tree[-1][:count] = one
    levels, parts = np.ones(most, np.int32), np.full((most, 2), -1, np.int32)
    similarities = np.zeros(most, np.float32)
    made = grow_tree(count, *tree[:2], levels, parts, similarities, *tree[2:], pairs, pixels, weights)
    return tree[1][:made], levels[:made], parts[:made], similarities[:made]
