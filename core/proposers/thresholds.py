"""The steps of the article's custom proposer: thresholds around the mean, closing, components."""

import cv2
import numpy as np

from core import boxes as bx
from core.boxes import Boxes
from core.images import Image
from core.proposers.local_threshold import Threshold


def grey_of(image: Image) -> Image:
    """Return a picture in grey, RGB or grey as it is: uint8 (H, W)."""
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) if image.ndim == 3 else image


def calculate_average_brightness(image: Image) -> float:
    """Return the mean grey level, 0-255.

    Parameters
    ----------
    image : uint8 (H, W, 3) RGB, or (H, W)
    """
    return float(np.mean(grey_of(image)))


def adaptive_thresholding(
    image: Image, average_brightness: float, threshold_offsets: tuple[int, ...] = (40, 80, 120)
) -> list[Threshold]:
    """Return the masks of an image at several grey levels above its mean, then at as many below.

    Parameters
    ----------
    image : uint8 (H, W, 3) RGB, or (H, W)
    average_brightness : float
        Grey levels.
    threshold_offsets : tuple of int
        Grey levels, 0-255. Thresholds of 255 and above, or of 0 and below, are left out.

    Returns
    -------
    list of Threshold
    """
    grey = grey_of(image)
    masks = []
    for offset in threshold_offsets:
        if average_brightness + offset < 255:
            _, mask = cv2.threshold(grey, average_brightness + offset, 255, cv2.THRESH_BINARY)
            masks.append(Threshold(f"brighter than mean + {offset}", mask))
    for offset in threshold_offsets:
        if average_brightness - offset > 0:
            _, mask = cv2.threshold(grey, average_brightness - offset, 255, cv2.THRESH_BINARY_INV)
            masks.append(Threshold(f"darker than mean - {offset}", mask))
    return masks


def apply_morphological_closing(image: Image, kernel_size: tuple[int, int] = (5, 5)) -> Image:
    """Return a mask in which gaps smaller than the kernel are closed.

    Parameters
    ----------
    image : uint8 (H, W)
        A mask, 255 inside.
    kernel_size : (width, height)
        Pixels.

    Returns
    -------
    uint8 (H, W)
    """
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, kernel_size)
    width, height = kernel_size
    # An even kernel has no centre pixel: with the same anchor for both, the mask would shift by 1 px.
    anchor = (width - 1 - width // 2, height - 1 - height // 2)
    return cv2.erode(cv2.dilate(image, kernel), kernel, anchor=anchor)


def detect_and_filter_components(image: Image, min_area: int) -> Boxes:
    """Return the bounding boxes of a mask's connected components (8 neighbours) that are large enough.

    Parameters
    ----------
    image : uint8 (H, W)
        A mask, 255 inside.
    min_area : int
        Of the component, not of its box; pixels.

    Returns
    -------
    float32 (N, 4)
        In the order in which OpenCV numbers the components.
    """
    _, _, stats, _ = cv2.connectedComponentsWithStats(image, connectivity=8)
    x, y, width, height, area = stats[1:].T  # row 0 is the background
    corners = np.stack([x, y, x + width, y + height], axis=1)
    return bx.as_boxes(corners[area >= min_area])
