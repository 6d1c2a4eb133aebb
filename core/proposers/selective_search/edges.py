"""The edges between neighbouring pixels, lightest first.

Notation: E edges, some two for each pixel.
"""

import numpy as np
from numba import njit

# A non-negative float32 sorts by its 31 lower bits. The counts of a digit of 10 bits fit into the L1 cache
# beside the keys: 1.5 ms at half a million edges, 1.9 with digits of 11 bits.
_SHIFTS = (np.uint64(32), np.uint64(42), np.uint64(52))
_MASKS = (np.uint64(1023), np.uint64(1023), np.uint64(2047))
_BUCKETS = 2048
_ONE = np.uint64(1)


@njit(cache=True, nogil=True)
def weigh(planes, right, down):  # type: ignore[no-untyped-def]
    """Compute the weights of an image's edges: the Euclidean distance of the colours at both ends.

    Plane by plane, so that the loops are vectorised: 0.25 ms instead of 1.0 at a quarter of a megapixel.

    Parameters
    ----------
    planes : float32 (channels, H, W)
    right, down : float32 (H, W)
        Filled with the weight of each pixel's edge to the right and down, where it has one.
    """
    height, width = right.shape
    for y in range(height):
        for channel in range(len(planes)):
            row = planes[channel, y]
            _add_squares(row, row[1:], right[y, : width - 1], channel == 0)
            if y < height - 1:
                _add_squares(row, planes[channel, y + 1], down[y], channel == 0)
        for x in range(width - 1):
            right[y, x] = np.sqrt(right[y, x])
        for x in range(width if y < height - 1 else 0):
            down[y, x] = np.sqrt(down[y, x])


@njit(cache=True, nogil=True)
def _add_squares(row, other, sums, first):  # type: ignore[no-untyped-def]
    # As OpenCV sums them: in float64, rounded to float32 after each channel.
    for x in range(len(sums)):
        difference = np.float64(row[x] - other[x])
        before = np.float64(0) if first else np.float64(sums[x])
        sums[x] = np.float32(before + difference * difference)


@njit(cache=True, nogil=True)
def make_keys(right, down, low, high, row, keys):  # type: ignore[no-untyped-def]
    """Fill the keys of the edges of some weights: ``weight bits << 32 | pixel << 1 | down``.

    The bits of non-negative floats sort as their values do, so keys sort by weight; among equals this
    order stays: row by row, the edges to the right before those down.

    Parameters
    ----------
    right, down : uint32 (H, W)
        The bits of the weights.
    low, high : int
        The bits that a weight has at least, and has less than.
    row : int
        The first one that is looked at.
    keys : uint64 (at least 2 W,)
        Filled until there may be no room for another row.

    Returns
    -------
    count : int
        Number of keys.
    row : int
        The first one that was not looked at.
    """
    height, width = right.shape
    low, high = np.uint32(low), np.uint32(high)
    count = 0
    while row < height and count + 2 * width <= len(keys):
        pixel = np.uint64(row * width) << _ONE
        count = _add_keys(right[row, : width - 1], low, high, pixel, keys, count)
        if row < height - 1:
            count = _add_keys(down[row], low, high, pixel | _ONE, keys, count)
        row += 1
    return count, row


@njit(cache=True, nogil=True)
def _add_keys(weights, low, high, first, keys, count):  # type: ignore[no-untyped-def]
    span = high - low
    for x in range(len(weights)):
        # Written in any case: a branch that is taken now and then costs more.
        keys[count] = (np.uint64(weights[x]) << np.uint64(32)) | (first + (np.uint64(x) << _ONE))
        count += np.uint32(weights[x] - low) < span
    return count


@njit(cache=True, nogil=True)
def count_high(weights, counts):  # type: ignore[no-untyped-def]
    """Count the upper 16 bits of weights.

    Parameters
    ----------
    weights : uint32 (edges,)
    counts : int64 (65536,)
        Zeros, counted up.
    """
    for weight in weights:
        counts[weight >> np.uint32(16)] += 1


@njit(cache=True, nogil=True)
def count_low(weights, high, counts):  # type: ignore[no-untyped-def]
    """Count the lower 16 bits of the weights whose upper bits are `high`; see :func:`count_high`."""
    high = np.uint32(high)
    for weight in weights:
        if weight >> np.uint32(16) == high:
            counts[weight & np.uint32(0xFFFF)] += 1


@njit(cache=True, nogil=True)
def sort(keys, spare):  # type: ignore[no-untyped-def]
    """Sort keys by their upper 32 bits, stably: a radix sort, least digit first.

    Parameters
    ----------
    keys, spare : uint64 (E,)
        Both are overwritten.

    Returns
    -------
    bool
        Whether the result is in `spare`.
    """
    counts = np.zeros((len(_SHIFTS), _BUCKETS), np.uint64)
    for key in keys:
        for digit in range(len(_SHIFTS)):
            counts[digit, (key >> _SHIFTS[digit]) & _MASKS[digit]] += _ONE
    swapped = False
    for digit in range(len(_SHIFTS)):
        offsets = counts[digit]
        shift, mask = _SHIFTS[digit], _MASKS[digit]
        if len(keys) == 0 or offsets[(keys[0] >> shift) & mask] == np.uint64(len(keys)):
            continue
        start = np.uint64(0)
        for value in range(len(offsets)):
            count = offsets[value]
            offsets[value] = start
            start += count
        for key in keys:
            value = (key >> shift) & mask
            offset = offsets[value]
            spare[offset] = key
            offsets[value] = offset + _ONE
        keys, spare = spare, keys
        swapped = not swapped
    return swapped
