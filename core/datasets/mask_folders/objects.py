"""From the foreground of a mask to its objects: closed, in connected pieces, near pieces joined."""

from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from core import kernels
from core.datasets.mask_folders.settings import MaskSettings

Mask = NDArray[np.uint8]
Labels = NDArray[np.int32]


class Objects(NamedTuple):
    """The objects of one class in a mask, with the steps to them. N objects.

    Attributes
    ----------
    mask : uint8 (H, W)
        The foreground, 1 inside.
    closed : uint8 (H, W)
        The foreground with its gaps closed, which says what is one piece.
    pieces : int32 (H, W)
        Connected pieces of what is closed, from 1.
    labels : int32 (H, W)
        Joined pieces, from 1; 0 is background. The pixels of an object are those of the mask alone.
    numbers : int64 (N,)
        The label of each object that is kept.
    boxes : int64 (N, 4)
        Half-open ``x0 y0 x1 y1`` around its pixels, sorted from the top.
    areas : int64 (N,)
        Pixels.
    small : int
        Objects left out as smaller than the smallest area.
    """

    mask: Mask
    closed: Mask
    pieces: Labels
    labels: Labels
    numbers: NDArray[np.int64]
    boxes: NDArray[np.int64]
    areas: NDArray[np.int64]
    small: int


def find_objects(mask: Mask, settings: MaskSettings) -> Objects:
    """Return the objects of the foreground of a mask.

    Parameters
    ----------
    mask : uint8 (H, W)
        1 inside.
    settings : MaskSettings
    """
    warm()
    from core.datasets.mask_folders import kernel

    closed = close(mask, settings.closing)
    count, pieces = cv2.connectedComponents(closed, connectivity=int(settings.connectivity))
    labels = pieces
    if settings.join and count > 2:
        if settings.join_by == "boxes":
            boxes, _ = kernel.measure(pieces, mask, count)
            groups = 1 + kernel.join_boxes(boxes[1:], settings.join)
            labels = np.concatenate([[0], groups]).astype(np.int32)[pieces]
        else:
            # Squares of this side around two pixels touch if at most `join` pixels lie between these.
            _, near = cv2.connectedComponents(_dilate(closed, settings.join + 1), connectivity=8)
            labels = near * closed
            count = int(near.max()) + 1
    boxes, areas = kernel.measure(labels, mask, count)
    found = np.flatnonzero(areas)
    found = found[found > 0]
    kept = found[areas[found] >= settings.min_area]
    kept = kept[np.lexsort((boxes[kept, 0], boxes[kept, 1]))]
    return Objects(mask, closed, pieces, labels, kept, boxes[kept], areas[kept], len(found) - len(kept))


def close(mask: Mask, side: int) -> Mask:
    """Return a mask in which gaps narrower than a square kernel are closed; 0 and 1 leave it.

    Parameters
    ----------
    mask : uint8 (H, W)
        1 inside.
    side : int
        Pixels.
    """
    if side < 2:
        return mask
    kernel = np.ones((side, side), np.uint8)
    # An even kernel has no centre pixel: with the same anchor for both, the mask would shift by 1 px.
    anchor = (side - 1 - side // 2, side - 1 - side // 2)
    return np.asarray(cv2.erode(_dilate(mask, side), kernel, anchor=anchor), np.uint8)


def _dilate(mask: Mask, side: int) -> Mask:
    return np.asarray(cv2.dilate(mask, np.ones((side, side), np.uint8)), np.uint8)


@kernels.register("masks")
@kernels.once
def warm() -> None:
    """Load the kernels of masks; compile them, with a message, where this machine has not yet."""
    from core.datasets.mask_folders import kernel  # importing numba takes 0.5 s

    def compile_all() -> None:
        mask = np.ones((2, 2), np.uint8)
        labels, box = mask.astype(np.int32), np.array([0, 0, 2, 2])
        kernel.measure(labels, mask, 2)
        kernel.join_boxes(np.array([[0, 0, 1, 1], [1, 0, 2, 1]]), 1)
        kernel.trace(labels, mask, 1, box)
        kernel.runs(labels, mask, 1, box)

    with kernels.no_collection():
        message = "compiling the reading of masks; this happens once and takes some 4 seconds"
        kernels.ensure_compiled(kernel.measure, Path(__file__).parent, compile_all, message)
