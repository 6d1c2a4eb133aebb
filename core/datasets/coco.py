"""COCO JSON as columns: typed decoding, and a lenient reader for files that it rejects.

Notation: I images, A annotations, in the order of the file.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets.annotation_columns import AnnotationColumns, join, to_columns
from core.datasets.reading.content import read_content
from core.datasets.reading.lenient import Lenient
from core.datasets.records import Image, Remark
from core.datasets.scanning import scanning
from core.errors import quoted
from core.files import AnyPath


@dataclass(frozen=True, eq=False)
class Columns:
    """The content of a COCO file, its images, annotations and categories, as it is, without any check.

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
    doubts : dict of int to str
        By index of the image: why it may show objects that the file lacks, where the file says so.
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
    doubts: dict[int, str]

    def reference(self, n: int) -> str:
        """Return what an annotation has as id of its image, such as ``image_id 7`` or ``no image_id``."""
        value = self.references.get(n, int(self.annotation_image[n]))
        return "no image_id" if value is None else f"image_id {quoted(value)}"


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
    content, parts = read_content(path, to_columns, scanning)
    return _columns(content, join(parts))


def _columns(content: Lenient, annotations: AnnotationColumns) -> Columns:
    images = content.coco.images
    return Columns(
        image_id=_ints([image.id for image in images]),
        renumbered=_are_in(content.renumbered, images),
        file_name=[image.file_name for image in images],
        size=_ints(side for image in images for side in (image.width, image.height)).reshape(-1, 2),
        annotation_id=annotations.ids,
        annotation_image=annotations.image,
        category=annotations.category,
        bbox=annotations.bbox,
        empty=annotations.empty,
        area=annotations.area,
        crowd=annotations.crowd,
        outline=annotations.outline,
        segmented=annotations.segmented,
        mask_size=annotations.mask_size,
        categories=[(category.id, category.name) for category in content.coco.categories],
        references=content.references,
        unnamed=content.unnamed,
        remarks=content.remarks,
        doubts={n: image.doubt for n, image in enumerate(images) if image.doubt},
    )


def _are_in(numbers: Collection[int], images: list[Image]) -> NDArray[np.bool_]:
    """Return whether each image has one of some numbers as its id."""
    if not numbers:
        return np.zeros(len(images), bool)
    return np.array([image.id in numbers for image in images], bool)


def _ints(values: Iterable[int]) -> NDArray[np.int64]:
    return np.fromiter(values, dtype=np.int64)
