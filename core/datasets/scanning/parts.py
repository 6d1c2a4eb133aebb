"""The columns of a part of a text, from the arrays that the kernel fills."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.datasets.annotation_columns import AnnotationColumns
from core.datasets.scanning.ends import DOUBT, LAST

_SHORTEST = len('{"image_id":0}')


class Part(NamedTuple):
    """Some annotations of a text; :meth:`Room.read` makes it.

    Attributes
    ----------
    columns : AnnotationColumns
        Those in `later` as if they had a broken segmentation.
    later : int64 (L, 3)
        The segmentations that were left: row, where it begins and ends in the text.
    end : int
        Where the next annotation begins, or the bracket behind the last of all.
    is_last : bool
    """

    columns: AnnotationColumns
    later: NDArray[np.int64]
    end: int
    is_last: bool


class Room:
    """A text, and arrays that are filled again and again, as fresh memory takes time.

    Parameters
    ----------
    text : bytes
    scan : callable
        The function of :mod:`core.datasets.scanning.kernel`.
    """

    def __init__(self, text: bytes, scan: Callable[..., None]) -> None:
        self._scan = scan
        self._text = np.frombuffer(text, np.uint8)
        self._last = text.rfind(b"}")
        self._spare: list[_Arrays] = []  # an array of each thread at most

    def read(self, start: int, stop: int) -> Part | None:
        """Return the annotations from a place on, up to the first that begins at another; None in doubt."""
        if start > self._last:  # no brace ends what begins here: the file is cut
            return None
        most = (min(stop, self._last) - start) // _SHORTEST + 1
        arrays = self._spare.pop() if self._spare else _Arrays.of(most)
        if len(arrays.ids) < most:
            arrays = _Arrays.of(most)
        self._scan(self._text.ctypes.data, start, stop, self._last, *(array.ctypes.data for array in arrays))
        rows, later, end, state = arrays.found.tolist()
        part = None
        if state != DOUBT:
            part = Part(arrays.columns(rows), arrays.later[:later].copy(), end, state == LAST)
        self._spare.append(arrays)
        return part


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
