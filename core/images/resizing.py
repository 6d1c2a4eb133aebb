"""Smaller versions of a picture, and parts of it, for a screen that cannot show all of its pixels."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as PILImage

from core.errors import BoxscopeError

Image = NDArray[np.uint8]


def shrink(image: Image, side: int) -> Image:
    """Make a picture small enough to show: every pixel of it counts, so that a hairline crack only fades.

    Parameters
    ----------
    image : uint8 (H, W, 3)
        Or (H, W).
    side : int
        Pixels: the longer side of what is returned; a smaller picture comes back as it is.
    """
    height, width = image.shape[:2]
    part = side / max(height, width)
    if part >= 1:
        return image
    small = (max(1, round(width * part)), max(1, round(height * part)))
    return np.asarray(cv2.resize(image, small, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def tile(image: Image, level: int, column: int, row: int, side: int) -> Image:
    """Cut a square out of a picture that is shown in parts, at 1 / 2^level of its size.

    Parameters
    ----------
    image : uint8 (H, W, 3)
    level, column, row : int
        The tile covers the pixels from ``column * span`` and ``row * span`` on, where ``span`` is
        ``side * 2**level``, as far as the picture goes.
    side : int
        Of a whole tile, pixels.

    Returns
    -------
    uint8 (h, w, 3)
        Tiles at the right and the lower edge are smaller.

    Raises
    ------
    BoxscopeError
        It would lie outside the picture.
    """
    height, width = image.shape[:2]
    span = side << level
    if not (0 <= column * span < width and 0 <= row * span < height):
        raise BoxscopeError(f"outside the {width}x{height} picture", f"tile {column}, {row} of level {level}")
    part = image[row * span : (row + 1) * span, column * span : (column + 1) * span]
    h, w = (math.ceil(length / (1 << level)) for length in part.shape[:2])
    return (
        part if level == 0 else np.asarray(cv2.resize(part, (w, h), interpolation=cv2.INTER_AREA), np.uint8)
    )


def levels(width: int, height: int, screen: int) -> int:
    """Count the levels of tiles that show more than a version whose longer side is `screen` pixels."""
    return max(1, math.ceil(math.log2(max(width, height) / screen)))


def warp(image: Image, side: int) -> Image:
    """Resize to a square whatever the aspect, as R-CNN feeds its network (Girshick et al. 2014, 2.1).

    Parameters
    ----------
    image : uint8 (H, W, 3)
    side : int
        Pixels.

    Returns
    -------
    uint8 (side, side, 3)
        Equal to the pixel to torchvision's ``v2.Resize((side, side))`` of a Pillow image.
    """
    resized = PILImage.fromarray(image).resize((side, side), PILImage.Resampling.BILINEAR)
    return np.asarray(resized)
