"""Boxes of a file in COCO's own units: from which unit each is converted, and its new numbers.

Notation: A annotations.
"""

from collections import Counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.datasets.units import evidence
from core.datasets.units.check import BoxCheck, check_boxes
from core.datasets.units.choice import NONE, SEVERAL
from core.datasets.units.evidence import BoxTable
from core.datasets.units.judge import Why
from core.datasets.units.unit import AS_COCO, UNITS, Boxes, Unit, unit_named
from core.errors import BoxscopeError

# Share of boxes that may be wrong whatever their unit.
_FEW = 0.05

AUTO, SEGMENTATION = "auto", "segmentation"


class NewBoxes(NamedTuple):
    """Converted boxes; :func:`convert_boxes` makes it.

    Attributes
    ----------
    rows : int64 (R,)
        The annotations with a converted box, ascending.
    bbox : float64 (R, 4)
        Their boxes as ``x y width height`` in pixels.
    scale : float64 (R, 2)
        Pixels of what was 1 in x and y, where a segmentation in 0-1 is to be multiplied by it; else 1.
    declared : int64
        Annotations whose boxes are right as the user says, against their area or segmentation.
    units : dict of str to int
        Number of boxes by the name of the unit that they had.
    """

    rows: NDArray[np.int64]
    bbox: Boxes
    scale: NDArray[np.float64]
    declared: NDArray[np.int64]
    units: dict[str, int]


@np.errstate(over="ignore", invalid="ignore", divide="ignore")  # of numbers up to 1e308
def convert_boxes(table: BoxTable, unit: str) -> NewBoxes:
    """Return the boxes of a file converted from a unit.

    Parameters
    ----------
    table : BoxTable
    unit : str
        A name of :mod:`core.datasets.units.unit`, for all boxes but those that are where their segmentations
        are; ``auto`` for the unit in which each fits its own segmentation or area; ``segmentation`` to take
        those that disagree from their segmentations; ``xywh`` to say that the boxes are right as they are.

    Raises
    ------
    BoxscopeError
        There is no such unit, or with ``auto`` the unit of some boxes is not certain.
    """
    table = evidence.outlines_in_pixels(table)
    check = check_boxes(table)
    wrong = np.flatnonzero(check.why)
    if unit == SEGMENTATION:
        rows = wrong[evidence.is_outline(table.outline[wrong])]
        outline = table.outline[rows]
        return _new(rows, outline, {SEGMENTATION: len(rows)})
    if unit == AUTO:
        return _by_evidence(table, check)
    named = unit_named(unit)
    if named == AS_COCO:
        nothing = np.zeros(0, np.int64)
        return _new(nothing, np.zeros((0, 4)), {}, declared=wrong)
    _refuse_other_unit(table, check, named)
    return _from_unit(table, named)


def _new(
    rows: NDArray[np.int64],
    corners: Boxes,
    units: dict[str, int],
    scale: NDArray[np.float64] | None = None,
    declared: NDArray[np.int64] | None = None,
) -> NewBoxes:
    bbox = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
    scale = np.ones((len(rows), 2)) if scale is None else scale
    declared = np.zeros(0, np.int64) if declared is None else declared
    return NewBoxes(rows, bbox, scale, declared, units)


def _from_unit(table: BoxTable, unit: Unit) -> NewBoxes:
    """Convert all boxes but those that are where their segmentations are, and would not be in the unit."""
    corners = unit.corners(table.bbox, table.sizes)
    scale = np.ones((len(corners), 2))
    if not unit.full:  # no box lies in the first pixel: such a one is in 0-1, whatever its layout
        normalised = next(other for other in UNITS if (other.full, other.layout) == (1, unit.layout))
        tiny = evidence.in_first_pixel(table.bbox) & (not unit.y_up)
        corners[tiny] = normalised.corners(table.bbox[tiny], table.sizes[tiny])
        scale[tiny] = table.sizes[tiny]
    if unit.full == 1:
        scale[:] = table.sizes
    as_read = AS_COCO.corners(table.bbox, table.sizes)
    right = evidence.is_outline(table.outline) & evidence.near(as_read, table.outline, evidence.EXACT)
    right &= ~evidence.near(corners, table.outline, evidence.CLOSE)
    rows = np.flatnonzero(np.isfinite(corners).all(axis=1) & ~right)
    turned = (corners[rows, 2:] <= corners[rows, :2]).any(axis=1).sum()
    if turned > _FEW * len(rows):
        raise BoxscopeError(
            f"{turned:,} of {len(rows):,} boxes would end before they begin as {unit.text}: not their unit"
        )
    return _new(rows, corners[rows], {unit.name: len(rows)}, scale[rows])


