"""The comparison of boxes with what is known of them, step by step; :mod:`core.datasets.units.check` runs it.

Notation: A annotations, U units other than COCO's own.
"""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from core.datasets.blocks import in_blocks
from core.datasets.units import evidence
from core.datasets.units import fits as unit_fits
from core.datasets.units.evidence import BoxTable, Mask
from core.datasets.units.unit import AS_COCO, UNITS

Rows = NDArray[np.int64]

# Of the boxes that their own segmentation or area can judge, the share above which the file is at fault;
# where those are less than the second share of all boxes, they say nothing of the file, nor do one or two
# where these are less than the third.
_MOST, _TOO_FEW, _ONE_OR_TWO = 0.5, 0.05, 0.2
# Of the areas of a file, the share that are areas of boxes in some unit, from which they all should be; and
# of those that are not areas of the boxes as written, the share that some unit must explain.
_AREAS_OF_BOXES, _EXPLAINED = 0.75, 0.5
# Share of the boxes that run far out of their images, from which a unit is looked for in which none does.
_FAR_OUT = 0.1
# Number of boxes that are tried before all are.
_SAMPLE = 5000


class Why(IntEnum):
    """What a box disagrees with."""

    NOTHING = 0
    OUTLINE = 1
    AREA = 2
    PIXEL = 3
    IMAGE = 4
    FILE = 5


