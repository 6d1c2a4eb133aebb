"""Whether boxes are where their segmentations, areas and images say, and the units in which they would be.

Notation: A annotations, U units other than COCO's own.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.datasets.blocks import all_of, in_blocks
from core.datasets.units.choice import NONE, choose_units
from core.datasets.units.evidence import BoxTable, outlines_in_pixels
from core.datasets.units.judge import Boxes, Why
from core.datasets.units.unit import UNITS


@dataclass(frozen=True, eq=False)
class BoxCheck:
    """What :func:`check_boxes` found.

    Attributes
    ----------
    why : int8 (A,)
        A :class:`Why` for each box; ``NOTHING`` where nothing contradicts it.
    fits : bool (A, U)
        Of a box that disagrees, the units in which it would not.
    unit : int64 (A,)
        The one of these that is the unit of the box: an index in ``UNITS``, ``NONE`` where there is none,
        ``SEVERAL`` where more than one may be, see :func:`core.datasets.units.choice.choose_units`.
    disagreeing, compared : int
        Number of boxes that disagree, and of those that their own segmentation, their area, a pixel or the
        image can judge.
    whole_file : bool
        Whether the file is at fault and not single boxes.
    stale_areas : int
        Number of boxes with areas that are too large for them, but not those of larger boxes, which would lie
        outside the images: the areas belong to pictures of another size, and say nothing.
    """

    why: NDArray[np.int8]
    fits: NDArray[np.bool_]
    unit: NDArray[np.int64]
    disagreeing: int
    compared: int
    whole_file: bool
    stale_areas: int

    def units(self) -> Iterator[tuple[int, int]]:
        """Yield the unit of each box as its index, with the number of boxes, most first."""
        found, counts = np.unique(self.unit[self.unit >= 0], return_counts=True)
        for n in np.argsort(-counts, kind="stable").tolist():
            yield int(found[n]), int(counts[n])


@np.errstate(over="ignore", invalid="ignore", divide="ignore")  # of numbers up to 1e308
def check_boxes(table: BoxTable) -> BoxCheck:
    """Return which boxes disagree with what is known about them.

    Boxes without four finite numbers, with sides that are not positive, or of no known image are not judged.
    """
    given = np.empty(len(table.bbox), bool)

    def look(rows: slice) -> None:
        bbox = table.bbox[rows]
        given[rows] = all_of(np.isfinite(bbox)) & all_of(bbox[:, 2:] > 0) & (table.image[rows] >= 0)

    in_blocks(len(given), look)
    rows = np.flatnonzero(given)
    boxes = Boxes(outlines_in_pixels(table if given.all() else table.rows(rows)))
    boxes.compare()
    boxes.weigh_areas()
    boxes.look_far_outside()
    whole_file = boxes.blame_file()
    wrong = np.flatnonzero(boxes.why)
    why = np.zeros(len(table.bbox), np.int8)
    fits = np.zeros((len(table.bbox), len(UNITS)), bool)
    unit = np.full(len(table.bbox), NONE, np.int64)
    why[rows[wrong]] = boxes.why[wrong]
    fits[rows[wrong]] = boxes.fits[wrong]
    unit[rows[wrong]] = choose_units(boxes.fits[wrong], boxes.table.image[wrong])
    compared = int((boxes.judged | (boxes.why != Why.NOTHING)).sum())
    return BoxCheck(why, fits, unit, len(wrong), compared, whole_file, boxes.stale_areas)
