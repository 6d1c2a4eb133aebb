"""Grey levels of more than 8 bits: the range that pixels use, and its mapping to 0-255."""

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import BoxscopeError

Image = NDArray[np.uint8]
Values = NDArray[Any]

# Depths that cameras have, bits; 8 for a picture of 8 bits that is stored in 16.
_DEPTHS = (8, 10, 12, 14, 16)
# Pixels that use at least this part of a depth are shown by the depth. Below are thermal pictures, whose
# 200-2,000 levels lie anywhere in 16 bits.
_USED = 1 / 4
# Dead and hot pixels are this part of a picture at most, and lie apart from the other levels.
_OUTLIERS = 1e-4

_ALL = 1 << 16


class Levels(NamedTuple):
    """The grey levels that are shown as 0 to 255; those below and above are clipped.

    Attributes
    ----------
    low, high : int
        Both included.
    """

    low: int
    high: int

    @property
    def width(self) -> int:
        """How many levels they are."""
        return self.high - self.low + 1

    def __str__(self) -> str:
        """Return them as ``0-4095``."""
        return f"{self.low}-{self.high}"

    def apply(self, values: Values) -> Image:
        """Return pixels as 8 bits, in 256 steps of equal width: of 0-4095 the lower four bits are dropped.

        Parameters
        ----------
        values : uint16 or integer array of any shape
        """
        if values.dtype == np.uint16:
            return np.asarray(cv2.LUT(values, self._steps(np.arange(_ALL))), np.uint8).reshape(values.shape)
        return self._steps(values)

    def _steps(self, values: Values) -> Image:
        above = np.clip(values.astype(np.int64), self.low, self.high) - self.low
        return (above * 256 // self.width).astype(np.uint8)

    def share_outside(self, values: Values) -> float:
        """Return the share of pixels that are clipped, 0 to 1."""
        return float(np.mean((values < self.low) | (values > self.high))) if values.size else 0.0

    def contains(self, level: float) -> bool:
        """Return whether a level is one of them."""
        return self.low <= level <= self.high

    def overlaps(self, other: "Levels") -> bool:
        """Return whether two ranges share a level."""
        return self.low <= other.high and other.low <= self.high


def depth(high: int) -> int:
    """Return the smallest depth that holds a level, bits."""
    return next((bits for bits in _DEPTHS if high < 1 << bits), _DEPTHS[-1])


def nominal(bits: int) -> Levels:
    """Return all levels of a depth: 0-4095 for 12 bits."""
    return Levels(0, (1 << bits) - 1)


def expect_16_bits(values: Values) -> None:
    """Raise if pixels lie outside of what 16 bits hold, signed or not.

    Raises
    ------
    BoxscopeError
    """
    if not values.size:
        return
    low, high = int(values.min()), int(values.max())
    if low < -(_ALL // 2) or high >= _ALL:
        raise BoxscopeError(
            f"grey levels {low} to {high}, expected 16 bits: give those to show by --levels LOW-HIGH, "
            "or convert the picture"
        )


def used_levels(values: Values) -> Levels:
    """Return the range of the grey levels that pixels use, without dead and hot pixels.

    Those are at most 0.01 % at each end, and lie farther from the other pixels than these from each other.

    Parameters
    ----------
    values : integer array of any shape, not empty
        Within 16 bits, see :func:`expect_16_bits`.
    """
    offset = min(0, int(values.min()))
    counts = _counts(values, offset)
    below, total = np.cumsum(counts), int(counts.sum())
    low = int(np.searchsorted(below, total * _OUTLIERS, side="right"))
    high = int(np.searchsorted(below, total * (1 - _OUTLIERS)))
    reach = max(high - low, 0)
    there = np.flatnonzero(counts[max(low - reach, 0) : high + reach + 1]) + max(low - reach, 0)
    return Levels(int(there[0]) + offset, int(there[-1]) + offset)


def _counts(values: Values, offset: int) -> NDArray[np.int64]:
    """Return how many pixels have each level from `offset` on."""
    if values.dtype == np.uint16:  # 8 ms for 12 megapixels, np.bincount 60
        flat = values.reshape(1, -1)
        return cv2.calcHist([flat], [0], None, [_ALL], [0, _ALL]).ravel().astype(np.int64)
    return np.bincount((values.astype(np.int64) - offset).ravel())


def natural_levels(used: Levels) -> Levels:
    """Return the levels by which pixels that use a range are shown.

    All levels of the depth of their camera where they use a fair part of it, as cameras and viewers do;
    otherwise the range itself, as thermal pictures need.
    """
    full = nominal(depth(used.high))
    if used.low < 0:
        return used
    if used.low == used.high or used.width >= full.width * _USED:
        return full
    return used
