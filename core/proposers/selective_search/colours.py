"""The colour images that selective search segments: more of them give more varied regions."""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from core.images import Image

_ALL = ("HSV", "Lab", "grey", "hue", "red, green, grey")

COLOURS = {"single": _ALL[:1], "fast": _ALL[:2], "quality": _ALL}
"""Names of the colour images of each mode, in their order."""


def colour_images(image: Image, mode: str, like_opencv: bool) -> Iterator[NDArray[np.uint8]]:
    """Yield the colour images of a mode, one after the other.

    Parameters
    ----------
    image : uint8 (H, W, 3)
        RGB.
    mode : str
        ``single`` HSV; ``fast`` HSV and Lab; ``quality`` these, grey, hue, and red, green, grey.
    like_opencv : bool
        Use the blue plane for hue, as OpenCV does: its split() overwrites the hue plane that is already on
        its list of images.

    Yields
    ------
    uint8 (H, W, 1 or 3)
        Computed one at a time: together they would take 11 bytes a pixel.
    """
    yield cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
    if mode == "single":
        return
    yield cv2.cvtColor(image, cv2.COLOR_RGB2Lab)
    if mode == "fast":
        return
    yield cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None]
    hue = image[..., 2:] if like_opencv else cv2.cvtColor(image, cv2.COLOR_RGB2HSV)[..., :1]
    yield hue.copy()
    del hue
    last = image.copy()
    last[..., 2] = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    yield last
