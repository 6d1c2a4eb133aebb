"""Where the tiles of a picture are, and which boxes their borders cut."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.boxes import Boxes


@dataclass(frozen=True)
class TileGrid:
    """Overlapping tiles of equal size that cover a picture.

    Attributes
    ----------
    columns, rows : tuple of (int, int)
        First pixel and the one behind the last, of each column and of each row of tiles.
    """

    columns: tuple[tuple[int, int], ...]
    rows: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, width: int, height: int, side: int, overlap: int) -> "TileGrid":
        """Return the fewest tiles of a side that cover a picture and overlap by so many pixels or more."""
        return cls(_spans(width, side, overlap), _spans(height, side, overlap))

    def __len__(self) -> int:
        """Return the number of tiles."""
        return len(self.columns) * len(self.rows)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a tile, pixels."""
        (left, right), (top, bottom) = self.columns[0], self.rows[0]
        return right - left, bottom - top

    def text(self) -> str:
        """Return the tiles in words: ``4 x 3 tiles of 1024x1024``."""
        width, height = self.size
        return f"{len(self.columns)} x {len(self.rows)} tiles of {width}x{height}"

    def cuts(self, boxes: Boxes) -> NDArray[np.bool_]:
        """Return which boxes lie in no tile as a whole: bool (N,)."""
        inside = np.zeros(len(boxes), bool)
        for left, right in self.columns:
            across = (boxes[:, 0] >= left) & (boxes[:, 2] <= right)
            for top, bottom in self.rows:
                inside |= across & (boxes[:, 1] >= top) & (boxes[:, 3] <= bottom)
        return ~inside


def _spans(length: int, side: int, overlap: int) -> tuple[tuple[int, int], ...]:
    if length <= side:
        return ((0, length),)
    count = math.ceil((length - overlap) / (side - overlap))
    starts = [round(number * (length - side) / (count - 1)) for number in range(count)]
    return tuple((start, start + side) for start in starts)
