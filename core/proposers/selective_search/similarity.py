"""How alike two regions are: colour, texture, size and fill (Uijlings et al. 2013, section 3.2).

Notation: R slots, one for each initial region; a merged region takes over the slot of one of its parts.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.proposers.selective_search.kernel import in_place, inner

# Columns of Looks.shapes.
AREA, X0, Y0, X1, Y1 = range(5)


class Looks(NamedTuple):
    """What the regions look like at present, and what counts.

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
def _overlaps(histograms, slot, others, count, sums):  # type: ignore[no-untyped-def]
    """Intersect one histogram with others: sums of the smaller bins, added in the order of the bins.

    The order fixes the last bit of a float, and with it which of two near neighbours is nearer. Four at
    a time, since each sum waits for its last addition; eight are no faster.
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
def _unit(value):  # type: ignore[no-untyped-def]
    return max(min(value, np.float32(1)), np.float32(0))


@inner()
def compare(looks, slot, others, count, values):  # type: ignore[no-untyped-def]
    """Give the similarity of one region and so many others.

    Parameters
    ----------
    looks : Looks
    slot : int
    others : int32 (R,)
    count : int
    values : float32 (3, R)
        Row 0 is filled with the similarities; the others are scratch.
    """
    shapes, colour, texture, weights, pixels = looks
    by_colour, by_texture = values[1], values[2]
    wc, wf, wt, ws = weights[0], weights[1], weights[2], weights[3]
    total = np.float32(np.float32(np.float32(wc + wf) + wt) + ws)
    image = np.float32(pixels)
    if wc > 0:
        _overlaps(colour, slot, others, count, by_colour)
    if wt > 0:
        _overlaps(texture, slot, others, count, by_texture)
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
            similarity += wf * _unit(np.float32(1) - hole / image)
        if wt > 0:
            similarity += wt * by_texture[n]
        if ws > 0:
            similarity += ws * _unit(np.float32(1) - np.float32(both) / image)
        values[0, n] = similarity / total


@inner()
def _blend(histograms, a, b, size_a, size_b, into):  # type: ignore[no-untyped-def]
    one, two, target = histograms[a], histograms[b], histograms[into]
    sa, sb, both = np.float32(size_a), np.float32(size_b), np.float32(size_a + size_b)
    for n in range(len(one)):
        target[n] = (one[n] * sa + two[n] * sb) / both


@inner()
def merge(looks, a, b, into):  # type: ignore[no-untyped-def]
    """Put what two regions look like together into the slot of one of them."""
    shapes, colour, texture, weights, _ = looks
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
    """Put one histogram in the place of another; returns by how much its bins rise in all."""
    before, after = histograms[old], histograms[new]
    rise = 0.0
    for n in range(len(before)):
        rise += max(np.float64(after[n]) - np.float64(before[n]), 0.0)
        before[n] = after[n]
    return rise


@inner()
def absorb(looks, hub, other):  # type: ignore[no-untyped-def]
    """Merge a region into another.

    Returns
    -------
    float
        By how much the similarity of the other one to any third region can have risen, but for
        :func:`rounding`: an intersection of histograms by no more than the bins; fill by no more than the
        pixels that came in, since bounds never shrink. Size has fallen by just these pixels.
    """
    _, colour, texture, weights, pixels = looks
    wc, wf, wt, ws = weights[0], weights[1], weights[2], weights[3]
    rise = (np.float64(wf) - np.float64(ws)) * looks.shapes[other, AREA] / pixels
    merge(looks, hub, other, other)
    if wc > 0:
        rise += wc * _replace(colour, hub, other)
    if wt > 0:
        rise += wt * _replace(texture, hub, other)
    for n in range(looks.shapes.shape[1]):
        looks.shapes[hub, n] = looks.shapes[other, n]
    return rise / (np.float64(wc) + wf + wt + ws)


@inner()
def rounding(looks):  # type: ignore[no-untyped-def]
    """Bound what rounding can do to the difference of two similarities.

    Each addition to a sum below 1 is off by 2 ** -25 at the most, so two sums of the same bins by that,
    twice, for each bin. Taken is double, and ten operations for size and fill.
    """
    _, colour, texture, weights, _ = looks
    operations = 10
    if weights[0] > 0:
        operations += colour.shape[1]
    if weights[2] > 0:
        operations += texture.shape[1]
    return operations * 2.0**-23
