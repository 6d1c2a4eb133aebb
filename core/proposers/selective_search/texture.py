"""Texture: eight half-derivatives of every channel, each cut into ten bins (Uijlings et al. 2013, 3.2).

A derivative is either positive or not, so one code of twenty holds the bins of its positive and its negative
half: 0-9 the positive half's bin where it is above zero, 10-19 the negative half's elsewhere. One code for
two bins halves the number of histogram updates.
"""

from collections.abc import Iterator

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from core.errors import BoxscopeError

# Pixels of a rotated picture at most; its derivatives take 4 bytes a pixel each.
_MAX_ROTATED_PIXELS = 250_000_000

DIRECTIONS = 4  # along x, along y, along both diagonals
BINS = 10
CODES = 2 * BINS


def encode_plane(plane: NDArray[np.uint8], buffer: NDArray[np.int16], codes: NDArray[np.uint8]) -> list[bool]:
    """Encode the four derivatives of a channel, the diagonal ones from those along x and y.

    Sum and difference are not stored: 0.35 ms a plane of 0.25 megapixels instead of 0.49.

    Parameters
    ----------
    plane : uint8 (H, W)
    buffer : int16 (2, H, W)
        Overwritten.
    codes : uint8 (4, H, W)
        Filled; see :func:`encode`.

    Returns
    -------
    list of four bool
        Whether each derivative's negative half is empty.
    """
    x, y = buffer
    cv2.Scharr(plane, cv2.CV_16S, 1, 0, dst=x)
    cv2.Scharr(plane, cv2.CV_16S, 0, 1, dst=y)
    low, high = np.zeros((2, DIRECTIONS), np.int16)
    _find_extremes(x.ravel(), y.ravel(), low, high)
    stretch = [_stretch(*bounds) for bounds in zip(low.tolist(), high.tolist(), strict=True)]
    _encode_all(x.ravel(), y.ravel(), np.array(stretch, np.float32), codes.reshape(DIRECTIONS, -1))
    return [bound >= 0 for bound in low.tolist()]


@njit(cache=True, nogil=True)
def _find_extremes(x, y, low, high):  # type: ignore[no-untyped-def]
    low_x = low_y = low_sum = low_difference = np.int16(0)
    high_x = high_y = high_sum = high_difference = np.int16(0)
    for n in range(len(x)):
        total, difference = np.int16(x[n] + y[n]), np.int16(x[n] - y[n])
        low_x, high_x = min(low_x, x[n]), max(high_x, x[n])
        low_y, high_y = min(low_y, y[n]), max(high_y, y[n])
        low_sum, high_sum = min(low_sum, total), max(high_sum, total)
        low_difference, high_difference = min(low_difference, difference), max(high_difference, difference)
    low[0], low[1], low[2], low[3] = low_x, low_y, low_sum, low_difference
    high[0], high[1], high[2], high[3] = high_x, high_y, high_sum, high_difference


