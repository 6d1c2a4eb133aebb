"""The maps in which crack-groups looks for lines: local contrast, and its mean along short lines."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from core.images import Image
from core.proposers.crack_groups import kernel

Map = NDArray[np.float32]

# Sigma of the blur that takes the grain of the concrete and of the camera, pixels.
_GRAIN = 0.7

# Orientations of lines: with 16 instead of 8 nothing is gained on CrackForest.
_ORIENTATIONS = 8


def contrast(grey: Image, window: int, polarity: str) -> Map:
    """Return how much each pixel differs from the mean around it, in grey levels: float32 (H, W).

    Parameters
    ----------
    grey : uint8 (H, W)
    window : int
        Side of the square of the mean, pixels; odd.
    polarity : ``dark``, ``bright`` or ``both``
        What counts as positive.
    """
    values = (255 - grey if polarity == "bright" else grey).astype(np.float32)
    smooth = cv2.GaussianBlur(values, (0, 0), _GRAIN)
    around = cv2.blur(values, (window, window), borderType=cv2.BORDER_REFLECT)
    return np.abs(around - smooth) if polarity == "both" else around - smooth


def lines(of: Map, length: int) -> Map:
    """Return the largest mean along a line of some pixels through each pixel: float32 (H, W)."""
    offsets = _offsets(length)
    margin = length // 2
    padded = cv2.copyMakeBorder(of, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
    out = np.empty(of.shape, np.float32)
    kernel.line_response(padded, offsets, margin, out)
    return out


def _offsets(length: int) -> NDArray[np.int64]:
    """Return row and column of the pixels of a line in each orientation: int64 (orientations, length, 2)."""
    steps = np.arange(length) - length // 2
    angles = [math.pi * number / _ORIENTATIONS for number in range(_ORIENTATIONS)]
    unit = [(math.sin(angle), math.cos(angle)) for angle in angles]
    longest = [max(abs(row), abs(column)) for row, column in unit]
    # Steps along the longer axis, so that a diagonal has as many pixels as a row: each counts once.
    return np.array(
        [
            [(round(step * row / most), round(step * column / most)) for step in steps.tolist()]
            for (row, column), most in zip(unit, longest, strict=True)
        ]
    )
