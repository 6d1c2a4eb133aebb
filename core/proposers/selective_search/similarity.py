"""Similarity of two regions: colour, texture, size and fill (Uijlings et al. 2013, section 3.2).

Notation: R slots, one for each initial region; a merged region takes over the slot of one of its parts.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.proposers.selective_search.kernel import in_place, inner

# Columns of Features.shapes.
AREA, X0, Y0, X1, Y1 = range(5)


class Features(NamedTuple):
    """The features of the present regions, and the weights of the similarity measures.

    Attributes
    ----------
    shapes : int32 (R, 5)
        Pixels, then x0 y0 x1 y1, half-open.
    colour : float32 (R, 25 channels)
        Adds up to 1.
    texture : float32 (R, 80 channels)
        Adds up to 1.
    weights : float32 (4,)
        A :class:`~core.proposers.selective_search.grouping.Strategy`.
    pixels : int
        Of the image.
    """

    shapes: NDArray[np.int32]
    colour: NDArray[np.float32]
    texture: NDArray[np.float32]
    weights: NDArray[np.float32]
    pixels: int


@inner()
def _intersections(histograms, slot, others, count, sums):  # type: ignore[no-untyped-def]
    """Intersect one histogram with others: sums of the smaller bins, added in the order of the bins.

    The order fixes the last bit of a sum, and with it which of two nearly equal pairs is more similar. Four
    sums at a time, since each addition waits for the last one of its sum; eight are no faster.
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


@in_place()
def _clip(value):  # type: ignore[no-untyped-def]
    return max(min(value, np.float32(1)), np.float32(0))


@inner()
def compare(features, slot, others, count, values):  # type: ignore[no-untyped-def]
    """Compute the similarities of one region to the first `count` of others.

    Parameters
    ----------
    features : Features
    slot : int
    others : int32 (R,)
    count : int
    values : float32 (3, R)
        Row 0 is filled with the similarities; the other rows are overwritten.
    """
    shapes, colour, texture, weights, pixels = features
    by_colour, by_texture = values[1], values[2]
    wc, wf, wt, ws = weights[0], weights[1], weights[2], weights[3]
    total = np.float32(np.float32(np.float32(wc + wf) + wt) + ws)
    image = np.float32(pixels)
    if wc > 0:
        _intersections(colour, slot, others, count, by_colour)
    if wt > 0:
        _intersections(texture, slot, others, count, by_texture)
    for n in range(count):
        other = others[n]
        both = shapes[slot, AREA] + shapes[other, AREA]
        similarity = np.float32(0)
        if wc > 0:
            similarity += wc * by_colour[n]
        if wf > 0:
            across = max(shapes[slot, X1], shapes[other, X1]) - min(shapes[slot, X0], shapes[other, X0])
            down = max(shapes[slot, Y1], shapes[other, Y1]) - min(shapes[slot, Y0], shapes[other, Y0])
            hole = np.float32(across * down - both)
            similarity += wf * _clip(np.float32(1) - hole / image)
        if wt > 0:
            similarity += wt * by_texture[n]
        if ws > 0:
            similarity += ws * _clip(np.float32(1) - np.float32(both) / image)
        values[0, n] = similarity / total


@inner()
def _blend(histograms, a, b, size_a, size_b, into):  # type: ignore[no-untyped-def]
    one, two, target = histograms[a], histograms[b], histograms[into]
    sa, sb, both = np.float32(size_a), np.float32(size_b), np.float32(size_a + size_b)
    for n in range(len(one)):
        target[n] = (one[n] * sa + two[n] * sb) / both


@inner()
def merge(features, a, b, into):  # type: ignore[no-untyped-def]
    """Store the features of the union of two regions in the slot of one of them."""
    shapes, colour, texture, weights, _ = features
    size_a, size_b = shapes[a, AREA], shapes[b, AREA]
    if weights[0] > 0:
        _blend(colour, a, b, size_a, size_b, into)
    if weights[2] > 0:
        _blend(texture, a, b, size_a, size_b, into)
    shapes[into, AREA] = size_a + size_b
    shapes[into, X0], shapes[into, Y0] = min(shapes[a, X0], shapes[b, X0]), min(shapes[a, Y0], shapes[b, Y0])
    shapes[into, X1], shapes[into, Y1] = max(shapes[a, X1], shapes[b, X1]), max(shapes[a, Y1], shapes[b, Y1])


@inner(fastmath={"reassoc"})
def _replace(histograms, old, new):  # type: ignore[no-untyped-def]
    """Overwrite one histogram by another; return the sum of the increases of its bins."""
    before, after = histograms[old], histograms[new]
    rise = 0.0
    for n in range(len(before)):
        rise += max(np.float64(after[n]) - np.float64(before[n]), 0.0)
        before[n] = after[n]
    return rise


@inner()
def absorb(features, hub, other):  # type: ignore[no-untyped-def]
    """Merge a region into a hub.

    Returns
    -------
    float
        By how much the similarity of the hub to any third region can have risen at most, but for
        :func:`rounding`: an intersection of histograms by no more than the bins; fill by no more than the
        added pixels, since bounds never shrink. Size has fallen by exactly these pixels.
    """
    _, colour, texture, weights, pixels = features
    wc, wf, wt, ws = weights[0], weights[1], weights[2], weights[3]
    rise = (np.float64(wf) - np.float64(ws)) * features.shapes[other, AREA] / pixels
    merge(features, hub, other, other)
    if wc > 0:
        rise += wc * _replace(colour, hub, other)
    if wt > 0:
        rise += wt * _replace(texture, hub, other)
    for n in range(features.shapes.shape[1]):
        features.shapes[hub, n] = features.shapes[other, n]
    return rise / (np.float64(wc) + wf + wt + ws)


@inner()
def rounding(features):  # type: ignore[no-untyped-def]
    """Return an upper limit of the rounding error in the difference of two similarities.

    Each addition to a sum below 1 is off by 2 ** -25 at most, so the difference of two sums by 2 ** -24 a
    bin. The limit is twice that, and ten operations more for size and fill.
    """
    _, colour, texture, weights, _ = features
    operations = 10
    if weights[0] > 0:
        operations += colour.shape[1]
    if weights[2] > 0:
        operations += texture.shape[1]
    return operations * 2.0**-23
