"""Texture: eight half-derivatives of every channel, each cut into ten bins (Uijlings et al. 2013, 3.2).

A derivative is either positive or not, so the bins of its positive and its negative half are told by one
code of twenty: 0-9 the positive half's bin where it is above zero, 10-19 the negative half's elsewhere.
Half as many codes make half as many histogram updates.
"""

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from core.errors import BoxscopeError

# Pixels of a rotated picture; its derivatives take four bytes each.
_MOST_ROTATED = 250_000_000

DIRECTIONS = 4  # along x, along y, along both diagonals
BINS = 10
CODES = 2 * BINS


def encode_plane(plane: NDArray[np.uint8], room: NDArray[np.int16], codes: NDArray[np.uint8]) -> list[bool]:
    """Code the four derivatives of a channel, the diagonal ones straight from those along x and y.

    Sum and difference are never written down: 0.35 ms a plane of a quarter of a megapixel instead of 0.49.

    Parameters
    ----------
    plane : uint8 (H, W)
    room : int16 (2, H, W)
        Overwritten.
    codes : uint8 (4, H, W)
        Filled; see :func:`encode`.

    Returns
    -------
    list of four bool
        Whether each derivative's negative half is empty.
    """
    x, y = room
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
        both, apart = np.int16(x[n] + y[n]), np.int16(x[n] - y[n])
        low_x, high_x = min(low_x, x[n]), max(high_x, x[n])
        low_y, high_y = min(low_y, y[n]), max(high_y, y[n])
        low_sum, high_sum = min(low_sum, both), max(high_sum, both)
        low_difference, high_difference = min(low_difference, apart), max(high_difference, apart)
    low[0], low[1], low[2], low[3] = low_x, low_y, low_sum, low_difference
    high[0], high[1], high[2], high[3] = high_x, high_y, high_sum, high_difference


def rotated_derivatives(plane: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
    """Take the four derivatives as OpenCV does: the diagonal ones along x and y of a rotated picture.

    Its picture of a narrow image is cut at the wrong place: above an aspect of 2.41 the rotated bounds
    are narrower than the image, and the crop starts at 0 where it would have to start before.

    Parameters
    ----------
    plane : uint8 (H, W)

    Returns
    -------
    list of four float32 (H, W)

    Raises
    ------
    BoxscopeError
        The rotated picture of one so long would take gigabytes.
    """
    height, width = plane.shape
    if (width + height) ** 2 // 2 > _MOST_ROTATED:
        raise BoxscopeError(
            f"a picture of {width}x{height} is too long to rotate as OpenCV does, expected direct",
            "gradients",
        )
    centre = (width / 2, height / 2)
    there = cv2.getRotationMatrix2D(centre, 45.0, 1.0)
    _, _, wide, high = cv2.RotatedRect(centre, (width, height), 45.0).boundingRect()
    there[:, 2] += (wide / 2 - centre[0], high / 2 - centre[1])
    turned = cv2.warpAffine(plane, there, (wide, high))
    centre = (int(wide / 2), int(high / 2))
    back = cv2.getRotationMatrix2D(centre, -45.0, 1.0)
    size = cv2.RotatedRect(centre, (wide, high), -45.0).boundingRect()[2:]
    left, top = max(0, int((wide - width) / 2)), max(0, int((high - height) / 2))
    # No more than what is cut out: of a picture of 24000x1000 the whole would take 2.5 GB. In a width that
    # is not one of 64s, OpenCV's last bits are others.
    size = min(-(-(left + width) // 64) * 64, size[0]), min(top + height, size[1])
    found = [cv2.Scharr(plane, cv2.CV_32F, 1, 0), cv2.Scharr(plane, cv2.CV_32F, 0, 1)]
    for along in ((1, 0), (0, 1)):
        whole = cv2.warpAffine(cv2.Scharr(turned, cv2.CV_32F, *along), back, size)
        found.append(np.ascontiguousarray(whole[top : top + height, left : left + width]))
    return found


def encode(derivative: NDArray[np.float32], codes: NDArray[np.uint8]) -> bool:
    """Code one derivative of a channel.

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
    """Give what the positive and the negative half are multiplied by to reach 255."""
    return 255 / high if high > 0 else 0.0, 255 / -low if low < 0 else 0.0


@njit(cache=True, nogil=True)
def _code(value, up, down):  # type: ignore[no-untyped-def]
    # Adding 1.5 * 2 ** 23 rounds a small float to the nearest whole number, halves to even, as OpenCV
    # does; np.rint says the same but keeps the loop from being vectorised: 0.18 against 0.03 ms a plane
    # of 480x320.
    shift = np.float32(12582912)
    # A bin is 25.6 levels wide; v * 10 >> 8 is v / 25.6 cut down, for every v from 0 to 255.
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
    """Spread counts of the twenty codes over the bins of both halves.

    A pixel of one half lies at zero in the other: the lowest bin of the positive half, the highest of
    the negative one, or the lowest where that half is empty, since nothing stretches it.

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
