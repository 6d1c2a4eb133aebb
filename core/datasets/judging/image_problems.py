"""Problems with the records of images, and with how annotations name them."""

from collections.abc import Iterator
from itertools import groupby

import numpy as np

from core import wording
from core.datasets.coco import Columns
from core.datasets.judging.owners import Owners
from core.datasets.judging.references import AMBIGUOUS
from core.datasets.locating.image_files import ImageFiles
from core.datasets.problems import Problem


def image_problems(columns: Columns, owners: Owners, files: ImageFiles) -> Iterator[Problem]:
    """Yield the problems of records of images, in the order of the file."""
    sharing = _sharing(columns, owners, files)
    joined = set(owners.joined.tolist())
    no_size = set(np.flatnonzero((columns.size <= 0).any(axis=1)).tolist())
    for n in sorted({*sharing, *joined, *no_size}):
        name = columns.file_name[n]
        if n in sharing:
            yield Problem("repeated-image-id", name, sharing[n], True)
        elif n in joined:
            yield _joined(columns, owners, n)
        if n in no_size:
            yield Problem("no-size", name, "width and height are not given: boxes are not cut to it", False)


def _sharing(columns: Columns, owners: Owners, files: ImageFiles) -> dict[int, str]:
    """Return the records that are left out since other pictures have their id, each with a text."""
    rows = np.flatnonzero(owners.of_record == AMBIGUOUS).tolist()
    ids = columns.image_id.tolist()
    found = {}
    for number, group in groupby(sorted(rows, key=lambda n: (ids[n], n)), key=lambda n: ids[n]):
        records = list(group)
        for n in records:
            others = [m for m in records if files.first[m] != files.first[n]]
            name = repr(columns.file_name[others[0]]) if others else "a record without a file name"
            more = f" and {len(others) - 1} more" if len(others) > 1 else ""
            found[n] = f"image id {number} is that of {name}{more} too: they are left out"
    return found


def _joined(columns: Columns, owners: Owners, n: int) -> Problem:
    """Return the note on a record whose picture an earlier one shows."""
    image = int(owners.of_record[n])
    first = int(owners.kept[image])
    ids, names = columns.image_id, columns.file_name
    listed = f"listed as image {ids[first]} and {ids[n]}" if ids[first] != ids[n] else "listed twice"
    name = "" if names[n] == names[first] else f", as {names[first]!r} too"
    if owners.two_sizes[image]:
        one, other = ("{}x{}".format(*columns.size[record].tolist()) for record in (first, n))
        detail = f"{listed}{name}, with two sizes, {one} and {other}: no crops of it"
        return Problem("repeated-file", names[n], detail, False)
    return Problem("repeated-file", names[n], f"{listed}{name}: their objects are joined", False)


def reference_problems(item: str, columns: Columns, owners: Owners) -> Iterator[Problem]:
    """Yield notes on annotations that name their image otherwise than by its id."""
    images, by_name, by_number = owners.annotations
    for rows, how in (
        (by_name, "by its file name"),
        (by_number, "by the number that is its file name, since not all are ids of images"),
    ):
        if len(rows):
            first = int(rows[0])
            name = columns.file_name[owners.kept[images[first]]]
            whose = "names its" if len(rows) == 1 else "name their"
            named = f"{wording.count(len(rows), 'annotation')} {whose}"
            detail = f"{named} image {how}: {columns.reference(first)} is {name!r}"
            yield Problem("image-by-name", item, detail, False, "file")
