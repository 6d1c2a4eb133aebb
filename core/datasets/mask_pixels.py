"""The masks of an image's objects: drawn from their segmentations, and their pixels counted in boxes.

Notation: G objects of an image, H x W pixels, N boxes.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from core.boxes import Boxes
from core.datasets.segmentations import RunLengths, is_sound, run_lengths

_decoder = msgspec.json.Decoder(list[list[float]] | RunLengths | None)

Segmentation = list[list[float]] | RunLengths


class Union(NamedTuple):
    """The pixels of any mask of an image; :func:`union` makes it.

    Attributes
    ----------
    pixels : uint8 (H, W), by columns
        1 where an object is.
    standing_in : bool (G,)
        Whether an object has no mask that can be used, so that all of its box counts as mask.
    """

    pixels: NDArray[np.uint8]
    standing_in: NDArray[np.bool_]


def union(texts: Sequence[bytes], boxes: Boxes, size: tuple[int, int] | None, stand_in: bool = True) -> Union:
    """Return the pixels of any mask, drawn as pycocotools does.

    Parameters
    ----------
    texts : sequence of bytes, G long
        The JSON of each object's segmentation, ``null`` where it has none.
    boxes : float32 (G, 4)
        Of the objects. One without a segmentation, with a broken one, or with one for a picture of another
        size, is drawn as its box.
    size : (width, height) or None
        Of the picture; None where the file does not tell: then all that the masks and boxes reach.
    stand_in : bool
        Whether boxes are drawn where there is no mask.
    """
    from pycocotools import mask as library  # only where masks are asked for

    segmentations = [decoded(text) for text in texts]
    width, height = size or _extent(segmentations, boxes)
    fits = [each is not None and _fits(each, width, height) for each in segmentations]
    encoded = [
        run
        for each, fitting in zip(segmentations, fits, strict=True)
        if each is not None and fitting
        for run in _encoded(each, width, height)
    ]
    if encoded:
        runs = run_lengths(library.merge(encoded)["counts"].decode())
        pixels = np.repeat(np.arange(len(runs), dtype=np.uint8) & 1, runs).reshape(width, height).T
    else:
        pixels = np.zeros((height, width), np.uint8, order="F")
    standing_in = ~np.array(fits, bool)
    for x0, y0, x1, y1 in pixel_ranges(boxes[standing_in & stand_in], width, height).tolist():
        pixels[y0:y1, x0:x1] = 1
    return Union(pixels, standing_in)


def decoded(text: bytes) -> Segmentation | None:
    """Return polygons or run lengths; None where there are none or they are broken."""
    try:
        found = _decoder.decode(text)
    except msgspec.DecodeError:
        return None
    if isinstance(found, RunLengths):
        return found if is_sound(found, adds_up=True) else None
    polygons = [polygon for polygon in found or () if polygon]
    return None if any(len(each) < 6 or len(each) % 2 for each in polygons) else polygons or None


def _extent(segmentations: Sequence[Segmentation | None], boxes: Boxes) -> tuple[int, int]:
    for each in segmentations:
        if isinstance(each, RunLengths):
            return each.size[1], each.size[0]
    width, height = boxes[:, 2:].max(axis=0, initial=1).tolist()
    return math.ceil(width), math.ceil(height)


def _fits(segmentation: Segmentation, width: int, height: int) -> bool:
    """Return whether a segmentation is for a picture of this size.

    Polygons may reach beyond it, but not by more than a picture: each pixel of an edge is drawn.
    """
    if isinstance(segmentation, RunLengths):
        return segmentation.size == [height, width]
    side = max(width, height)
    return all(-side <= number <= 2 * side for polygon in segmentation for number in polygon)


def _encoded(segmentation: Segmentation, width: int, height: int) -> list[Any]:
    from pycocotools import mask as library

    if not isinstance(segmentation, RunLengths):
        found: list[Any] = library.frPyObjects(segmentation, height, width)
        return found
    entry: Any = {"size": segmentation.size, "counts": segmentation.counts}
    if not isinstance(segmentation.counts, str):
        entry = library.frPyObjects(entry, height, width)
    return [entry]


def outlined(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Return a mask for display: 0 nothing, 1 mask, 2 the edge, which lies around the mask and not on it.

    Parameters
    ----------
    pixels : uint8 (H, W)
    side : int
        Of the longer side at most: a larger mask is shrunk, and keeps what is thinner than a pixel there.

    Returns
    -------
    uint8 (h, w)
    """
    height, width = pixels.shape
    small = np.ascontiguousarray(pixels)
    if (factor := side / max(width, height)) < 1:
        size = max(round(factor * width), 1), max(round(factor * height), 1)
        small = (cv2.resize(255 * small, size, interpolation=cv2.INTER_AREA) > 0).astype(np.uint8)
    return 2 * cv2.dilate(small, np.ones((3, 3), np.uint8)) - small


def pixel_ranges(boxes: Boxes, width: int, height: int) -> NDArray[np.int64]:
    """Return the pixels whose centres lie in each box, inside the picture.

    Returns
    -------
    int64 (N, 4)
        First column and row, and those behind the last.
    """
    edges = np.ceil(boxes.astype(np.float64) - 0.5)
    return np.clip(edges, 0, [width, height, width, height]).astype(np.int64)


def count_pixels(pixels: NDArray[np.uint8], boxes: Boxes) -> NDArray[np.int32]:
    """Return how many pixels of a mask lie in each box: int32 (N,).

    The time does not depend on the size of the boxes. Sums are kept of the part that has pixels alone, four
    bytes for each of its pixels: 96 MB where a mask spans 24 megapixels.

    Parameters
    ----------
    pixels : uint8 (H, W), by columns
    boxes : float32 (N, 4)
    """
    height, width = pixels.shape
    columns = pixels.T  # in the order of memory
    y, x, rows, across = cv2.boundingRect(columns)
    sums = cv2.integral(columns[x : x + across, y : y + rows], sdepth=cv2.CV_32S)
    corners = pixel_ranges(boxes, width, height) - [x, y, x, y]
    x0, y0, x1, y1 = np.clip(corners, 0, [across, rows, across, rows]).T
    inside = sums[x1, y1] - sums[x0, y1] - sums[x1, y0] + sums[x0, y0]
    return np.asarray(np.where((x1 > x0) & (y1 > y0), inside, 0), np.int32)
