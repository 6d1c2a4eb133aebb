"""The boxes of a results file as columns, sorted by image and best first, found by id or by name."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.boxes import Boxes
from core.proposers.found import ImageRef

IMAGE_ID, FILE_NAME = "image_id", "file_name"
BY_TEXTS = {IMAGE_ID: "image id", FILE_NAME: "file name"}
"""How images are found in a file, in words."""


class Dropped(NamedTuple):
    """Boxes of a file that cannot be used: why, how many, and the first, counted from 1."""

    reason: str
    boxes: int
    first: int


@dataclass(frozen=True, eq=False)
class Table:
    """The N boxes of the M images that a results file names.

    Attributes
    ----------
    by : ``image_id`` or ``file_name``
        How its images are found.
    ids : int64 (M,)
        Ascending; empty where images are found by name.
    names : uint8 (B,)
        The file names in UTF-8 one after the other, sorted by their bytes; empty where they are found by id.
    name_ends : int64 (M,)
        Where each name ends in `names`.
    by_last_part : int64 (M,)
        The names in the order of their last parts.
    starts : int64 (M + 1,)
        The boxes of image i are the rows ``starts[i]:starts[i + 1]``.
    boxes : float32 (N, 4)
        Best first in each image; not cut to it.
    scores : float32 (N,), or None
    categories : int64 (N,), or None
    dropped : tuple of Dropped
        What the file holds besides.
    """

    by: str
    ids: NDArray[np.int64]
    names: NDArray[np.uint8]
    name_ends: NDArray[np.int64]
    by_last_part: NDArray[np.int64]
    starts: NDArray[np.int64]
    boxes: Boxes
    scores: NDArray[np.float32] | None
    categories: NDArray[np.int64] | None
    dropped: tuple[Dropped, ...]

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.starts) - 1

    @cached_property
    def score_range(self) -> tuple[float, float] | None:
        """The smallest and the largest score; None where there is none."""
        if self.scores is None or not len(self.scores):
            return None
        return float(self.scores.min()), float(self.scores.max())

    def image_of(self, ref: ImageRef) -> int | None:
        """Return the position of an image, None where the file does not name it.

        By id where the file has ids. Else by the file name: exactly, or where one of the two names ends with
        the other, ``train/a.jpg`` with ``a.jpg``, and no other name of the file or of the data set has the
        same last part.
        """
        if self.by == IMAGE_ID:
            ids = () if ref.image_id is None else (ref.image_id, *ref.other_ids)
            return next((at for each in ids if (at := self._at_id(each)) is not None), None)
        name = _encoded(ref.file_name)
        at = bisect_left(range(len(self)), name, key=self._name)
        if at < len(self) and self._name(at) == name:
            return at
        return self._at_last_part(name) if ref.alone else None

    def rows(self, at: int) -> slice:
        """Return the rows of an image's boxes."""
        return slice(int(self.starts[at]), int(self.starts[at + 1]))

    def image_text(self, at: int) -> str:
        """Return the id or the name of an image."""
        return str(self.ids[at]) if self.by == IMAGE_ID else self._name(at).decode(errors="backslashreplace")

    def _at_id(self, image_id: int) -> int | None:
        at = int(np.searchsorted(self.ids, image_id))
        return at if at < len(self.ids) and self.ids[at] == image_id else None

    def _at_last_part(self, name: bytes) -> int | None:
        part, order = last_part(name), self.by_last_part

        def part_at(at: int) -> bytes:
            return last_part(self._name(int(order[at])))

        at = bisect_left(range(len(self)), part, key=part_at)
        if at == len(self) or part_at(at) != part:
            return None
        if at + 1 < len(self) and part_at(at + 1) == part:
            return None
        found = self._name(int(order[at]))
        fits = name.endswith(b"/" + found) or found.endswith(b"/" + name)
        return int(order[at]) if fits else None

    def _name(self, at: int) -> bytes:
        first = 0 if at == 0 else int(self.name_ends[at - 1])
        return self.names[first : int(self.name_ends[at])].tobytes()


def last_part(name: bytes) -> bytes:
    """Return the part of a name behind the last slash."""
    return name.rpartition(b"/")[2]


def name_columns(names: Sequence[str]) -> tuple[list[int], dict[str, NDArray[Any]]]:
    """Return the order in which a :class:`Table` has file names, and its columns of them."""
    encoded = list(map(_encoded, names))
    order = sorted(range(len(encoded)), key=encoded.__getitem__)
    in_order = [encoded[number] for number in order]
    by_last_part = sorted(range(len(order)), key=lambda at: last_part(in_order[at]))
    return order, {
        "names": np.frombuffer(b"".join(in_order), np.uint8),
        "name_ends": np.cumsum([len(name) for name in in_order], dtype=np.int64),
        "by_last_part": np.array(by_last_part, np.int64),
    }


def _encoded(name: str) -> bytes:
    return name.encode(errors="surrogatepass")
