"""Intermediate steps of a proposer, to be shown: pictures, and regions that are merged two at a time."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.boxes import Boxes
from core.errors import BoxscopeError
from core.images import Image
from core.images.region_colours import palette


@dataclass(frozen=True, eq=False)
class Grouping:
    """The merges of a picture's regions. R regions, M merges; merge m makes region R + m.

    Attributes
    ----------
    labels : int32 (H, W)
        The piece of each pixel.
    region_of : int32 (pieces,)
        The region of each piece.
    parts : int32 (M, 2)
        The two regions of each merge.
    similarities : float32 (M,)
        Of these two, 0 to 1.
    """

    labels: NDArray[np.int32]
    region_of: NDArray[np.int32]
    parts: NDArray[np.int32]
    similarities: NDArray[np.float32]

    @property
    def arrays(self) -> list[NDArray[Any]]:
        """The arrays; groupings of the same pieces share ``labels``."""
        return [self.labels, self.region_of, self.parts, self.similarities]

    def draw(self, merges: int) -> Image:
        """Return a picture of the regions, each in its largest part's colour, the last with a white edge.

        Parameters
        ----------
        merges : int
            0 to M.

        Returns
        -------
        uint8 (H, W, 3)
            RGB.
        """
        now = self._regions_after(merges)
        picture = self._colours[now][self.labels]
        if merges:
            last = (now == self._regions + merges - 1).astype(np.uint8)[self.labels]
            thick = np.ones((3, 3), np.uint8)
            edge = cv2.morphologyEx(last, cv2.MORPH_GRADIENT, thick)
            picture[edge > 0] = 255
        return picture

    def describe(self, merges: int) -> str:
        """Return a description of the last merge: its number, its similarity, the regions that remain."""
        if not merges:
            return f"{self._regions} regions, none merged yet"
        remaining = self._regions - merges
        return (
            f"merge {merges} of {len(self.parts)}, similarity {self.similarities[merges - 1]:.2f}, "
            f"{remaining} region{'s' if remaining > 1 else ''} left"
        )

    @property
    def _regions(self) -> int:
        return int(self.region_of.max()) + 1

    def _regions_after(self, merges: int) -> NDArray[np.int64]:
        """Return the region of each piece after a number of merges."""
        if not 0 <= merges <= len(self.parts):
            raise BoxscopeError(f"got {merges}, expected 0 to {len(self.parts)}", "merge")
        now = np.arange(self._regions + merges)
        for merge in range(merges - 1, -1, -1):  # the last first: a part gets the region of its union
            now[self.parts[merge]] = now[self._regions + merge]
        return now[self.region_of]

    @cached_property
    def _colours(self) -> NDArray[np.uint8]:
        pixels = np.bincount(self.labels.ravel(), minlength=len(self.region_of))
        sizes = np.bincount(self.region_of, weights=pixels).tolist()
        owner = list(range(len(sizes)))
        for a, b in self.parts.tolist():
            owner.append(owner[a] if sizes[a] >= sizes[b] else owner[b])
            sizes.append(sizes[a] + sizes[b])
        return palette(self._regions)[owner]


@dataclass(frozen=True, eq=False)
class Stage:
    """One intermediate step of a proposer, to be shown.

    Attributes
    ----------
    name : str
        What the step does, as ``darker than mean - 40``.
    picture : uint8 (H, W) or (H, W, 3), or None
        Grey or RGB; None where it is drawn from a grouping.
    boxes : float32 (N, 4), or None
    grouping : Grouping or None
        Of a step that consists of merges.
    of : str
        What the boxes are, behind their number.
    """

    name: str
    picture: Image | None = None
    boxes: Boxes | None = None
    grouping: Grouping | None = None
    of: str = "of the minimum area or more"

    @property
    def merges(self) -> int:
        """The number of merges."""
        return 0 if self.grouping is None else len(self.grouping.parts)

    @property
    def arrays(self) -> list[NDArray[Any]]:
        """The arrays; stages of the same pieces may share some."""
        arrays = [array for array in (self.picture, self.boxes) if array is not None]
        return arrays if self.grouping is None else [*arrays, *self.grouping.arrays]

    @property
    def nbytes(self) -> int:
        """Bytes of the picture, the boxes and the grouping."""
        return sum(array.nbytes for array in self.arrays)

    def at(self, merge: int = 0) -> Image | None:
        """Return the picture after a number of merges: uint8 (H, W) or (H, W, 3)."""
        return self.picture if self.grouping is None else self.grouping.draw(merge)

    def describe(self, merge: int = 0) -> str:
        """Return a description of the last of a number of merges; empty where there are none."""
        return "" if self.grouping is None else self.grouping.describe(merge)


def stages_nbytes(stages: Iterable[Stage]) -> int:
    """Return the number of bytes of stages; an array that several of them share counts once."""
    arrays = {id(array): array for stage in stages for array in stage.arrays}
    return sum(array.nbytes for array in arrays.values())
