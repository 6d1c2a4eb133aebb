"""Colours that tell the regions of a picture apart."""

import cv2
import numpy as np
from numpy.typing import NDArray


def palette(count: int) -> NDArray[np.uint8]:
    """Return distinguishable colours for regions: uint8 (count, 3), RGB.

    Hues a golden ratio apart: regions with consecutive numbers, which are often neighbours, differ.
    """
    hue = (np.arange(count) * 0.618 * 180 % 180).astype(np.uint8)
    hsv = np.stack([hue, np.full_like(hue, 160), np.full_like(hue, 235)], axis=1)[None]
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0]