class Boxes:
    """Boxes with positive sides, each with its evidence; A of them, and the masks are bool (A,)."""

    def __init__(self, table: BoxTable) -> None:
        count = len(table.bbox)
        self.table = table
        self.corners = np.empty((count, 4))
        self.outlined, self.in_first_pixel, self.with_area, self.has_area, self.plain = (
            np.empty(count, bool) for _ in range(5)
        )
        in_blocks(count, self._look)
        # Of 860,000 boxes those that are not plain are few, and what takes long is done for these alone.
        self.near = self.plain & self.outlined
        self._near(self.near, np.flatnonzero(~self.plain & self.outlined), evidence.LOOSE)
        self.why = np.zeros(len(table.bbox), np.int8)
        self.fits = np.zeros((len(table.bbox), len(UNITS)), bool)
        self.explained = np.zeros(len(table.bbox), bool)
        self.stale_areas = 0

    @np.errstate(over="ignore", invalid="ignore", divide="ignore")  # of numbers up to 1e308
    def _look(self, rows: slice) -> None:
        """Fill in the evidence of some boxes."""
        table = self.table.rows(rows)
        self.corners[rows] = corners = AS_COCO.corners(table.bbox, table.sizes)
        self.outlined[rows] = outlined = evidence.is_outline(table.outline)
        self.in_first_pixel[rows] = in_first_pixel = evidence.in_first_pixel(table.bbox)
        self.with_area[rows] = with_area = ~outlined & evidence.is_area(table)
        self.has_area[rows] = with_area & ~in_first_pixel & evidence.has_area(corners, table.area)
        self.plain[rows] = evidence.plainly_right(corners, table.outline, table.area, table.sizes)

    @property
    def judged(self) -> Mask:
        """The boxes on which their own segmentation or area has something to say."""
        return self.outlined | self.with_area

    def compare(self) -> None:
        """Mark the boxes that something contradicts, and find the units in which nothing would."""
        rows = np.flatnonzero(~self.plain)
        table, corners = self.table.rows(rows), self.corners[rows]
        outlined, near, in_first_pixel = self.outlined[rows], self.near[rows], self.in_first_pixel[rows]
        self._mark(rows[outlined & ~near], Why.OUTLINE)
        self._mark(rows[~near & in_first_pixel], Why.PIXEL)
        self._mark(rows[self.with_area[rows] & evidence.too_small(corners, table.area)], Why.AREA)
        confirmed = near | self.has_area[rows]
        self._mark(rows[evidence.below_pixel(corners, table.sizes, confirmed)], Why.PIXEL)
        self._mark(rows[~near & evidence.mostly_outside(corners, table.sizes)], Why.IMAGE)
        self._find_units(np.flatnonzero(self.why), evidence.CLOSE)
        # Corners for sides hardly move a box that lies near the origin.
        self._prefer_unit(evidence.EXACT)
        self._prefer_unit(evidence.CLOSE, least=_EXPLAINED)

    def _near(self, result: Mask, rows: Rows, tolerance: evidence.Tolerance) -> None:
        """Fill in whether some boxes lie where their segmentations do."""
        table = self.table.rows(rows)
        result[rows] = evidence.near_in_image(self.corners[rows], table.outline, table.sizes, tolerance)

    def _prefer_unit(self, tolerance: evidence.Tolerance, least: float = 0) -> None:
        """Mark boxes that lie where their segmentations do, but not as near as in another unit.

        They are marked where another unit explains at least this share of those that do not lie as near.
        """
        nearer = self.plain.copy()
        rows = np.flatnonzero(self.near & ~self.plain & (self.why == Why.NOTHING))
        self._near(nearer, rows, tolerance)
        rough = rows[~nearer[rows]]
        self._find_units(rough, tolerance)
        explained = rough[self.explained[rough]]
        if len(explained) >= least * len(rough):
            self._mark(explained, Why.OUTLINE)

    def weigh_areas(self) -> None:
        """Mark boxes whose area is that of a box in another unit; clear those whose area says nothing."""
        table, count = self.table, self.with_area.sum()
        other = np.flatnonzero(self.with_area & ~self.has_area & (self.why == Why.NOTHING))
        some = other[:: max(1, len(other) // _SAMPLE)]  # where masks have areas, no unit explains them
        self._find_units(some, evidence.CLOSE)
        if len(other) and count > 1 and self.explained[some].mean() >= _EXPLAINED:
            self._find_units(other, evidence.CLOSE)
            explained = self.with_area & ~self.has_area & self.explained
            if self.has_area.sum() + explained.sum() >= _AREAS_OF_BOXES * count:
                self._mark(other[self.explained[other]], Why.AREA)
        rows = np.flatnonzero((self.why == Why.AREA) & ~self.explained)
        if len(rows) > _MOST * count:
            larger = evidence.enlarged(self.corners[rows], table.area[rows])
            far = evidence.far_outside(larger, table.sizes[rows])
            # The areas are then those of other pictures.
            if len(far) >= unit_fits.ENOUGH and far.mean() >= _FAR_OUT:
                self.stale_areas = int((self.why == Why.AREA).sum())
                self.why[self.why == Why.AREA] = Why.NOTHING
        else:  # a box may have been cut to the image after its area was measured
            self.why[rows[evidence.at_border(self.corners[rows], table.sizes[rows])]] = Why.NOTHING

    def look_far_outside(self) -> None:
        """Mark all boxes without a segmentation where many run far out of their images, in one unit none."""
        table = self.table
        rows = np.flatnonzero(~self.outlined & (table.sizes[:, 0] > 0) & (table.sizes[:, 1] > 0))
        suspects = np.flatnonzero(~self.outlined & ~self.plain)
        far = evidence.far_outside(self.corners[suspects], table.sizes[suspects]).sum()
        mostly = (self.why == Why.IMAGE) & self.explained
        if far < (1 if mostly.any() else 2) or far < _FAR_OUT * len(rows):
            return
        fits = unit_fits.for_all(table.rows(rows))
        if fits.any():
            rows = rows[self.why[rows] != Why.AREA]
            self.fits[rows], self.explained[rows] = fits, True
            self._mark(rows, Why.FILE)

    def blame_file(self) -> bool:
        """Return whether the file is at fault; if so, mark the boxes that nothing confirms."""
        own = self.judged & ((self.why == Why.OUTLINE) | (self.why == Why.AREA))
        wrong, count = self.why != Why.NOTHING, len(self.why)
        outside = (self.why == Why.IMAGE) & ~self.explained  # the boxes of other images, but in right units
        enough = (_TOO_FEW if own.sum() > 2 else _ONE_OR_TWO) * count
        most_of_own = own.sum() > _MOST * self.judged.sum() and own.sum() >= enough
        if not (most_of_own or (wrong & ~outside).sum() > _MOST * count):
            return False
        self._mark_unconfirmed(~wrong)
        return True

    def _mark_unconfirmed(self, among: Mask) -> None:
        """Mark boxes without evidence, and those that it confirms but roughly, as it does in another unit."""
        unknown = np.flatnonzero(among & ~self.near & ~self.has_area)
        self._mark(unknown, Why.FILE)
        self._find_units(unknown, evidence.CLOSE)
        rows = np.flatnonzero(among & self.near & ~self.plain)
        exact = self.plain.copy()
        self._near(exact, rows, evidence.EXACT)
        rough = rows[~exact[rows]]
        self._find_units(rough, evidence.LOOSE)
        self._mark(rough[self.explained[rough]], Why.OUTLINE)
        rows = np.flatnonzero(among & self.has_area)
        rough = rows[~evidence.has_area(self.corners[rows], self.table.area[rows], exact=True)]
        self.fits[rough] = unit_fits.by_area(self.table.rows(rough))
        self._mark(rough[self.fits[rough].any(axis=1)], Why.AREA)

    def _mark(self, rows: Rows, why: Why) -> None:
        self.why[rows[self.why[rows] == Why.NOTHING]] = why

    def _find_units(self, rows: Rows, tolerance: evidence.Tolerance) -> None:
        """Fill `fits` of some boxes: by the segmentation, else by area and image, else by the image alone."""
        table = self.table
        outlined, of_area = self.outlined[rows], (self.with_area & ~self.has_area)[rows]
        of_file = ~outlined & ~of_area & (self.why[rows] == Why.FILE)
        rest = ~outlined & ~of_area & ~of_file
        self.fits[rows[outlined]] = unit_fits.by_outline(table.rows(rows[outlined]), tolerance)
        self.fits[rows[of_area]] = unit_fits.by_area(table.rows(rows[of_area]))
        self.fits[rows[of_file]] = unit_fits.by_image(table.rows(rows[of_file]))
        self.fits[rows[rest]] = unit_fits.by_image(table.rows(rows[rest]), plain=True)
        self.explained[rows] = self.fits[rows].any(axis=1)
