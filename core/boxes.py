"""Boxes are float32 arrays (N, 4) of ``x0 y0 x1 y1``: pixels, half-open, inside the image, best first.

Notation in every docstring of the core: N proposals, G ground-truth objects, H and W the height and
width of an image in pixels.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Boxes = NDArray[np.float32]


def as_boxes(values: ArrayLike | Sequence[Sequence[float]]) -> Boxes:
    """Return any sequence of boxes, even an empty one, as a float32 array (N, 4).

    Parameters
    ----------
    values : array-like (N, 4) or empty
        Boxes as ``x0 y0 x1 y1``.

    Returns
    -------
    float32 (N, 4)
    """
    return np.asarray(values, dtype=np.float32).reshape(-1, 4)


def area(boxes: Boxes) -> NDArray[np.float64]:
    """Return the area of each box in square pixels, 0 where a box is empty.

    Parameters
    ----------
    boxes : float32 (N, 4)

    Returns
    -------
    float64 (N,)
        float64, since the sides of a 24 megapixel image multiply beyond the 24 bits of a float32.
    """
    sides = np.maximum(boxes[:, 2:].astype(np.float64) - boxes[:, :2], 0)
    return sides[:, 0] * sides[:, 1]


def clip(boxes: Boxes, width: int, height: int) -> Boxes:
    """Cut boxes to the image.

    Parameters
    ----------
    boxes : float32 (N, 4)
    width, height : int
        Of the image, pixels.

    Returns
    -------
    float32 (N, 4)
        A box entirely outside is returned with area 0.
    """
    return np.clip(boxes, 0, np.array([width, height, width, height], dtype=np.float32))


def intersection(boxes: Boxes, others: Boxes) -> NDArray[np.float64]:
    """Return the area that each box shares with each of the others, in square pixels.

    Parameters
    ----------
    boxes : float32 (N, 4)
    others : float32 (G, 4)

    Returns
    -------
    float64 (N, G)
    """
    a, b = boxes[:, None].astype(np.float64), others[None].astype(np.float64)
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])  # (N, G, 2)
    np.maximum(sides, 0, out=sides)
    return sides[..., 0] * sides[..., 1]


def iou(boxes: Boxes, others: Boxes, shared: NDArray[np.float64] | None = None) -> NDArray[np.float32]:
    """Return the intersection over union of each box with each of the others.

    Parameters
    ----------
    boxes : float32 (N, 4)
    others : float32 (G, 4)
    shared : float64 (N, G), or None
        Their :func:`intersection`, if already computed.

    Returns
    -------
    float32 (N, G)
        In 0-1; 0 where both boxes are empty.
    """
    shared = intersection(boxes, others) if shared is None else shared
    union = area(boxes)[:, None] + area(others)[None] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0).astype(np.float32)


def share_inside(
    boxes: Boxes, others: Boxes, shared: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Return how much of each box lies inside one of the others: intersection over the box's own area.

    Parameters
    ----------
    boxes : float32 (N, 4)
    others : float32 (G, 4)
    shared : float64 (N, G), or None
        Their :func:`intersection`, if already computed.

    Returns
    -------
    float64 (N,)
        The largest share inside any one of the others, in 0-1; 0 where there is none, or the box is empty.
    """
    shared = intersection(boxes, others) if shared is None else shared
    own = area(boxes)
    return np.divide(shared.max(axis=1, initial=0), own, out=np.zeros(len(boxes)), where=own > 0)


def unique(boxes: Boxes) -> Boxes:
    """Return the boxes without duplicates: of equal ones the first, in the same order.

    Parameters
    ----------
    boxes : float32 (N, 4)

    Returns
    -------
    float32 (M, 4)
        M <= N.
    """
    return boxes[firsts(boxes)]


def firsts(boxes: Boxes) -> NDArray[np.int64]:
    """Return the indices of the boxes that :func:`unique` keeps.

    Parameters
    ----------
    boxes : float32 (N, 4)

    Returns
    -------
    int64 (M,)
        Ascending.
    """
    # Sorting the bits as two integers per box takes a quarter of the time of np.unique over rows.
    bits = np.ascontiguousarray(boxes + np.float32(0)).view(
        np.uint64
    )  # (N, 2); + 0 makes one zero of -0 and 0
    order = np.lexsort((bits[:, 1], bits[:, 0]))  # stable: of equal boxes the first comes first
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = (bits[order[1:]] != bits[order[:-1]]).any(axis=1)
    return np.sort(order[is_first])


def nms(boxes: Boxes, threshold: float) -> NDArray[np.int64]:
    """Return what greedy non-maximum suppression keeps of boxes in order of quality.

    Parameters
    ----------
    boxes : float32 (N, 4)
        Best first.
    threshold : float
        In 0-1. A box is dropped when its IoU with a better one that is kept is above this.

    Returns
    -------
    int64 (M,)
        Indices of the boxes that are kept, ascending.
    """
    corners = boxes.astype(np.float64)
    corners[:, 2:] -= corners[:, :2]
    scores = np.arange(len(boxes), 0, -1, dtype=np.float32)
    # OpenCV computes IoU as 1 - (1 - IoU) in float32: without the margin of 1e-6, an IoU of .05, .1 or .35
    # is above a threshold of the same value.
    kept = cv2.dnn.NMSBoxes(corners.tolist(), scores.tolist(), 0.0, threshold + 1e-6)
    return np.sort(np.asarray(kept, dtype=np.int64).reshape(-1))
