"""The edges between neighbouring pixels, lightest first.

Notation: E edges, some two for each pixel.
"""

import numpy as np
from numba import njit

_DIGIT_BITS = 11
_DIGITS = 3  # a float32 that is not negative has 31 bits of order


@njit(cache=True, nogil=True)
def weigh(image, right, down):  # type: ignore[no-untyped-def]
    """Weigh the edges of an image: the Euclidean distance of the colours at both ends.

    Squares are summed as OpenCV sums them, in double and rounded to float at each channel.

    Parameters
    ----------
    image : float32 (H, W, channels)
    right, down : float32 (H, W)
        Filled with the weight of each pixel's edge to the right and down, where it has one.
    """
    height, width, channels = image.shape
    for y in range(height):
        for x in range(width - 1):
            total = np.float32(0)
            for c in range(channels):
                difference = np.float64(image[y, x, c] - image[y, x + 1, c])
                total = np.float32(np.float64(total) + difference * difference)
            right[y, x] = np.sqrt(total)
        if y == height - 1:
            break
        for x in range(width):
            total = np.float32(0)
            for c in range(channels):
                difference = np.float64(image[y, x, c] - image[y + 1, x, c])
                total = np.float32(np.float64(total) + difference * difference)
            down[y, x] = np.sqrt(total)


@njit(cache=True, nogil=True)
def make_keys(right, down, keys):  # type: ignore[no-untyped-def]
    """Make the keys of all edges: ``weight bits << 32 | pixel << 1 | down``.

    The bits of a float that is not negative have the order of its value, so keys sort by weight; among
    equals the order made here stays: row by row, the edges to the right before those down.

    Parameters
    ----------
    right, down : uint32 (H, W)
        The bits of the weights.
    keys : uint64 (at least 2 H W,)
        Filled.

    Returns
    -------
    int
        E, how many there are.
    """
    height, width = right.shape
    count = 0
    for y in range(height):
        for x in range(width - 1):
            pixel = np.uint64(y * width + x) << np.uint64(1)
            keys[count + x] = (np.uint64(right[y, x]) << np.uint64(32)) | pixel
        count += width - 1
        if y == height - 1:
            break
        for x in range(width):
            pixel = np.uint64(y * width + x) << np.uint64(1)
            keys[count + x] = (np.uint64(down[y, x]) << np.uint64(32)) | pixel | np.uint64(1)
        count += width
    return count


@njit(cache=True, nogil=True)
def sort(keys, spare):  # type: ignore[no-untyped-def]
    """Sort keys by their upper 32 bits, stably: a radix sort, least digit first.

    Parameters
    ----------
    keys, spare : uint64 (E,)
        Both are overwritten.

    Returns
    -------
    uint64 (E,)
        Whichever of the two holds the result.
    """
    counts = np.zeros((_DIGITS, 1 << _DIGIT_BITS), np.int64)
    mask = np.uint64((1 << _DIGIT_BITS) - 1)
    for key in keys:
        for digit in range(_DIGITS):
            counts[digit, (key >> np.uint64(32 + digit * _DIGIT_BITS)) & mask] += 1
    for digit in range(_DIGITS):
        if counts[digit].max() == len(keys):
            continue
        start = 0
        for value in range(1 << _DIGIT_BITS):
            here = counts[digit, value]
            counts[digit, value] = start
            start += here
        places = counts[digit]
        shift = np.uint64(32 + digit * _DIGIT_BITS)
        for key in keys:
            value = (key >> shift) & mask
            spare[places[value]] = key
            places[value] += 1
        keys, spare = spare, keys
    return keys
