"""The columns of a part of a text, from the arrays that the kernel fills."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.datasets.annotation_columns import AnnotationColumns

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
    """

    def __init__(self, text: bytes) -> None:
        self._text = np.frombuffer(text, np.uint8)
        self._last = text.rfind(b"}")
        self._spare: list[_Arrays] = []  # an array of each thread at most

    def read(self, start: int, stop: int) -> Part | None:
        """Return the annotations from a place on, up to the first that begins at another; None in doubt."""
        from core.datasets.scanning import kernel  # importing numba takes 0.2 s

        if start > self._last:  # no brace ends what begins here: the file is cut
            return None
        most = (min(stop, self._last) - start) // _SHORTEST + 1
        arrays = self._spare.pop() if self._spare else _Arrays.of(most)
        if len(arrays.ids) < most:
            arrays = _Arrays.of(most)
        rows, later, end, state = kernel.scan(self._text, start, stop, self._last, *arrays)
        part = None
        if state != kernel.DOUBT:
            part = Part(arrays.columns(rows), arrays.later[:later].copy(), end, state == kernel.LAST)
        self._spare.append(arrays)
        return part


class _Arrays(NamedTuple):
    """What :func:`.kernel.scan` fills."""

    ids: NDArray[np.int64]
    numbers: NDArray[np.float64]
    flags: NDArray[np.bool_]
    sizes: NDArray[np.int64]
    later: NDArray[np.int64]

    @classmethod
    def of(cls, most: int) -> "_Arrays":
        """Return room for so many annotations."""
        return cls(
            np.empty((most, 3), np.int64),
            np.empty((most, 9)),
            np.empty((most, 4), np.bool_),
            np.empty((most, 2), np.int64),
            np.empty((most, 3), np.int64),
        )

    def columns(self, rows: int) -> AnnotationColumns:
        """Return the first rows as columns of their own."""
        image, number, category = self.ids[:rows].T.copy()
        without_id, empty, crowd, unsegmented = self.flags[:rows].T.copy()
        numbers = self.numbers[:rows]
        return AnnotationColumns(
            id=number,
            without_id=without_id,
            image=image,
            category=category,
            bbox=numbers[:, :4].copy(),
            empty=empty,
            area=numbers[:, 4].copy(),
            crowd=crowd,
            outline=numbers[:, 5:].copy(),
            segmented=~unsegmented,
            mask_size=self.sizes[:rows].copy(),
        )
