"""Boxes that annotations lack, taken from their segmentations.

Notation: A annotations.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core import wording
from core.datasets.blocks import all_of, in_blocks
from core.datasets.coco import Columns
from core.datasets.judging.owners import Owners
from core.datasets.problems import Problem


class Completed(NamedTuple):
    """The columns with boxes from segmentations; :func:`complete_boxes` makes it.

    Attributes
    ----------
    columns : Columns
    taken : bool (A,)
        Whether the box is that of the segmentation.
    """

    columns: Columns
    taken: NDArray[np.bool_]


@np.errstate(over="ignore", invalid="ignore")  # of numbers up to 1e308
def complete_boxes(columns: Columns, owners: Owners) -> Completed:
    """Return the columns with a box for each annotation that has a segmentation instead.

    Run lengths for a picture of another size than the annotation's image have no outline, nor has an
    annotation whose box is the outline. An empty box is the mark of an image without objects only where there
    is no segmentation either.
    """
    outline, bbox = columns.outline, columns.bbox
    rows = np.flatnonzero(columns.mask_size[:, 0] | columns.mask_size[:, 1])
    mask_size, sizes = columns.mask_size[rows], owners.sizes_of(owners.of_annotation[rows])
    others = rows[((mask_size > 0) & (sizes > 0) & (mask_size != sizes)).any(axis=1)]
    if len(others):
        outline = outline.copy()
        outline[others] = np.nan
    taken = np.empty(len(bbox), bool)

    def look(rows: slice) -> None:
        zero = all_of(columns.bbox[rows] == 0)  # what some exporters write for no box
        taken[rows] = np.isfinite(outline[rows, 0]) & (zero | ~all_of(np.isfinite(columns.bbox[rows])))

    in_blocks(len(taken), look)
    if taken.any():
        rows, bbox, outline = np.flatnonzero(taken), bbox.copy(), outline.copy()
        bbox[rows, :2] = outline[rows, :2]
        bbox[rows, 2:] = outline[rows, 2:] - outline[rows, :2]
        outline[rows] = np.nan  # it cannot confirm a box that is its own
    empty = columns.empty & ~columns.segmented
    return Completed(replace(columns, bbox=bbox, empty=empty, outline=outline), taken)


def completion_problems(item: str, completed: Completed, dropped: NDArray[np.int8]) -> Iterator[Problem]:
    """Yield the note on the boxes of objects that were taken from segmentations."""
    used = completed.taken & (dropped == 0)
    count, masks = int(used.sum()), int((used & (completed.columns.mask_size[:, 0] > 0)).sum())
    if count:
        have = "has no box: it is that of its" if count == 1 else "have no box: it is that of their"
        kinds = {"polygons": count - masks, "run lengths": masks}
        detail = ", ".join(f"{number:,} of {kind}" for kind, number in kinds.items() if number)
        text = f"{wording.count(count, 'object')} {have} segmentation ({detail})"
        yield Problem("box-from-segmentation", item, text, False, "file")