def rotated_derivatives(plane: NDArray[np.uint8]) -> Iterator[NDArray[np.float32]]:
    """Yield the four derivatives as OpenCV computes them: the diagonal ones on a rotated picture.

    Those of a narrow image are shifted, as in OpenCV: above an aspect of 2.41 the rotated bounds are narrower
    than the image, and the crop starts at 0 where it would have to start at a negative offset.

    Parameters
    ----------
    plane : uint8 (H, W)

    Yields
    ------
    float32 (H, W)
        One at a time: together they would take 16 bytes a pixel.

    Raises
    ------
    BoxscopeError
        The rotated picture of so long an image would take gigabytes.
    """
    height, width = plane.shape
    if (width + height) ** 2 // 2 > _MAX_ROTATED_PIXELS:
        raise BoxscopeError(
            f"a picture of {width}x{height} is too long to rotate as OpenCV does, expected direct",
            "gradients",
        )
    yield from (cv2.Scharr(plane, cv2.CV_32F, 1, 0), cv2.Scharr(plane, cv2.CV_32F, 0, 1))
    centre = (width / 2, height / 2)
    rotation = cv2.getRotationMatrix2D(centre, 45.0, 1.0)
    _, _, wide, high = cv2.RotatedRect(centre, (width, height), 45.0).boundingRect()
    rotation[:, 2] += (wide / 2 - centre[0], high / 2 - centre[1])
    rotated = cv2.warpAffine(plane, rotation, (wide, high))
    centre = (int(wide / 2), int(high / 2))
    inverse = cv2.getRotationMatrix2D(centre, -45.0, 1.0)
    size = cv2.RotatedRect(centre, (wide, high), -45.0).boundingRect()[2:]
    left, top = max(0, int((wide - width) / 2)), max(0, int((high - height) / 2))
    # Only the part that is cut out: for a picture of 24000x1000 all of it would take 2.5 GB. A multiple of 64
    # wide: at other widths OpenCV's last bits differ.
    size = min(-(-(left + width) // 64) * 64, size[0]), min(top + height, size[1])
    for along in ((1, 0), (0, 1)):
        derivative = cv2.warpAffine(cv2.Scharr(rotated, cv2.CV_32F, *along), inverse, size)
        yield np.ascontiguousarray(derivative[top : top + height, left : left + width])


def encode(derivative: NDArray[np.float32], codes: NDArray[np.uint8]) -> bool:
    """Encode one derivative of a channel.

    Each half is stretched from 0 and its own extreme to 0-255, rounded, and cut into ten bins.

    Parameters
    ----------
    derivative : float32 (H, W)
    codes : uint8 (H, W)
        Filled.

    Returns
    -------
    bool
        Whether the negative half is empty: a derivative that is never negative.
    """
    low, high, _, _ = cv2.minMaxLoc(derivative)
    up, down = _stretch(low, high)
    _encode(derivative.ravel(), np.float32(up), np.float32(down), codes.ravel())
    return low >= 0


def _stretch(low: float, high: float) -> tuple[float, float]:
    """Return the factors that stretch the positive and the negative half to 255."""
    return 255 / high if high > 0 else 0.0, 255 / -low if low < 0 else 0.0


@njit(cache=True, nogil=True)
def _code(value, up, down):  # type: ignore[no-untyped-def]
    # Adding 1.5 * 2 ** 23 rounds a small float to the nearest integer, halves to even, as OpenCV does;
    # np.rint does the same but keeps the loop from being vectorised: 0.18 instead of 0.03 ms a plane of
    # 480x320.
    shift = np.float32(12582912)
    # A bin is 25.6 levels wide; v * 10 >> 8 is v / 25.6 rounded down, for every v from 0 to 255.
    positive = (np.int32((value * up + shift) - shift) * np.int32(BINS)) >> np.int32(8)
    level = (value * down + np.float32(255) + shift) - shift
    negative = (np.int32(level) * np.int32(BINS)) >> np.int32(8)
    return np.uint8(positive if value > 0 else BINS + negative)


@njit(cache=True, nogil=True)
def _encode(derivative, up, down, codes):  # type: ignore[no-untyped-def]
    for n in range(len(derivative)):
        codes[n] = _code(np.float32(derivative[n]), up, down)


@njit(cache=True, nogil=True)
def _encode_all(x, y, stretch, codes):  # type: ignore[no-untyped-def]
    along_x, along_y, rising, falling = codes[0], codes[1], codes[2], codes[3]
    (up_x, down_x), (up_y, down_y) = (stretch[0, 0], stretch[0, 1]), (stretch[1, 0], stretch[1, 1])
    (up_r, down_r), (up_f, down_f) = (stretch[2, 0], stretch[2, 1]), (stretch[3, 0], stretch[3, 1])
    for n in range(len(x)):
        along_x[n] = _code(np.float32(x[n]), up_x, down_x)
        along_y[n] = _code(np.float32(y[n]), up_y, down_y)
        rising[n] = _code(np.float32(x[n] + y[n]), up_r, down_r)
        falling[n] = _code(np.float32(x[n] - y[n]), up_f, down_f)


@njit(cache=True, nogil=True)
def halves(counts, empty, histogram):  # type: ignore[no-untyped-def]
    """Fill the histogram of both halves from the counts of the twenty codes.

    A pixel of one half counts as zero in the other: in the lowest bin of the positive half, in the highest of
    the negative one, or in the lowest where that half is empty, since it is not stretched.

    Parameters
    ----------
    counts : int32 (20,)
    empty : bool
    histogram : int32 (20,)
        Filled: the positive half, then the negative one.
    """
    positive = negative = 0
    for n in range(BINS):
        histogram[n] = counts[n]
        positive += counts[n]
        histogram[BINS + n] = counts[BINS + n]
        negative += counts[BINS + n]
    histogram[0] += negative
    if empty:
        histogram[BINS:] = 0
        histogram[BINS] = positive + negative
    else:
        histogram[2 * BINS - 1] += positive
