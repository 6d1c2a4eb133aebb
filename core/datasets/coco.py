"""COCO JSON as columns: typed decoding, and a lenient reader for files that it rejects.

Notation: I images, A annotations, in the order of the file.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.datasets.lenient import Lenient, read_lenient
from core.datasets.records import Annotation, Coco, FreeIds, Remark
from core.datasets.segmentations import outlines
from core.errors import BoxscopeError, Unreachable
from core.files import AnyPath, os_reason, read_regular


@dataclass(frozen=True, eq=False)
class Columns:
    """The content of a COCO file as it is, without any check.

    Attributes
    ----------
    image_id : int64 (I,)
    renumbered : bool (I,)
        The file has no integer as id: `image_id` is an integer that is not used in it.
    file_name : list of str, I long
    size : int64 (I, 2)
        Width and height, 0 where the file has none.
    annotation_id, annotation_image, category : int64 (A,)
        An annotation without an integer as id has an unused one; one without an integer as id of its image
        has one that no image has.
    bbox : float64 (A, 4)
        ``x y width height`` as written; four NaN where there is no such box.
    empty : bool (A,)
        The box is written as ``[]``: a common mark for an image without objects.
    area : float64 (A,)
        NaN where the file has none.
    crowd : bool (A,)
    outline : float64 (A, 4)
        Smallest box ``x0 y0 x1 y1`` around the segmentation; four NaN where there is none.
    segmented : bool (A,)
        Whether there is a segmentation, broken or not.
    mask_size : int64 (A, 2)
        Width and height of the picture that the segmentation is for, if it is run lengths; 0 otherwise.
    categories : list of (int, str)
    references : dict of int to object
        By index of the annotation: what it has as id of its image, where that is no integer; None for null
        or nothing.
    unnamed : set of int
        Ids of records of images that have no file name, and are left out.
    remarks : list of Remark
        Deviations from the format that the lenient reader met; empty where typed decoding succeeded.
    """

    image_id: NDArray[np.int64]
    renumbered: NDArray[np.bool_]
    file_name: list[str]
    size: NDArray[np.int64]
    annotation_id: NDArray[np.int64]
    annotation_image: NDArray[np.int64]
    category: NDArray[np.int64]
    bbox: NDArray[np.float64]
    empty: NDArray[np.bool_]
    area: NDArray[np.float64]
    crowd: NDArray[np.bool_]
    outline: NDArray[np.float64]
    segmented: NDArray[np.bool_]
    mask_size: NDArray[np.int64]
    categories: list[tuple[int, str]]
    references: dict[int, Any]
    unnamed: set[int]
    remarks: list[Remark]

    def reference(self, n: int) -> str:
        """Return what an annotation has as id of its image, such as ``image_id 7`` or ``no image_id``."""
        value = self.references.get(n, int(self.annotation_image[n]))
        return "no image_id" if value is None else f"image_id {value!r}"


def read_columns(path: AnyPath) -> Columns:
    """Return the content of a COCO detection file.

    Parameters
    ----------
    path : Path or RemotePath

    Returns
    -------
    Columns

    Raises
    ------
    BoxscopeError
        The file is missing, is not JSON, or has no list of images.
    """
    try:
        text = read_regular(path)
    except Unreachable as error:
        raise BoxscopeError(str(error)) from error
    except OSError as error:
        raise BoxscopeError(f"cannot be read ({os_reason(error)})", path) from error
    try:
        return _columns(Lenient(msgspec.json.decode(text, type=Coco)))
    except (msgspec.DecodeError, UnicodeDecodeError, OverflowError) as refusal:
        return _columns(read_lenient(path, text, str(refusal)))


def _columns(content: Lenient) -> Columns:
    images, annotations = content.coco.images, content.coco.annotations
    bbox = np.array([_box_or_nan(a.bbox) for a in annotations], dtype=np.float64).reshape(-1, 4)
    segmentations = outlines([a.segmentation for a in annotations], np.isnan(bbox[:, 0]))
    return Columns(
        image_id=_ints(image.id for image in images),
        renumbered=np.array([image.id in content.renumbered for image in images], dtype=bool),
        file_name=[image.file_name for image in images],
        size=_ints(side for image in images for side in (image.width, image.height)).reshape(-1, 2),
        annotation_id=_annotation_ids(annotations),
        annotation_image=_ints(a.image_id for a in annotations),
        category=_ints(a.category_id for a in annotations),
        bbox=bbox,
        empty=np.array([a.bbox == [] for a in annotations], dtype=bool),
        area=np.array([a.area for a in annotations], dtype=np.float64),
        crowd=np.array([a.iscrowd != 0 for a in annotations], dtype=bool),
        outline=segmentations.boxes,
        segmented=segmentations.given,
        mask_size=segmentations.size,
        categories=[(category.id, category.name) for category in content.coco.categories],
        references=content.references,
        unnamed=content.unnamed,
        remarks=content.remarks,
    )


def _annotation_ids(annotations: list[Annotation]) -> NDArray[np.int64]:
    ids = [a.id for a in annotations]
    if None not in ids:
        return np.array(ids, dtype=np.int64)
    free = FreeIds({number for number in ids if number is not None})
    return _ints(free.assign(n) if number is None else number for n, number in enumerate(ids))


_NO_BOX = [math.nan] * 4


def _box_or_nan(bbox: list[float] | None) -> list[float]:
    return bbox if bbox is not None and len(bbox) == 4 else _NO_BOX


def _ints(values: Iterable[int]) -> NDArray[np.int64]:
    return np.fromiter(values, dtype=np.int64)
