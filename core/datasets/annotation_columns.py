"""The annotations of a COCO file as columns, made of some thousand records at a time and joined.

Notation: A annotations.
"""

import math
from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from core.datasets.records import Annotation, FreeIds
from core.datasets.segmentations import outlines
from core.threads import in_threads

_NO_BOX = [math.nan] * 4


class AnnotationColumns(NamedTuple):
    """The annotations of a part of a file, or of all parts joined, before they have their ids.

    A part does not know which ids the others use: in :class:`core.datasets.coco.Columns`, the content of the
    whole file, an annotation without an id has an unused one. What is not described here, is there.

    Attributes
    ----------
    id : int64 (A,)
    without_id : bool (A,)
        Whether an annotation has no integer as id; `id` is 0 there.
    image, category : int64 (A,)
    bbox : float64 (A, 4)
    empty : bool (A,)
    area : float64 (A,)
    crowd : bool (A,)
    outline : float64 (A, 4)
    segmented : bool (A,)
    mask_size : int64 (A, 2)
    """

    id: NDArray[np.int64]
    without_id: NDArray[np.bool_]
    image: NDArray[np.int64]
    category: NDArray[np.int64]
    bbox: NDArray[np.float64]
    empty: NDArray[np.bool_]
    area: NDArray[np.float64]
    crowd: NDArray[np.bool_]
    outline: NDArray[np.float64]
    segmented: NDArray[np.bool_]
    mask_size: NDArray[np.int64]

    @property
    def ids(self) -> NDArray[np.int64]:
        """The ids, with unused ones where there were none: int64 (A,)."""
        if not self.without_id.any():
            return self.id
        ids = self.id.copy()
        free = FreeIds(set(ids[~self.without_id].tolist()))
        for n in np.flatnonzero(self.without_id).tolist():
            ids[n] = free.assign(n)
        return ids


def to_columns(annotations: list[Annotation]) -> AnnotationColumns:
    """Return the columns of some annotations.

    Raises
    ------
    OverflowError
        A number is beyond int64.
    """
    count = len(annotations)
    ids = [annotation.id for annotation in annotations]
    without_id = np.zeros(count, bool)
    if None in ids:
        without_id[:] = [number is None for number in ids]
    boxes = [annotation.bbox for annotation in annotations]
    bbox = _bbox(boxes)
    segmentations = outlines([a.segmentation for a in annotations], np.isnan(bbox[:, 0]))
    return AnnotationColumns(
        id=np.array([number or 0 for number in ids] if without_id.any() else ids, np.int64),
        without_id=without_id,
        image=np.fromiter([a.image_id for a in annotations], np.int64, count),
        category=np.fromiter([a.category_id for a in annotations], np.int64, count),
        bbox=bbox,
        empty=np.array([box == [] for box in boxes], bool),
        area=np.fromiter([a.area for a in annotations], np.float64, count),
        crowd=np.array([a.iscrowd != 0 for a in annotations], bool),
        outline=segmentations.boxes,
        segmented=segmentations.given,
        mask_size=segmentations.size,
    )


def join(parts: Sequence[AnnotationColumns]) -> AnnotationColumns:
    """Return the columns of all parts, one after the other."""
    if len(parts) == 1:
        return parts[0]
    return AnnotationColumns(*in_threads(np.concatenate, zip(*parts, strict=True)))


def _bbox(boxes: list[list[float] | None]) -> NDArray[np.float64]:
    """Return the boxes of four numbers, four NaN in place of all else: float64 (A, 4)."""
    if None not in boxes and {*map(len, cast(list[list[float]], boxes))} == {4}:
        four = cast(list[list[float]], boxes)
    else:
        four = [box if box is not None and len(box) == 4 else _NO_BOX for box in boxes]
    return np.fromiter(chain.from_iterable(four), np.float64, 4 * len(four)).reshape(-1, 4)
