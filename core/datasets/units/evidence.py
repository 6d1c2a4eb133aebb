"""Comparisons of boxes with what else a file says of them: segmentation, area, the image, one pixel.

All boxes are corners ``x0 y0 x1 y1`` in pixels, float64 (A, 4). NaN compares as not fitting.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.datasets.blocks import all_of
from core.datasets.units.unit import Boxes

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
Sizes = NDArray[np.int64]


class BoxTable(NamedTuple):
    """The boxes of a file with what is known about each.

    Attributes
    ----------
    bbox : float64 (A, 4)
        As written; NaN where there is none.
    outline : float64 (A, 4)
        Smallest box ``x0 y0 x1 y1`` around the segmentation; NaN where there is none.
    area : float64 (A,)
        As written; NaN where there is none.
    sizes : int64 (A, 2)
        Width and height of the image; 0 where they are not known.
    image : int64 (A,)
        Any number of the image; negative where it is not known.
    """

    bbox: NDArray[np.float64]
    outline: NDArray[np.float64]
    area: NDArray[np.float64]
    sizes: NDArray[np.int64]
    image: NDArray[np.int64]

    def rows(self, rows: NDArray[Any] | slice) -> "BoxTable":
        """Return the table of some rows."""
        columns: tuple[NDArray[Any], ...] = self
        return BoxTable(*(column[rows] for column in columns))


def sides(corners: Boxes) -> Floats:
    """Return width and height of each box: float64 (A, 2)."""
    return corners[:, 2:] - corners[:, :2]


def outlines_in_pixels(table: BoxTable) -> BoxTable:
    """Return the table with the outlines of boxes in 0-1 in pixels where the segmentation is in 0-1 too."""
    rows = np.flatnonzero(in_first_pixel(table.outline))
    rows = rows[in_first_pixel(table.bbox[rows]) & (table.sizes[rows] > 0).all(axis=1)]
    if not len(rows):
        return table
    outline = table.outline.copy()
    outline[rows] *= np.tile(table.sizes[rows], 2)
    return table._replace(outline=outline)


def is_outline(outline: Boxes) -> Mask:
    """Return whether each box around a segmentation is more than a pixel wide or high.

    A smaller one is that of a segmentation in 0-1, or of none, and says nothing in pixels.
    """
    return np.asarray((outline[:, 2] - outline[:, 0] > 1) | (outline[:, 3] - outline[:, 1] > 1))


class Tolerance(NamedTuple):
    """How far an edge may lie from that of the segmentation: the largest of these lengths.

    Attributes
    ----------
    pixels : float
    of_side : float
        As a share of the side along which the edge is moved.
    of_longer_side : float
        As a share of the longer side of the box.
    outwards : float
        As a share of the side, where the box reaches beyond the segmentation.
    """

    pixels: float
    of_side: float
    of_longer_side: float
    outwards: float


# Boxes that are drawn by hand, padded, or boxes around a rotated box; across a thin crack by more than its
# width, and rather too large than too small.
LOOSE = Tolerance(3, 0.2, 0.05, 0.3)
# What is enough to tell one unit from another.
CLOSE = Tolerance(2, 0.08, 0.02, 0.08)
# A box that was computed from the segmentation, but for rounding.
EXACT = Tolerance(1.5, 0.02, 0, 0.02)


def is_area(table: BoxTable) -> Mask:
    """Return whether each area says something: it is above that of one pixel, and below that of the image.

    Some files have 0 or 1 for all areas, those of boxes in 0-1, or that of the image.
    """
    image = np.where(all_of(table.sizes > 0), table.sizes[:, 0] * table.sizes[:, 1], np.inf)
    return (table.area >= np.where(in_first_pixel(table.bbox), 2, 1)) & (table.area < 0.999 * image)


def near(corners: Boxes, outline: Boxes, tolerance: Tolerance = LOOSE) -> Mask:
    """Return whether all edges of each box lie where those of its segmentation do."""
    longer = np.fmax(sides(corners), sides(outline))  # (A, 2), of both boxes
    least = np.fmax(tolerance.pixels, tolerance.of_longer_side * longer.max(axis=1)[:, None])
    inwards = np.fmax(least, tolerance.of_side * longer)
    outwards = np.fmax(least, tolerance.outwards * longer)
    moved = (corners - outline) * [1, 1, -1, -1]  # positive where the box is the smaller one
    return np.asarray(((moved <= np.tile(inwards, 2)) & (moved >= -np.tile(outwards, 2))).all(axis=1))


def near_in_image(corners: Boxes, outline: Boxes, sizes: Sizes, tolerance: Tolerance = LOOSE) -> Mask:
    """Return :func:`near`, or the same of both boxes cut to the image where the segmentation leaves that."""
    limit = np.tile(np.where(sizes > 0, sizes, np.inf), 2)
    cut = np.clip(outline, 0, limit)
    leaves = (cut != outline).any(axis=1) & (sides(cut) > 0).all(axis=1)
    return near(corners, outline, tolerance) | (leaves & near(np.clip(corners, 0, limit), cut, tolerance))


def has_area(corners: Boxes, area: Floats, *, exact: bool = False) -> Mask:
    """Return whether each area is that of its box, with either edge counted in or rounded.

    With `exact`, to 1 %, or to a quarter of a pixel along its edges up to 5 %.
    """
    width, height = corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1]
    if exact:
        error = np.maximum(0.01 * area, np.minimum(1 + (width + height) / 4, 0.05 * area))
        return (np.abs(width * height - area) <= error) & (width > 0) & (height > 0)
    least = 0.95 * np.maximum(width - 2, 0) * np.maximum(height - 2, 0)
    return (area >= least) & ~too_small(corners, area)


def too_small(corners: Boxes, area: Floats) -> Mask:
    """Return whether each area is larger than a mask inside its box can be, more than by rounding."""
    width, height = corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1]
    return area > 1.05 * (width + 2) * (height + 2)


def plainly_right(corners: Boxes, outline: Boxes, area: Floats, sizes: Sizes) -> Mask:
    """Return whether each box lies in its image, is a pixel or more, and is where its segmentation is.

    Where it has none, its area is not too large. That is so of nearly all boxes, and is found column by
    column, ten times as fast as what the other functions of this module compare.
    """
    right = ~too_small(corners, area)
    for first, last in ((0, 2), (1, 3)):
        low, high, limit = corners[:, first], corners[:, last], sizes[:, first]
        right &= (low >= 0) & (high <= limit) & (high - low >= 1) & (high > 1.001)
    has_outline = is_outline(outline)
    same = np.ones(len(corners), bool)
    for edge in range(4):
        same &= np.abs(corners[:, edge] - outline[:, edge]) <= EXACT.pixels
    return right & (same | ~has_outline)


def in_first_pixel(bbox: Boxes) -> Mask:
    """Return whether no number of a box is above 1, as all those in 0-1 are."""
    first_pixel = bbox[:, 0] <= 1.001
    for number in range(1, 4):
        first_pixel &= bbox[:, number] <= 1.001
    return first_pixel


def below_pixel(corners: Boxes, sizes: Sizes, confirmed: Mask) -> Mask:
    """Return whether each box is smaller than one pixel, in both directions or in one.

    In one it may be so where that is `confirmed` otherwise, in either where the box is cut at the border.
    """
    thin = sides(corners) < 1  # (A, 2)
    cut = (np.abs(corners[:, :2]) < 0.01) | (np.abs(corners[:, 2:] - sizes) < 0.01)
    return (thin & ~cut).any(axis=1) & (thin.all(axis=1) | ~confirmed)


def mostly_outside(corners: Boxes, sizes: Sizes) -> Mask:
    """Return whether more than half of each box lies outside its image, but for one around all of that."""
    limit = np.tile(np.where(sizes > 0, sizes, np.inf), 2)
    cut = np.clip(corners, 0, limit)
    around_all = (corners[:, :2] <= 0).all(axis=1) & (corners[:, 2:] >= limit[:, 2:]).all(axis=1)
    return (sides(cut).prod(axis=1) < 0.5 * sides(corners).prod(axis=1)) & ~around_all


def inside(corners: Boxes, sizes: Sizes) -> Mask:
    """Return whether each box has sides of a pixel or more and lies in its image, but for 1.5 px or 0.5 %."""
    allowed = np.maximum(1.5, 0.005 * sizes)  # (A, 2)
    fits = (corners[:, :2] >= -allowed) & (corners[:, 2:] <= sizes + allowed) & (sides(corners) >= 1)
    return np.asarray(fits.all(axis=1))


def far_outside(corners: Boxes, sizes: Sizes) -> Mask:
    """Return whether each box runs out of its image by more than 3 px and 5 % of the side of that."""
    allowed = np.maximum(3, 0.05 * sizes)
    beyond = (corners[:, :2] < -allowed) | (corners[:, 2:] > sizes + allowed)
    return (beyond & (sizes > 0)).any(axis=1)


def at_border(corners: Boxes, sizes: Sizes) -> Mask:
    """Return whether each box touches or crosses the border of its image, as one that was cut to it does."""
    first, last = corners[:, :2] <= 1, (corners[:, 2:] >= sizes - 1) & (sizes > 0)
    return np.asarray((first | last).any(axis=1))


def enlarged(corners: Boxes, area: Floats) -> Boxes:
    """Return the boxes of a larger picture that would have the given areas: all corners times one factor."""
    factor = np.sqrt(area / sides(corners).prod(axis=1))
    return corners * factor[:, None]
