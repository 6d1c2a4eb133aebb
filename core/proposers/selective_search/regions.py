"""Features of the initial regions: size, bounds, neighbours, histograms of colour and texture.

The segmentations of one colour image, one for each k, are unions of common pieces: the features of the pieces
are computed in one pass over the picture, and each segmentation adds up those of its pieces.

Notation: M pieces, R regions of one segmentation, K segmentations.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from core.proposers.selective_search.hash_set import EMPTY, empty_set, members, position_of
from core.proposers.selective_search.texture import CODES, DIRECTIONS, halves

COLOUR_BINS = 25
_BIN_OF = (np.arange(256) * COLOUR_BINS / 256).astype(np.uint8)


class Regions(NamedTuple):
    """The initial regions of one segmentation.

    Attributes
    ----------
    sizes : int32 (R,)
        Pixels.
    boxes : int32 (R, 4)
        x0 y0 x1 y1, half-open.
    colour : float32 (R, 25 channels)
        Adds up to 1.
    texture : float32 (R, 80 channels)
        Adds up to 1.
    pairs : int32 (neighbours, 2)
        The lower region first.
    """

    sizes: NDArray[np.int32]
    boxes: NDArray[np.int32]
    colour: NDArray[np.float32]
    texture: NDArray[np.float32]
    pairs: NDArray[np.int32]


@njit(cache=True, nogil=True)
def pieces(segmentations, piece_of):  # type: ignore[no-untyped-def]
    """Return the common pieces of several segmentations.

    Parameters
    ----------
    segmentations : int32 (K, C)
        Region of each shared component.
    piece_of : int32 (C,)
        Filled with the piece of each component.

    Returns
    -------
    int32 (M, K)
        The regions that each piece belongs to.
    """
    count, components = segmentations.shape
    table = empty_set(components)
    number_at = np.empty(len(table), np.int32)
    regions_of = np.empty((components, count), np.int32)
    piece_count = 0
    for component in range(components):
        key = np.int64(0)
        for n in range(count):
            key = (key * 0x100000001B3 + segmentations[n, component]) & 0x7FFFFFFFFFFFFFFF
        # Five region numbers do not fit into 63 bits, so two pieces may share a key: then the next is tried.
        position = position_of(table, key)
        while table[position] != EMPTY and not _same(
            regions_of[number_at[position]], segmentations, component
        ):
            key = (key + 1) & 0x7FFFFFFFFFFFFFFF
            position = position_of(table, key)
        if table[position] == EMPTY:
            table[position] = key
            number_at[position] = piece_count
            for n in range(count):  # compiles 1.5 s faster than an assignment of slices
                regions_of[piece_count, n] = segmentations[n, component]
            piece_count += 1
        piece_of[component] = number_at[position]
    return regions_of[:piece_count]


@njit(cache=True, nogil=True)
def _same(piece, segmentations, component):  # type: ignore[no-untyped-def]
    same = True
    for n in range(len(piece)):
        same = same and piece[n] == segmentations[n, component]
    return same


@njit(cache=True, nogil=True)
def outline(labels, count):  # type: ignore[no-untyped-def]
    """Return sizes, bounds and neighbours of the pieces.

    A pixel's neighbours are the left, upper and upper left one, from the second row and column on, as in
    OpenCV: two pieces that touch along the first row alone are no neighbours.

    Parameters
    ----------
    labels : int32 (H, W)
    count : int
        M.

    Returns
    -------
    sizes : int32 (M,)
    boxes : int32 (M, 4)
    pairs : int64 (neighbours,)
        ``lower * M + higher``, in no order.
    """
    height, width = labels.shape
    sizes = np.zeros(count, np.int32)
    boxes = np.empty((count, 4), np.int32)
    boxes[:, 0], boxes[:, 1], boxes[:, 2], boxes[:, 3] = width, height, 0, 0
    for y in range(height):
        x = 0
        while x < width:
            label = labels[y, x]
            start = x
            while x < width and labels[y, x] == label:
                x += 1
            sizes[label] += x - start
            box = boxes[label]
            box[0] = min(box[0], start)
            box[1] = min(box[1], y)
            box[2] = max(box[2], x)
            box[3] = y + 1
    table = empty_set(8 * count)
    pair_count = 0
    last = EMPTY
    for y in range(1, height):
        for x in range(1, width):
            label, left = labels[y, x], labels[y, x - 1]
            above, corner = labels[y - 1, x], labels[y - 1, x - 1]
            if label == left and label == above and label == corner:
                continue
            for other in (left, above, corner):
                if other == label:
                    continue
                pair = np.int64(min(label, other)) * count + max(label, other)
                if pair == last:
                    continue
                last = pair
                position = position_of(table, pair)
                if table[position] == EMPTY:
                    table[position] = pair
                    pair_count += 1
                    if 2 * pair_count > len(table):
                        bigger = empty_set(len(table))
                        for member in members(table):
                            bigger[position_of(bigger, member)] = member
                        table = bigger
    return sizes, boxes, members(table)


@njit(cache=True, nogil=True)
def count_codes(labels, plane, codes, colour, texture):  # type: ignore[no-untyped-def]
    """Count colour bins and texture codes of every piece in one channel.

    Parameters
    ----------
    labels : int32 (H, W)
    plane : uint8 (H, W)
    codes : uint8 (4, H, W)
    colour : int32 (M, 25)
    texture : int32 (M, 4, 20)
        Zeros, counted up.
    """
    height, width = plane.shape
    for y in range(height):
        for x in range(width):
            label = np.uint32(labels[y, x])  # an unsigned index is faster, see union_find
            colour[label, _BIN_OF[plane[y, x]]] += 1
            texture[label, 0, codes[0, y, x]] += 1
            texture[label, 1, codes[1, y, x]] += 1
            texture[label, 2, codes[2, y, x]] += 1
            texture[label, 3, codes[3, y, x]] += 1


def add_up(
    region_of: NDArray[np.int32],
    count: int,
    sizes: NDArray[np.int32],
    boxes: NDArray[np.int32],
    pairs: NDArray[np.int64],
    colour: NDArray[np.int32],
    texture: NDArray[np.int32],
    empty: NDArray[np.bool_],
) -> Regions:
    """Return the regions of one segmentation, added up from its pieces.

    Parameters
    ----------
    region_of : int32 (M,)
    count : int
        R.
    sizes, boxes, pairs
        As returned by :func:`outline`.
    colour, texture
        As filled by :func:`count_codes`.
    empty : bool (4, channels)
        See :func:`core.proposers.selective_search.texture.encode`.
    """
    *features, keys = _add_up(region_of, count, sizes, boxes, pairs, colour, texture, empty)
    keys.sort()
    neighbours = np.stack(np.divmod(keys, count), axis=1).astype(np.int32)
    return Regions._make([*features, neighbours])


@njit(cache=True, nogil=True)
def _add_up(region_of, count, sizes, boxes, pairs, colour, texture, empty):  # type: ignore[no-untyped-def]
    channels = colour.shape[1]
    region_sizes = np.zeros(count, np.int32)
    region_boxes = np.empty((count, 4), np.int32)
    region_boxes[:, :2], region_boxes[:, 2:] = 1 << 30, 0
    colours = np.zeros((count, channels * COLOUR_BINS), np.int32)
    codes = np.zeros((count, channels * DIRECTIONS * CODES), np.int32)
    for piece in range(len(region_of)):
        region = region_of[piece]
        region_sizes[region] += sizes[piece]
        box, part = region_boxes[region], boxes[piece]
        box[0], box[1] = min(box[0], part[0]), min(box[1], part[1])
        box[2], box[3] = max(box[2], part[2]), max(box[3], part[3])
        for c in range(channels):
            for n in range(COLOUR_BINS):
                colours[region, c * COLOUR_BINS + n] += colour[piece, c, n]
            for d in range(DIRECTIONS):
                for n in range(CODES):
                    codes[region, (c * DIRECTIONS + d) * CODES + n] += texture[piece, c, d, n]
    halved = np.empty(CODES, np.int32)
    textures = np.empty((count, channels * DIRECTIONS * CODES), np.float32)
    shades = np.empty((count, channels * COLOUR_BINS), np.float32)
    for region in range(count):
        pixels = region_sizes[region]
        for n in range(channels * COLOUR_BINS):
            shades[region, n] = np.float32(colours[region, n]) / np.float32(pixels * channels)
        total = np.float32(pixels * channels * 2 * DIRECTIONS)
        for plane in range(channels * DIRECTIONS):
            first = plane * CODES
            unused = empty[plane % DIRECTIONS, plane // DIRECTIONS]
            halves(codes[region, first : first + CODES], unused, halved)
            for n in range(CODES):
                textures[region, first + n] = np.float32(halved[n]) / total
    size = len(sizes)
    table = empty_set(len(pairs))
    for pair in pairs:
        a, b = region_of[pair // size], region_of[pair % size]
        if a != b:
            key = np.int64(min(a, b)) * count + max(a, b)
            table[position_of(table, key)] = key
    return region_sizes, region_boxes, shades, textures, members(table)
