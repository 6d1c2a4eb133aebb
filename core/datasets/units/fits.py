"""The units in which boxes would agree with their segmentations, areas and images.

Notation: R boxes, U units, in the order of :data:`core.datasets.units.unit.UNITS`.
"""

import numpy as np

from core.datasets.units import evidence
from core.datasets.units.evidence import BoxTable, Mask
from core.datasets.units.unit import UNITS

# Number of boxes from which a statement on all of them is no chance.
ENOUGH = 10

_BY_IMAGE = np.array([not unit.by_outline_alone for unit in UNITS])
_PLAIN = np.array([unit.full <= 1 for unit in UNITS]) & _BY_IMAGE
_NORMALISED = np.array([unit.full == 1 for unit in UNITS]) & _BY_IMAGE


def by_outline(table: BoxTable, tolerance: evidence.Tolerance) -> Mask:
    """Return the units in which each box lies where its segmentation does: bool (R, U)."""
    fits = np.zeros((len(table.bbox), len(UNITS)), bool)
    outline = table.outline
    for n, unit in enumerate(UNITS):
        corners = unit.corners(table.bbox, table.sizes)
        # One edge excludes most boxes, in a tenth of the time of all four.
        reach = np.fmax(corners[:, 2:], outline[:, 2:]) - np.fmin(corners[:, :2], outline[:, :2])
        off = np.abs(corners[:, 2] - outline[:, 2])
        rows = np.flatnonzero(
            off <= np.fmax(tolerance.pixels, max(tolerance[1:]) * np.fmax(reach[:, 0], reach[:, 1]))
        )
        fits[rows, n] = evidence.near(corners[rows], outline[rows], tolerance)
    return fits


def by_area(table: BoxTable) -> Mask:
    """Return the units in which each box has its area and lies in its image: bool (R, U).

    Where there is none, a box in the first pixel may have the area of a mask: those of 0-1 in which its area
    is large enough.
    """
    corners = [unit.corners(table.bbox, table.sizes) for unit in UNITS]
    fits = np.stack([evidence.has_area(box, table.area, exact=True) for box in corners], axis=1)
    holds = np.stack([~evidence.too_small(box, table.area) for box in corners], axis=1)
    inside = by_image(table)
    fits &= inside
    as_mask = ~fits.any(axis=1) & evidence.in_first_pixel(table.bbox)
    return np.where(as_mask[:, None], holds & inside & _NORMALISED, fits)


def by_image(table: BoxTable, *, plain: bool = False) -> Mask:
    """Return the units in which each box lies in its image: bool (R, U); with `plain` in pixels or 0-1."""
    fits = [evidence.inside(unit.corners(table.bbox, table.sizes), table.sizes) for unit in UNITS]
    return np.stack(fits, axis=1) & (_PLAIN if plain else _BY_IMAGE)


def for_all(table: BoxTable) -> Mask:
    """Return the units in which all boxes lie in their images, and would not by chance: bool (U,).

    In 0-100 or 0-1000 many boxes would; they are taken for such only where the largest numbers come near
    that. Units that only a segmentation can tell for sure are named where no other fits.
    """
    few = len(table.bbox) < ENOUGH
    fits = []
    for n, unit in enumerate(UNITS):
        by_chance = few and not (unit.layout == "xyxy" and _BY_IMAGE[n])
        in_range = not unit.full or 0.9 * unit.full < table.bbox.max() <= 1.001 * unit.full
        corners = unit.corners(table.bbox, table.sizes)
        fits.append(in_range and not by_chance and bool(evidence.inside(corners, table.sizes).all()))
    found = np.array(fits)
    return found & _BY_IMAGE if (found & _BY_IMAGE).any() else found
