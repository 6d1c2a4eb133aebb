"""Which image an annotation means by its ``image_id``: an image's id, or beyond doubt its file name.

Notation: R image records, A annotations.
"""

import os
from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.datasets.coco import Columns

Ints = NDArray[np.int64]

# Digits of a file name that may be an id, with zeros before it; Python makes no integer of thousands.
_MOST_DIGITS = 100
Key = TypeVar("Key", str, int)

# What stands for the image of an annotation that has none: its image_id is no image's, is that of several
# pictures, or that of a record without a file name.
UNKNOWN, AMBIGUOUS, UNNAMED = -1, -2, -3

# Up to so many times as many numbers as ids between the first and the last, a table of all is the faster way.
_DENSE = 8


class Resolved(NamedTuple):
    """The image of each annotation; :func:`resolve` makes it.

    Attributes
    ----------
    images : int64 (A,)
        ``UNKNOWN``, ``AMBIGUOUS`` or ``UNNAMED`` where an annotation has none.
    by_name, by_number : int64
        The annotations that name their image by its file name, and those by the number that this is.
    """

    images: Ints
    by_name: Ints
    by_number: Ints


def resolve(columns: Columns, of_record: Ints) -> Resolved:
    """Return the image that each annotation means.

    Parameters
    ----------
    columns : Columns
    of_record : int64 (R,)
        The image of each record; ``AMBIGUOUS`` where it is left out.
    """
    images = _by_id(columns, of_record)
    by_name = _by_name(columns, of_record, images)
    return Resolved(images, by_name, _by_number(columns, of_record, images))


def _by_id(columns: Columns, of_record: Ints) -> Ints:
    """Return the images by their ids, the last of those with one id."""
    unnamed = np.array([*columns.unnamed], np.int64)
    ids = np.concatenate([unnamed, columns.image_id])
    images = np.concatenate([np.full(len(unnamed), UNNAMED), of_record])
    if not len(ids):
        return np.full(len(columns.annotation_image), UNKNOWN)
    first, span = int(ids.min()), int(ids.max()) - int(ids.min()) + 1
    if span <= _DENSE * len(ids):
        table = np.full(span, UNKNOWN)
        table[ids - first] = images  # the last of one id stays
        own = columns.annotation_image
        listed = (own >= first) & (own < first + span)
        return np.where(listed, table[np.where(listed, own - first, 0)], UNKNOWN)
    order = np.argsort(ids, kind="stable")
    last = np.searchsorted(ids, columns.annotation_image, side="right", sorter=order) - 1
    rows = order[np.maximum(last, 0)]
    return np.where(ids[rows] == columns.annotation_image, images[rows], UNKNOWN)


def _by_name(columns: Columns, of_record: Ints, images: Ints) -> Ints:
    """Fill in the images of annotations that name one by its file name; return these annotations."""
    texts = {n: value for n, value in columns.references.items() if isinstance(value, str)}
    if not texts:
        return np.zeros(0, np.int64)
    names = columns.file_name
    bases = [_base(name) for name in names]
    spellings = [names, [_stem(name) for name in names], bases, [_stem(name) for name in bases]]
    tables = [_unique(spelled, of_record) for spelled in spellings]
    table = next((one for one in tables if all(one.get(text, UNKNOWN) >= 0 for text in texts.values())), None)
    if table is None:  # the texts are of several kinds: each must fit one picture alone in any way
        table = _unique(chain(*spellings), np.tile(of_record, len(spellings)))
    found = {n: table[text] for n, text in texts.items() if text in table}
    rows = np.array(list(found), dtype=np.int64)
    images[rows] = list(found.values())
    return rows[images[rows] >= 0]


def _by_number(columns: Columns, of_record: Ints, images: Ints) -> Ints:
    """Fill in all images from the numbers that are file names, where ids fail; return the annotations.

    A file whose ids were shifted, as by a merge, still names its images so. Only where every image_id is the
    number of exactly one file name, and not every one is an image's id, are they taken for these numbers.
    """
    is_number = np.ones(len(images), dtype=bool)
    is_number[list(columns.references)] = False
    rows, nothing = np.flatnonzero(is_number), np.zeros(0, np.int64)
    if not (images[rows] == UNKNOWN).any() or (images[~is_number] == UNKNOWN).any():
        return nothing
    stems = [_stem(_base(name)) for name in columns.file_name]
    numbered = [
        n for n, stem in enumerate(stems) if len(stem) < _MOST_DIGITS and stem.isascii() and stem.isdecimal()
    ]
    image_of = _unique((int(stems[n]) for n in numbered), of_record[numbered])
    ids = columns.annotation_image[rows].tolist()
    if any(image_of.get(number, UNKNOWN) < 0 for number in set(ids)):
        return nothing
    images[rows] = [image_of[number] for number in ids]
    return rows


def _unique(keys: Iterable[Key], images: Ints) -> dict[Key, int]:
    """Return the image of each key, ``UNKNOWN`` where several have it."""
    found: dict[Key, int] = {}
    for key, image in zip(keys, images.tolist(), strict=True):
        if found.setdefault(key, image) != image:
            found[key] = UNKNOWN
    return found


def _base(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2]


def _stem(name: str) -> str:
    return os.path.splitext(name)[0]
