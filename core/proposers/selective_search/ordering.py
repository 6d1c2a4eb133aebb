"""The edges of a colour image, lightest first, some millions at a time.

All at once they would take 32 bytes a pixel, with the room to sort them; this takes 8 for their weights, and
3 to 32, the less the larger the picture.
"""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from core.proposers.selective_search import edges
from core.proposers.selective_search.workspace import reused_array

# Edges sorted at once at least: pictures of one megapixel have all of theirs sorted in one go.
_EDGES_AT_ONCE = 1 << 21
# Of a larger picture, no more than this fraction: each time, all weights are looked at.
_MOST_TIMES = 12
# Pixels that are blurred at once, at least a row: 512x512, whose three planes of floats stay in the cache.
_PIXELS_AT_ONCE = 1 << 18

_INFINITE = 0x7F800000  # the bits of an infinite float32
_LOW_BITS = 16

Weights = NDArray[np.float32]
"""Weights of the edges to the right and down: (2, H, W), infinite where there is none."""

Keys = NDArray[np.uint64]


def weights(image: NDArray[np.uint8], sigma: float) -> Weights:
    """Return the weights of all edges of a blurred image, in memory that the next call overwrites.

    Parameters
    ----------
    image : uint8 (H, W, channels)
    sigma : float
        Of the Gaussian blur, pixels.
    """
    height, width = image.shape[:2]
    found = reused_array("weights", (2, height, width), np.float32)
    rows = max(_PIXELS_AT_ONCE // width, 1)
    for top in range(0, height, rows):
        bottom = min(top + rows + 1, height)  # one row more, to which the edges lead down
        right, down = found[:, top:bottom]
        edges.weigh(_blurred_planes(image, top, bottom, sigma), right, down)
    right, down = found
    right[:, width - 1] = down[height - 1] = np.inf
    return found


def _blurred_planes(image: NDArray[np.uint8], top: int, bottom: int, sigma: float) -> NDArray[np.float32]:
    """Return rows `top` to `bottom` of the blurred image: float32 (channels, rows, W)."""
    channels = image.shape[2]
    reach = int(4 * sigma) + 2  # the kernel that OpenCV takes for floats ends within it
    above, below = max(top - reach, 0), min(bottom + reach, len(image))
    floats = reused_array("keys", image[above:below].shape, np.float32)
    blurred = reused_array("spare", floats.shape, np.float32)
    np.copyto(floats, image[above:below])
    cv2.GaussianBlur(floats, (0, 0), sigma, dst=blurred, sigmaY=sigma)
    # Blurred before it is split: plane by plane, the last bits of very narrow images would differ.
    planes = reused_array("keys", (channels, bottom - top, image.shape[1]), np.float32)
    for channel in range(channels):
        cv2.extractChannel(blurred[top - above : bottom - above], channel, dst=planes[channel])
    return planes


def sorted_keys(found: Weights) -> Iterator[tuple[Keys, Keys]]:
    """Yield the keys of all edges, lightest first; those of equal weight in the order of the pixels.

    Parameters
    ----------
    found : float32 (2, H, W)
        As :func:`weights` returns them.

    Yields
    ------
    keys : uint64 (n,)
        See :func:`core.proposers.selective_search.edges.make_keys`.
    spare : uint64 (n,)
        Memory that the caller may overwrite, as may be the keys.
    """
    right, down = found.view(np.uint32)
    most = edges_at_once(found.size)
    size = most + 2 * right.shape[1]
    keys, spare = reused_array("keys", size, np.uint64), reused_array("spare", size, np.uint64)
    for low, high in _ranges(found.view(np.uint32).ravel(), most):
        row = 0
        while row < len(right):  # more than once only where all have one weight, which need no sort
            count, row = edges.make_keys(right, down, low, high, row, keys)
            swapped = edges.sort(keys[:count], spare[:count])
            yield (spare[:count], keys[:count]) if swapped else (keys[:count], spare[:count])


def edges_at_once(count: int) -> int:
    """Return how many of the edges of an image are sorted at once."""
    return min(count, max(_EDGES_AT_ONCE, count // _MOST_TIMES))


def _ranges(bits: NDArray[np.uint32], most: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges of the bits of weights, ascending, each with at most so many edges or one weight."""
    if len(bits) <= most:
        yield 0, _INFINITE
        return
    counts = np.zeros(1 << _LOW_BITS, np.int64)
    edges.count_high(bits, counts)
    for start, stop in _spans(counts[: _INFINITE >> _LOW_BITS], most):
        if counts[start:stop].sum() <= most:
            yield start << _LOW_BITS, stop << _LOW_BITS
            continue
        finer = np.zeros(1 << _LOW_BITS, np.int64)
        edges.count_low(bits, start, finer)
        for first, end in _spans(finer, most):
            yield (start << _LOW_BITS) + first, (start << _LOW_BITS) + end


def _spans(counts: NDArray[np.int64], most: int) -> Iterator[tuple[int, int]]:
    """Yield the spans of counts that add up to no more than `most`, or hold one; none that is empty."""
    totals = np.cumsum(counts)
    start, before = 0, 0
    while before < totals[-1]:
        start = int(np.searchsorted(totals, before, "right"))
        stop = max(int(np.searchsorted(totals, before + most, "right")), start + 1)
        yield start, stop
        before = totals[stop - 1]
