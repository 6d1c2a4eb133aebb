"""The segmentations of a data set's objects, read from its file a second time when they are asked for.

A data set is opened without them, since few uses need them and they are most of a file: what is kept is which
record of the file each object is.

Notation: T objects.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from threading import Lock
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.boxes import Boxes
from core.datasets import mask_pixels
from core.datasets.judging.usable import Usable
from core.datasets.mask_pixels import Union
from core.datasets.reading.content import read_content
from core.datasets.records import Annotation
from core.errors import BoxscopeError
from core.files import AnyPath

_reading = Lock()


class Texts(NamedTuple):
    """The segmentations of T objects as JSON, joined: that of object n is ``starts[n]:starts[n + 1]``."""

    joined: bytes
    starts: NDArray[np.int64]

    def rows(self, rows: slice) -> "Texts":
        """Return those of a slice of the objects."""
        first, last, _ = rows.indices(len(self.starts) - 1)
        starts = self.starts[first : max(first, last) + 1]
        return Texts(self.joined[starts[0] : starts[-1]], starts - starts[0])

    def each(self) -> list[bytes]:
        """Return the text of each object."""
        return [self.joined[start:end] for start, end in pairwise(self.starts.tolist())]


@dataclass(eq=False)
class Segmentations:
    """The segmentations of T objects.

    Attributes
    ----------
    annotations : Path or RemotePath
    records : int64 (T,)
        Which annotation of the file each object is.
    ids : int64 (T,)
        Annotation ids, which tell whether the file is still the same.
    given : bool (T,)
        Whether each has a segmentation that is not broken, as far as that is known without drawing it.
    in_file : bool
        Whether any object of the file has one.
    texts : Texts or None
        None until they are read.
    """

    annotations: AnyPath
    records: NDArray[np.int64]
    ids: NDArray[np.int64]
    given: NDArray[np.bool_]
    in_file: bool
    texts: Texts | None = None

    @classmethod
    def of(cls, annotations: AnyPath, usable: Usable) -> "Segmentations":
        """Return those of a file, without their texts."""
        given = usable.segmented
        return cls(annotations, usable.object_records, usable.all_truth.ids, given, bool(given.any()))

    def rows(self, rows: slice, with_texts: bool) -> "Segmentations":
        """Return those of a slice of the objects; with their texts, no file is needed to draw them."""
        columns = (self.records[rows], self.ids[rows], self.given[rows])
        texts = self.read().rows(rows) if with_texts and self.in_file else None
        return Segmentations(self.annotations, *columns, self.in_file, texts)

    def read(self) -> Texts:
        """Return the texts, read from the file at the first call.

        Raises
        ------
        BoxscopeError
            No object of the file has a segmentation; or the file cannot be read, or was changed.
        """
        self.expect_any()
        with _reading:
            if self.texts is None:
                self.texts = self._read()
            return self.texts

    def expect_any(self) -> None:
        """Raise if no object of the file has a segmentation.

        Raises
        ------
        BoxscopeError
        """
        if len(self.records) and not self.in_file:
            raise BoxscopeError(
                "no object has a segmentation, so that no mask pixels can be counted: leave ignore_mask at 0",
                self.annotations,
            )

    def _read(self) -> Texts:
        parts = [*_parts(self.annotations)]
        joined = b"".join(part.joined for part in parts)
        ends = np.cumsum(np.concatenate([part.lengths for part in parts]))
        ids = [*chain.from_iterable(part.ids for part in parts)]
        if self.records.max(initial=-1) >= len(ids) or not self._are_the_same(ids):
            raise BoxscopeError("was changed since it was opened: open it again", self.annotations)
        texts = [joined[start:end] for start, end in self._places(ends)]
        return Texts(b"".join(texts), np.cumsum([0, *map(len, texts)]))

    def _places(self, ends: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
        starts = np.concatenate([[0], ends[:-1]])
        return zip(starts[self.records].tolist(), ends[self.records].tolist(), strict=True)

    def _are_the_same(self, ids: list[int | None]) -> bool:
        expected = zip(self.records.tolist(), self.ids.tolist(), strict=True)
        return all(ids[n] is None or ids[n] == number for n, number in expected)


class _Part(NamedTuple):
    joined: bytes
    lengths: NDArray[np.int64]
    ids: list[int | None]


def _part(annotations: list[Annotation]) -> _Part:
    texts = [bytes(annotation.segmentation) for annotation in annotations]
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    return _Part(b"".join(texts), lengths, [annotation.id for annotation in annotations])


def _parts(annotations: AnyPath) -> list[_Part]:
    """Return the segmentations of a file, with the same records as :mod:`core.datasets.coco` reads."""
    return read_content(annotations, _part)[1]


@dataclass(frozen=True, eq=False)
class ObjectMasks:
    """The masks of the objects of one image, see :class:`core.truth.Masks`.

    Attributes
    ----------
    segmentations : Segmentations
    rows : slice
        The objects of the image.
    boxes : float32 (G, 4)
        Of these objects.
    size : (width, height) or None
        Of the picture, where the file tells.
    """

    segmentations: Segmentations
    rows: slice
    boxes: Boxes
    size: tuple[int, int] | None

    @property
    def any(self) -> bool:
        """Whether an object of the image has a mask."""
        return bool(self.segmentations.given[self.rows].any())

    def union(self) -> Union:
        """Return the pixels of any mask, see :func:`core.datasets.mask_pixels.union`.

        Raises
        ------
        BoxscopeError
            See :meth:`Segmentations.read`.
        """
        return mask_pixels.union(self.segmentations.read().rows(self.rows).each(), self.boxes, self.size)

    def drawn(self) -> NDArray[np.uint8]:
        """Return the pixels of the masks alone, without the boxes that stand in: uint8 (H, W)."""
        if not self.any:
            width, height = self.size or (1, 1)
            return np.zeros((height, width), np.uint8)
        texts = self.segmentations.read().rows(self.rows).each()
        return mask_pixels.union(texts, self.boxes, self.size, stand_in=False).pixels

    def pixels_in(self, boxes: Boxes) -> NDArray[np.int32]:
        """Return how many pixels of any mask lie in each box: int32 (N,); errors as of :meth:`union`."""
        return mask_pixels.count_pixels(self.union().pixels, boxes)
