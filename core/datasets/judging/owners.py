"""Which image each image record and each annotation of a COCO file belongs to.

A record is an entry of the list of images. Several records may show one picture, and one id may stand for
several pictures: then nobody knows which of them an annotation means.

Notation: R records, I images that are kept, A annotations.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.datasets.coco import Columns
from core.datasets.judging.references import AMBIGUOUS, UNKNOWN, UNNAMED, Resolved, resolve
from core.datasets.locating.image_files import ImageFiles

Ints = NDArray[np.int64]

# Why an annotation has no image, by the number that stands for it.
WITHOUT_IMAGE = {UNKNOWN: "unknown-image", AMBIGUOUS: "ambiguous-image", UNNAMED: "unnamed-image"}


class Owners(NamedTuple):
    """The images that are kept, and what belongs to each; :func:`find_owners` makes it.

    Attributes
    ----------
    kept : int64 (I,)
        The record of each image, the first where several show its picture.
    of_record : int64 (R,)
        The image of each record, ``AMBIGUOUS`` where it is left out since other pictures have its id.
    sizes : int64 (I, 2)
        Width and height of each image, 0 where no record of it has them.
    two_sizes : bool (I,)
        Whether records of the image disagree on its size.
    annotations : Resolved
        The image of each annotation.
    """

    kept: Ints
    of_record: Ints
    sizes: Ints
    two_sizes: NDArray[np.bool_]
    annotations: Resolved

    @property
    def of_annotation(self) -> Ints:
        """The image of each annotation, a key of ``WITHOUT_IMAGE`` where it has none: int64 (A,)."""
        return self.annotations.images

    @property
    def sizes_of_annotations(self) -> Ints:
        """Width and height of the image of each annotation, 0 where they are not known: int64 (A, 2)."""
        return self.sizes_of(self.of_annotation)

    def sizes_of(self, images: Ints) -> Ints:
        """Return width and height of some images, 0 where they are not known, also of negative ones."""
        return np.take(np.vstack([self.sizes, [[0, 0]]]), np.maximum(images, -1), axis=0)

    @property
    def joined(self) -> Ints:
        """The records that show the picture of an earlier one, in the order of the file: int64."""
        rows = np.flatnonzero(self.of_record >= 0)
        return rows[self.kept[self.of_record[rows]] != rows]


def find_owners(columns: Columns, files: ImageFiles) -> Owners:
    """Return which image each record and each annotation belongs to."""
    pictures = files.first
    of_record = np.full(len(pictures), AMBIGUOUS)
    own = np.flatnonzero(~_share_an_id(columns, pictures))
    _, first, image = np.unique(pictures[own], return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)  # of each picture, in the order of the file
    rank[np.argsort(first)] = np.arange(len(first))
    of_record[own] = rank[image]
    rows = own[np.sort(first)]
    sizes, two_sizes = _sizes(columns.size, rows, of_record)
    return Owners(rows, of_record, sizes, two_sizes, resolve(columns, of_record))


def _share_an_id(columns: Columns, pictures: Ints) -> NDArray[np.bool_]:
    """Return which records have an id that another picture has too: bool (R,)."""
    ids = columns.image_id
    if not columns.unnamed and all_differ(ids):
        return np.zeros(len(ids), dtype=bool)
    pairs = np.unique(np.stack([ids, pictures], axis=1), axis=0)  # (id, picture)
    numbers, count = np.unique(pairs[:, 0], return_counts=True)
    return np.isin(ids, [*numbers[count > 1].tolist(), *columns.unnamed])


def all_differ(numbers: Ints) -> bool:
    """Return whether no number occurs twice."""
    ordered = np.sort(numbers)
    return bool((ordered[1:] != ordered[:-1]).all())


def _sizes(size: Ints, kept: Ints, of_record: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    sizes, differ = size[kept], np.zeros(len(kept), dtype=bool)
    rows = np.flatnonzero(of_record >= 0)
    for n in rows[kept[of_record[rows]] != rows].tolist():
        image = of_record[n]
        if not (size[n] > 0).all():
            continue
        if not (sizes[image] > 0).all():
            sizes[image] = size[n]
        differ[image] |= bool((sizes[image] != size[n]).any())
    return sizes, differ
