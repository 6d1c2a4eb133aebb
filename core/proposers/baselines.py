"""Baselines: proposers that do not use the pixels.

On CrackForest the average recall of a grid at 100 proposals is above that of selective search, and a single
box around the whole image reaches a fifth of the maximum. Other results are to be compared with these.
"""

from dataclasses import dataclass
from itertools import product
from typing import ClassVar

import numpy as np

from core import boxes as bx
from core.boxes import Boxes
from core.errors import BoxscopeError
from core.images import Image
from core.parameters import parameter
from core.proposers.base import Proposer
from core.proposers.found import Found, ImageRef

# Boxes that a grid makes in a picture at most: their table for the viewer then has 14 MB.
MAX_BOXES = 500_000


@dataclass(frozen=True)
class FullImage(Proposer):
    """One box around the whole image."""

    name: ClassVar[str] = "full-image"
    summary: ClassVar[str] = "One box around the whole image."

    def propose(self, image: Image, ref: ImageRef | None = None) -> Found:
        """Return the whole image."""
        height, width = image.shape[:2]
        return Found(bx.as_boxes([[0, 0, width, height]]))

    def memory(self, width: int, height: int) -> int:
        """Return the bytes of a box."""
        return 100


@dataclass(frozen=True)
class Grid(Proposer):
    """Boxes of several sizes and shapes at regular positions, coarse to fine."""

    name: ClassVar[str] = "grid"
    summary: ClassVar[str] = "Boxes at regular positions, whatever the picture shows: the baseline to beat."

    levels: int = parameter(
        4,
        label="Levels",
        help="Number of box sizes, each half as wide and high as the one before.",
        min=1,
        max=7,
    )
    aspects: tuple[float, ...] = parameter(
        (1.0, 2.0, 0.5, 4.0, 0.25),
        label="Aspect ratio",
        help="Ratio of a box's width to its height, relative to that of the image.",
        min=0.05,
        max=20.0,
        step=0.05,
        logarithmic=True,
        length=(1, 9),
    )
    overlap: float = parameter(
        0.5,
        label="Overlap",
        help="Overlap of neighbouring boxes along one axis, as a fraction of their side.",
        min=0.0,
        max=0.9,
        step=0.05,
    )

    def propose(self, image: Image, ref: ImageRef | None = None) -> Found:
        """Return the grid: the whole image, then level by level, the aspects in their order.

        Raises
        ------
        BoxscopeError
            It would have more than ``MAX_BOXES`` boxes.
        """
        height, width = image.shape[:2]
        count = self.count(width, height)
        if count > MAX_BOXES:
            raise BoxscopeError(
                f"would make {count:,} boxes in a picture of {width}x{height}, expected at most "
                f"{MAX_BOXES:,}: take fewer levels or aspects, or less overlap",
                self.name,
            )
        boxes = [_tile(width, height, *shares, self.overlap) for shares in self._shares()]
        return Found(bx.unique(np.concatenate(boxes)))

    def memory(self, width: int, height: int) -> int:
        """Return about the bytes of the boxes and of their sort."""
        return 200 * min(self.count(width, height), MAX_BOXES)

    def count(self, width: int, height: int) -> int:
        """Return how many boxes it makes in a picture, equal ones counted each."""
        return sum(
            _count(width, across, self.overlap) * _count(height, down, self.overlap)
            for across, down in self._shares()
        )

    def _shares(self) -> list[tuple[float, float]]:
        """Return the share of width and height of the boxes of each level and aspect."""
        return [
            (0.5**level * aspect**0.5, 0.5**level * aspect**-0.5)
            for level, aspect in product(range(self.levels), self.aspects)
        ]


def _tile(width: int, height: int, across: float, down: float, overlap: float) -> Boxes:
    """Return boxes of the given share of width and height that cover the image: float32 (N, 4)."""
    x0, x1 = _spread(width, across, overlap)
    y0, y1 = _spread(height, down, overlap)
    rows, columns = (grid.ravel() for grid in np.mgrid[: len(y0), : len(x0)])
    return bx.as_boxes(np.stack([x0[columns], y0[rows], x1[columns], y1[rows]], axis=1))


def _spread(length: int, share: float, overlap: float) -> tuple[np.ndarray, np.ndarray]:
    """Return spans of a share of `length`, even from edge to edge: whole pixels, (starts, ends)."""
    span = _span(length, share)
    starts = np.round(np.linspace(0, length - span, _count(length, share, overlap)))
    return starts, starts + span


def _span(length: int, share: float) -> int:
    return max(round(length * min(share, 1.0)), 1)


def _count(length: int, share: float, overlap: float) -> int:
    """Return the number of spans of :func:`_spread`."""
    span = _span(length, share)
    return 1 + int(np.ceil((length - span) / (span * (1 - overlap)) - 1e-9))
