"""COCO results: a list of entries, or an object whose annotations carry scores."""

from collections.abc import Iterator, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from core.errors import BoxscopeError
from core.proposers.from_file.building import Entries, corners
from core.proposers.from_file.json_text import Entry, Listed, results
from core.proposers.from_file.table import FILE_NAME, IMAGE_ID


def read(file: BinaryIO) -> Iterator[Entries]:
    """Yield the entries of a JSON file; images that an object lists are named, with or without boxes.

    Raises
    ------
    BoxscopeError
        It is no such file; some entries have an id of their image, a score or a category, and some have none.
    """
    count = 0
    last: Entries | None = None
    for some in results(file):
        if not some:
            continue
        if isinstance(some[0], Listed):
            ids = (one.id for one in some if isinstance(one, Listed))
            listed = [one for one in ids if type(one) is int and -(2**63) <= one < 2**63]
            if listed and (last is None or last.by == IMAGE_ID):
                yield _listed(listed, last)
            continue
        entries = some
        by = IMAGE_ID if entries[0].image_id is not None else FILE_NAME
        last = Entries(
            by,
            _images(entries, by, count),
            corners(np.fromiter(chain.from_iterable(map(attrgetter("bbox"), entries)), np.float64)),
            _optional(entries, "score", np.float64, count),
            _optional(entries, "category_id", np.int64, count),
        )
        yield last
        count += len(entries)


def _listed(ids: Sequence[int], like: Entries | None) -> Entries:
    """Return entries that name images alone, with the columns that others have."""
    count = len(ids)
    return Entries(
        IMAGE_ID,
        np.array(ids, np.int64),
        np.zeros((count, 4)),
        None if like is None or like.scores is None else np.zeros(count),
        None if like is None or like.categories is None else np.zeros(count, np.int64),
        np.zeros(count, bool),
    )


def _images(entries: Sequence[Entry], by: str, before: int) -> NDArray[np.int64] | list[str]:
    found = list(map(attrgetter(by), entries))
    if None in found:
        number = before + found.index(None) + 1
        raise BoxscopeError(f"entry {number} has no {by}, expected an image_id or a file_name in all entries")
    return np.array(found, np.int64) if by == IMAGE_ID else found


def _optional(
    entries: Sequence[Entry], name: str, kind: type[np.generic], before: int
) -> NDArray[Any] | None:
    """Return a column that all entries have or none."""
    values = list(map(attrgetter(name), entries))
    missing = values.count(None)
    if missing == len(values):
        return None
    if missing:
        number = before + values.index(None) + 1
        raise BoxscopeError(f"entry {number} has no {name}, which others have: expected it in all or in none")
    return np.array(values, kind)
