"""Crops whose window reaches far beyond the picture, without building the window.

A box that fills a picture of 24 megapixels, sixteen times enlarged, has a window of 6,000 megapixels.
Resizing is separable: the rows of the picture are widened and shrunk to the crop's width a few at a time,
then its columns, a few at a time. Rows beyond the picture repeat its first or last row, or are of one colour.
"""

import cv2
import numpy as np
from PIL import Image as PILImage

from core.images import Image

# Pixels of a window that is built as a whole: 50 MB, and twice that while it is resized.
WHOLE = 16_000_000
# Pixels that are widened at a time.
_AT_ONCE = 4_000_000


def resized_beyond(
    picture: Image,
    window: tuple[int, int, int, int],
    side: int,
    border: int,
    value: tuple[int, ...],
) -> Image:
    """Return a window of a picture resized to a square, as Pillow resizes it, widths first.

    Parameters
    ----------
    picture : uint8 (H, W, 3)
    window : (x0, y0, x1, y1)
        In pixels; it has a pixel of the picture in it.
    side : int
        Of the square.
    border : int
        How OpenCV fills what lies outside the picture: ``cv2.BORDER_CONSTANT`` or ``cv2.BORDER_REPLICATE``.
    value : tuple of int
        The colour of a constant border.

    Returns
    -------
    uint8 (side, side, 3)
    """
    height, width = picture.shape[:2]
    x0, y0, x1, y1 = window
    left, top, right, bottom = max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)
    inside = picture[top:bottom, left:right]
    narrow = np.empty((bottom - top, side, 3), np.uint8)
    step = max(_AT_ONCE // (x1 - x0), 1)
    for row in range(0, len(inside), step):
        some = cv2.copyMakeBorder(inside[row : row + step], 0, 0, left - x0, x1 - right, border, value=value)
        narrow[row : row + step] = _resize(some, side, len(some))
    crop = np.empty((side, side, 3), np.uint8)
    step = max(_AT_ONCE // (y1 - y0), 1)
    for column in range(0, side, step):
        some = cv2.copyMakeBorder(
            narrow[:, column : column + step], top - y0, y1 - bottom, 0, 0, border, value=value
        )
        crop[:, column : column + step] = _resize(some, some.shape[1], side)
    return crop


def _resize(image: Image, width: int, height: int) -> Image:
    resized = PILImage.fromarray(np.ascontiguousarray(image)).resize(
        (width, height), PILImage.Resampling.BILINEAR
    )
    return np.asarray(resized)
