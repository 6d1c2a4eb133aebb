"""Which annotations of a COCO file are objects that can be used, and problems with the others.

Notation: A annotations, I images.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.datasets.blocks import all_of, any_of, in_blocks
from core.datasets.coco import Columns
from core.datasets.judging.categories import Categories
from core.datasets.judging.owners import WITHOUT_IMAGE, Owners, all_differ
from core.datasets.problems import Problem
from core.datasets.records import LARGEST_SIDE
from core.datasets.units.disagreements import Disagreements

# What is said of an annotation that is no object of the truth, by the kind of its problem.
TEXTS = {
    "outside": "lies outside the image, left out",
    "zero-area": "has no area, left out",
    "no-box": "has no box of four numbers, left out",
    "broken-segmentation": "has no box of four numbers, and its segmentation is broken, left out",
    "box-disagrees": "{disagreement}, left out",
    "two-sizes": "belongs to an image that the file lists with two sizes, left out",
    "unknown-image": "belongs to no listed image ({reference}), left out",
    "ambiguous-image": "belongs to {reference}, which several pictures have, left out",
    "unnamed-image": "belongs to {reference}, whose record names no file, left out",
    "empty-mark": "has an empty box: read as the mark of an image without objects",
    "repeated-object": "stands in another record of the same picture too, counted once",
}
# Why each annotation is no object, as a number: a text for each of 860,000 takes 70 MB and half a second.
_KINDS = ("", *TEXTS)
_NUMBER = {kind: number for number, kind in enumerate(_KINDS)}
_FAR = "reaches further than any picture, left out"
# No object is missing from the truth because of these.
NOT_LOST = ("", "empty-mark", "repeated-object")


class Objects(NamedTuple):
    """The annotations, judged; :func:`judge` makes it.

    Attributes
    ----------
    corners : float64 (A, 4)
        Boxes ``x0 y0 x1 y1``, cut to their image where its size is known.
    dropped : int8 (A,)
        Why each is no object of the truth, see :meth:`kind`; 0 where it is one.
    clipped : bool (A,)
        Whether an object's box was cut to the image.
    disagreements : Disagreements
        What the boxes disagree with.
    """

    corners: NDArray[np.float64]
    dropped: NDArray[np.int8]
    clipped: NDArray[np.bool_]
    disagreements: Disagreements

    @property
    def lost(self) -> NDArray[np.bool_]:
        """Whether each is an object that is missing from the truth: bool (A,)."""
        return np.array([kind not in NOT_LOST for kind in _KINDS])[self.dropped]

    @property
    def kept(self) -> NDArray[np.int64]:
        """The annotations that are objects of the truth, in the order of the file: int64."""
        return np.flatnonzero(self.dropped == 0)

    def kind(self, n: int) -> str:
        """Return why an annotation is no object of the truth, a key of ``TEXTS``; empty where it is one."""
        return _KINDS[self.dropped[n]]


def judge(columns: Columns, owners: Owners) -> Objects:
    """Return which annotations are objects that can be used."""
    count, of_annotation, sizes = len(columns.bbox), owners.of_annotation, owners.sizes_of_annotations
    inside, dropped, cut = np.empty((count, 4)), np.empty(count, np.int8), np.empty(count, bool)

    def look(rows: slice) -> None:
        found = _cut_to_image(columns.bbox[rows], columns.segmented[rows], sizes[rows])
        inside[rows], dropped[rows], cut[rows] = found

    in_blocks(count, look)
    disagreements = Disagreements(columns, of_annotation, sizes)
    dropped[disagreements.rows(except_outside=dropped != 0)] = _NUMBER["box-disagrees"]
    dropped[np.append(owners.two_sizes, False)[np.maximum(of_annotation, -1)]] = _NUMBER["two-sizes"]
    for number, kind in WITHOUT_IMAGE.items():
        dropped[of_annotation == number] = _NUMBER[kind]
    dropped[columns.empty] = _NUMBER["empty-mark"]
    dropped[_repeated_objects(columns, owners, dropped == 0)] = _NUMBER["repeated-object"]
    return Objects(inside, dropped, (dropped == 0) & cut, disagreements)


@np.errstate(over="ignore", invalid="ignore")  # infinite sides are told as such
def _cut_to_image(
    bbox: NDArray[np.float64], segmented: NDArray[np.bool_], sizes: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int8], NDArray[np.bool_]]:
    """Return `corners` and `dropped` of :class:`Objects` by box and image alone, and which boxes were cut."""
    x, y, width, height = bbox.T
    corners = np.stack([x, y, x + width, y + height], axis=1)
    limit = np.where(sizes > 0, sizes, LARGEST_SIDE).astype(np.float64)
    inside = np.clip(corners.reshape(-1, 2, 2), 0, limit[:, None]).reshape(-1, 4)
    dropped = np.zeros(len(corners), np.int8)
    dropped[_is_empty(inside.astype(np.float32))] = _NUMBER["zero-area"]  # as the truth holds it
    dropped[_is_empty(inside) | _is_beyond(corners, sizes)] = _NUMBER["outside"]
    dropped[(width <= 0) | (height <= 0)] = _NUMBER["zero-area"]
    no_box = ~all_of(np.isfinite(corners))
    dropped[no_box] = _NUMBER["no-box"]
    dropped[no_box & segmented] = _NUMBER["broken-segmentation"]
    return inside, dropped, any_of(inside != corners)


def _is_empty(corners: NDArray[np.floating[Any]]) -> NDArray[np.bool_]:
    return np.asarray((corners[:, 2] <= corners[:, 0]) | (corners[:, 3] <= corners[:, 1]))


def _is_beyond(corners: NDArray[np.float64], sizes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which boxes reach further than any picture, where the size of theirs is not known."""
    return any_of((corners[:, 2:] > LARGEST_SIDE) & (sizes <= 0))