def _refuse_other_unit(table: BoxTable, check: BoxCheck, unit: Unit) -> None:
    """Raise where boxes would fit in another unit, but not in the given one or in 0-1 in the same order."""
    same = [n for n, other in enumerate(UNITS) if _is_meant(other, unit)]
    rows = np.flatnonzero(check.unit >= 0)
    if unit.by_outline_alone:
        rows = rows[evidence.is_outline(table.outline[rows])]
    others = rows[~check.fits[rows][:, same].any(axis=1)]
    if len(others) > _FEW * len(rows):
        better, count = Counter(check.unit[others].tolist()).most_common(1)[0]
        raise BoxscopeError(
            f"{len(others):,} of {len(rows):,} boxes that disagree would not fit as {unit.text}; {count:,} "
            f"would as {UNITS[better].text}, which is --boxes {UNITS[better].name}, or auto for several units"
        )


def _is_meant(other: Unit, unit: Unit) -> bool:
    """Return whether a unit is the given one, or that of 0-1 where the given one is in pixels."""
    if other == unit:
        return True
    return not unit.full and not unit.y_up and (other.full, other.layout) == (1, unit.layout)


def _by_evidence(table: BoxTable, check: BoxCheck) -> NewBoxes:
    """Convert each box that disagrees from the one unit in which it would not."""
    _refuse_uncertain(table, check)
    rows = np.flatnonzero(check.unit >= 0)
    corners, scale = np.zeros((len(rows), 4)), np.ones((len(rows), 2))
    for unit, _ in check.units():
        of_unit = check.unit[rows] == unit
        part = table.rows(rows[of_unit])
        corners[of_unit] = UNITS[unit].corners(part.bbox, part.sizes)
        if UNITS[unit].full == 1:
            scale[of_unit] = part.sizes
    return _new(rows, corners, {UNITS[unit].name: count for unit, count in check.units()}, scale)


def _refuse_uncertain(table: BoxTable, check: BoxCheck) -> None:
    """Raise where boxes would fit in several units, none fits most, or nothing but the image tells which."""
    several = np.flatnonzero(check.unit == SEVERAL)
    if len(several):
        common = Counter(UNITS[u].name for n in several[:1000] for u in np.flatnonzero(check.fits[n]))
        raise BoxscopeError(
            f"{len(several)} of {check.disagreeing} boxes that disagree would fit in more than one unit: say "
            f"which by --boxes {' or --boxes '.join(name for name, _ in common.most_common(3))}"
        )
    unexplained = int(((check.unit == NONE) & (check.why != Why.NOTHING)).sum())
    if check.whole_file and unexplained > check.disagreeing / 2:
        raise BoxscopeError(
            f"{unexplained} of {check.disagreeing} boxes that disagree would fit in no unit: --boxes "
            "segmentation takes them from their segmentations, --boxes xywh says that they are right"
        )
    for unit, count in check.units():
        of_unit = table.rows(np.flatnonzero(check.unit == unit))
        corners = UNITS[unit].corners(of_unit.bbox, of_unit.sizes)
        as_read = AS_COCO.corners(of_unit.bbox, of_unit.sizes)
        told = evidence.has_area(corners, of_unit.area, exact=True)
        told &= ~evidence.has_area(as_read, of_unit.area, exact=True)
        told |= evidence.is_outline(of_unit.outline)
        if not told.any():
            raise BoxscopeError(
                f"{count} boxes would fit as {UNITS[unit].text}, but none has a segmentation or an area "
                f"that tells: if so, say --boxes {UNITS[unit].name}"
            )
