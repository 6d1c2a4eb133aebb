"""Masks of pixels that differ from the mean around them, by grey levels or by their share of the picture."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from core.images import Image

POLARITIES = ("both", "dark", "bright")


class Threshold(NamedTuple):
    """The mask of one threshold, uint8 (H, W), 255 inside, and a description of what is inside."""

    name: str
    mask: Image


def local_thresholding(
    grey: Image | NDArray[np.float32], window: int, offsets: Sequence[int], percentiles: Sequence[float]
) -> list[Threshold]:
    """Return the masks of what is brighter than a mean, then of what is darker.

    Parameters
    ----------
    grey : uint8 or float32 (H, W)
    window : int
        Side of the square around a pixel whose mean it is compared with, pixels; 0 for the whole picture.
    offsets : sequence of int
        Grey levels above and below the mean; used where there are no percentiles.
    percentiles : sequence of float
        Of the differences: at 95 the masks hold the 5 % of pixels that are brightest and darkest by them.
    """
    difference = _difference(grey, window)
    mean = "local mean" if window else "mean"
    if not percentiles:
        bright = [(f"brighter than {mean} + {offset}", difference > offset) for offset in offsets]
        dark = [(f"darker than {mean} - {offset}", difference <= -offset) for offset in offsets]
    else:
        levels = np.percentile(difference, percentiles).tolist()
        below = np.percentile(difference, [100 - each for each in percentiles]).tolist()
        names = [f"{100 - each:.4g} % against the {mean}" for each in percentiles]
        # At 0 and beyond what is flat would be inside: it differs from its mean by rounding alone.
        bright = [
            (f"brightest {name}", difference >= max(level, 0.5))
            for name, level in zip(names, levels, strict=True)
        ]
        dark = [
            (f"darkest {name}", difference <= min(level, -0.5))
            for name, level in zip(names, below, strict=True)
        ]
    return [Threshold(name, mask.astype(np.uint8) * 255) for name, mask in (*bright, *dark)]


def smoothed(grey: Image, deviation: float) -> Image | NDArray[np.float32]:
    """Return a picture blurred by a Gaussian of a deviation in pixels: float32 (H, W); as it is for 0."""
    if not deviation:
        return grey
    blurred = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), deviation, borderType=cv2.BORDER_REFLECT)
    return np.asarray(blurred, np.float32)


def without_specks(mask: Image, least: int) -> Image:
    """Return a mask without the connected components (8 neighbours) of less than so many pixels."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    kept = np.where(stats[:, cv2.CC_STAT_AREA] >= least, 255, 0).astype(np.uint8)
    kept[0] = 0  # the background
    return kept[labels]


def of_polarity(cuts: Sequence[Threshold], polarity: str) -> list[Threshold]:
    """Return the masks of what is darker, brighter or either, one of ``POLARITIES``."""
    return [cut for cut in cuts if polarity == "both" or cut.name.startswith(polarity)]


def _difference(grey: Image | NDArray[np.float32], window: int) -> NDArray[np.float32]:
    """Return how much brighter each pixel is than its mean, grey levels: float32 (H, W)."""
    if not window:
        difference: NDArray[np.float32] = grey - np.float32(np.mean(grey))
        return difference
    around = cv2.boxFilter(grey, cv2.CV_32F, (window, window), borderType=cv2.BORDER_REFLECT)
    return np.subtract(grey, around, dtype=np.float32)