def _repeated_objects(columns: Columns, owners: Owners, usable: NDArray[np.bool_]) -> list[int]:
    """Return the annotations that equal one of another record of their picture in box and category."""
    if not len(owners.joined):
        return []
    joined = np.unique(owners.of_record[owners.joined])  # imports numpy.ma, 0.06 s
    record_of: dict[tuple[object, ...], int] = {}
    repeated = []
    for n in np.flatnonzero(usable & np.isin(owners.of_annotation, joined)).tolist():
        record, same = int(columns.annotation_image[n]), (columns.category[n], bool(columns.crowd[n]))
        if record_of.setdefault((owners.of_annotation[n], *columns.bbox[n], *same), record) != record:
            repeated.append(n)
    return repeated


def describe(columns: Columns, n: int) -> str:
    """Return ``annotation 7 [5.0, 5.0, 0.0, 9.0]``, without the box where it has none."""
    box = "" if np.isnan(columns.bbox[n]).any() else f" {columns.bbox[n].tolist()}"
    return f"annotation {columns.annotation_id[n]}{box}"


def why_dropped(columns: Columns, objects: Objects, n: int) -> str:
    """Return an annotation with the reason why it is no object of the truth."""
    kind = objects.kind(n)
    disagreement = objects.disagreements.reason(n) if kind == "box-disagrees" else ""
    far = kind == "outside" and (objects.corners[n] >= LARGEST_SIDE).any()
    text = _FAR if far else TEXTS[kind].format(reference=columns.reference(n), disagreement=disagreement)
    return f"{describe(columns, n)} {text}"


def object_problems(
    item: str, columns: Columns, owners: Owners, objects: Objects, categories: Categories
) -> Iterator[Problem]:
    """Yield the problems of annotations, in the order of the file."""
    names, dropped, lost = categories.names, objects.dropped, objects.lost
    repeated = _repeated(columns.annotation_id)
    unlisted = ~np.isin(columns.category, np.array([*names], np.int64)) & (dropped == 0)
    for n in np.flatnonzero((dropped != 0) | objects.clipped | repeated | unlisted).tolist():
        owner = owners.of_annotation[n]
        name = item if owner < 0 else columns.file_name[owners.kept[owner]]
        annotation = f"annotation {columns.annotation_id[n]}"
        if kind := objects.kind(n):
            yield Problem(kind, name, why_dropped(columns, objects, n), bool(lost[n]), "object")
        if objects.clipped[n]:
            width, height = owners.sizes[owner].tolist()
            size = f", {width}x{height}" if width > 0 and height > 0 else ""
            detail = f"{describe(columns, n)} cut to the image{size}"
            yield Problem("clipped", name, detail, False, "object")
        if repeated[n]:
            yield Problem(
                "repeated-id", name, f"{annotation}: another annotation has this id", False, "object"
            )
        if unlisted[n]:
            number = int(columns.category[n])
            why = "is that of several names" if number in categories.ambiguous else "is not listed"
            detail = f"{annotation}: category {number} {why}"
            yield Problem("unknown-category", name, detail, False, "object")


def _repeated(numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return whether each number occurs earlier in the array."""
    if all_differ(numbers):  # as in most files, seen in a tenth of the time
        return np.zeros(len(numbers), dtype=bool)
    _, first = np.unique(numbers, return_index=True)
    repeated = np.ones(len(numbers), dtype=bool)
    repeated[first] = False
    return repeated
