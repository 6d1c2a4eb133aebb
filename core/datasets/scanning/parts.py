"""The columns of a part of a text, read from its file into memory where the kernel finds them."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.datasets.annotation_columns import AnnotationColumns
from core.datasets.reading.sources import Text
from core.datasets.scanning.ends import DOUBT, LAST

_SHORTEST = len('{"image_id":0}')
# Bytes read behind where a part stops, in which its last annotation ends: one of 8,000 numbers.
_BEHIND = 1 << 16


class Part(NamedTuple):
    """Some annotations of a text; :meth:`Room.read` makes it.

    Attributes
    ----------
    columns : AnnotationColumns
        Those in `later` as if they had a broken segmentation.
    later : int64 (L,)
        The rows whose segmentations were left.
    texts : list of bytes
        These segmentations, L of them.
    end : int
        Where the next annotation begins, or the bracket behind the last of all.
    is_last : bool
    """

    columns: AnnotationColumns
    later: NDArray[np.int64]
    texts: list[bytes]
    end: int
    is_last: bool


class Room:
    """A text, and memory that is filled again and again, as fresh memory takes time.

    Parameters
    ----------
    text : Text
    scan : callable
        The function of :mod:`core.datasets.scanning.kernel`.
    """

    def __init__(self, text: Text, scan: Callable[..., None]) -> None:
        self._scan = scan
        self._text = text
        self._spare: list[_Memory] = []  # one of each thread at most

    def read(self, start: int, stop: int) -> Part | None:
        """Return the annotations from a place on, up to the first that begins at another; None in doubt."""
        size = stop - start + _BEHIND
        memory = self._spare.pop() if self._spare else None
        if memory is None or len(memory.text) < size:
            memory = _Memory.of(size + _BEHIND)  # the next part may be a little longer
        part = self._part(memory, start, stop)
        self._spare.append(memory)
        return part

    def _part(self, memory: "_Memory", start: int, stop: int) -> Part | None:
        count = self._text.read_into(memory.text, start)
        last = memory.text.rfind(b"}", 0, count)
        if last < 0:  # no brace ends what begins here: the file is cut
            return None
        arrays = memory.arrays
        places = [array.ctypes.data for array in (np.frombuffer(memory.text, np.uint8), *arrays)]
        self._scan(places[0], 0, stop - start, last, *places[1:])
        rows, later, end, state = arrays.found.tolist()
        if state == DOUBT:
            return None
        texts = [bytes(memory.text[at:behind]) for at, behind in arrays.later[:later, 1:].tolist()]
        return Part(arrays.columns(rows), arrays.later[:later, 0].copy(), texts, start + end, state == LAST)


class _Memory(NamedTuple):
    """A part of a text, and what :func:`.kernel.scan` fills with it."""

    text: bytearray
    arrays: "_Arrays"

    @classmethod
    def of(cls, size: int) -> "_Memory":
        """Return room for so many bytes."""
        return cls(bytearray(size), _Arrays.of(size // _SHORTEST + 1))


class _Arrays(NamedTuple):
    """What :func:`.kernel.scan` fills."""

    ids: NDArray[np.int64]
    boxes: NDArray[np.float64]
    areas: NDArray[np.float64]
    outlines: NDArray[np.float64]
    flags: NDArray[np.bool_]
    sizes: NDArray[np.int64]
    later: NDArray[np.int64]
    found: NDArray[np.int64]

    @classmethod
    def of(cls, most: int) -> "_Arrays":
        """Return room for so many annotations."""
        return cls(
            np.empty((most, 3), np.int64),
            np.empty((most, 4)),
            np.empty(most),
            np.empty((most, 4)),
            np.empty((most, 4), np.bool_),
            np.empty((most, 2), np.int64),
            np.empty((most, 3), np.int64),
            np.empty(4, np.int64),
        )

    def columns(self, rows: int) -> AnnotationColumns:
        """Return the first rows as columns of their own."""
        image, number, category = self.ids[:rows].T.copy()
        without_id, empty, crowd, segmented = self.flags[:rows].T.copy()
        return AnnotationColumns(
            id=number,
            without_id=without_id,
            image=image,
            category=category,
            bbox=self.boxes[:rows].copy(),
            empty=empty,
            area=self.areas[:rows].copy(),
            crowd=crowd,
            outline=self.outlines[:rows].copy(),
            segmented=segmented,
            mask_size=self.sizes[:rows].copy(),
        )
