"""Why the truth of an image may lack an object, and why that of a whole file does.

Notation: I images.
"""

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from core import wording
from core.datasets.coco import Columns
from core.datasets.judging.objects import Objects, why_dropped
from core.datasets.judging.owners import Owners
from core.datasets.judging.references import AMBIGUOUS, UNKNOWN
from core.datasets.locating.image_files import ImageFiles


def image_doubts(columns: Columns, owners: Owners, objects: Objects, files: ImageFiles) -> list[str]:
    """Return for each image why its truth may lack an object, empty where it lacks none.

    Parameters
    ----------
    columns : Columns
    owners : Owners
    objects : Objects
    files : ImageFiles

    Returns
    -------
    list of str, I long
    """
    reasons: defaultdict[int, list[str]] = defaultdict(list)
    for image in np.flatnonzero(owners.two_sizes).tolist():
        reasons[image].append("the file lists it with two sizes")
    pictures = files.first
    left_out = np.flatnonzero(owners.of_record == AMBIGUOUS)
    for image in np.flatnonzero(np.isin(pictures[owners.kept], pictures[left_out])).tolist():
        reasons[image].append("the file lists it under an image id too that other pictures have")
    for image, n in enumerate(owners.kept.tolist()) if any(files.doubts) else ():
        if files.doubts[n]:
            reasons[image].append(files.doubts[n])
    for n, text in columns.doubts.items():
        if (image := int(owners.of_record[n])) >= 0:
            reasons[image].append(text)
    for image, text in _lost_objects(columns, owners, objects):
        reasons[image].append(text)
    rows = _of_unknown_image(columns, owners)
    if len(rows):
        of_any = "it may be" if len(rows) == 1 else "they may be"
        text = f"{wording.count(len(rows), 'object')} {_unknown(columns, rows)}: {of_any} of this image"
        for image in range(len(owners.kept)):
            reasons[image].append(text)
    return ["; ".join(reasons[image]) if image in reasons else "" for image in range(len(owners.kept))]


def _lost_objects(columns: Columns, owners: Owners, objects: Objects) -> list[tuple[int, str]]:
    """Return images that lost objects of their own, with the reason."""
    rows = np.flatnonzero(objects.lost & (owners.of_annotation >= 0))
    images, first, counts = np.unique(owners.of_annotation[rows], return_index=True, return_counts=True)
    found = []
    for image, n, count in zip(images.tolist(), rows[first].tolist(), counts.tolist(), strict=True):
        detail = why_dropped(columns, objects, n).removesuffix(", left out")
        others = ", and others" if count > 1 else ""
        found.append((image, f"{count} of its objects cannot be used ({detail}{others})"))
    return found


def _of_unknown_image(columns: Columns, owners: Owners) -> NDArray[np.int64]:
    """Return the objects that may be of any image: int64."""
    return np.flatnonzero((owners.of_annotation == UNKNOWN) & ~columns.empty)


def _unknown(columns: Columns, rows: NDArray[np.int64]) -> str:
    """Return what objects have as id of their image, after their number."""
    one = len(rows) == 1
    if all(columns.references.get(n, n) is None for n in rows.tolist()):
        return "has no image_id" if one else "have no image_id"
    example = columns.reference(int(rows[0]))
    if one:
        return f"names an image that the file does not list ({example})"
    return f"name images that the file does not list ({example} …)"


def refusals(columns: Columns, owners: Owners) -> tuple[str, ...]:
    """Return why most labels of the whole file would be missing, see :class:`core.datasets.CocoDataset`."""
    rows, total = _of_unknown_image(columns, owners), int((~columns.empty).sum())
    shift = _shift(columns) if len(rows) else 0
    if len(rows) <= total / 2 and not shift:
        return ()
    text = f"{len(rows):,} of {wording.count(total, 'object')} {_unknown(columns, rows)}"
    if shift:
        text += (
            f", but all would name listed ones if they were {abs(shift)} {'higher' if shift > 0 else 'lower'}"
        )
    return (text,)


def _shift(columns: Columns) -> int:
    """Return what added to every image_id makes it that of a listed image, of most of them; 0 for none.

    So it is where images are counted from 1 and annotations from 0: then every object may be of another
    image, also where its image_id is listed.
    """
    listed, named = np.unique(columns.image_id), np.unique(columns.annotation_image)
    if columns.references or not len(listed) or len(named) <= len(listed) / 2:
        return 0
    for shift in {int(listed[0]) - int(named[0]), int(listed[-1]) - int(named[-1])}:
        if shift and np.isin(named.astype(object) + shift, listed.tolist()).all():
            return shift
    return 0
