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
from core.images import Image
from core.parameters import parameter
from core.proposers.base import Proposer
from core.proposers.found import Found, ImageRef


@dataclass(frozen=True)
class FullImage(Proposer):
    """One box around the whole image."""

    name: ClassVar[str] = "full-image"
    summary: ClassVar[str] = "One box around the whole image."

    def propose(self, image: Image, ref: ImageRef | None = None) -> Found:
        """Return the whole image."""
        height, width = image.shape[:2]
        return Found(bx.as_boxes([[0, 0, width, height]]))


@dataclass(frozen=True)
class Grid(Proposer):
    """Boxes of several sizes and shapes at regular positions, coarse to fine."""

    name: ClassVar[str] = "grid"
    summary: ClassVar[str] = "Boxes at regular positions, whatever the picture shows: the baseline to beat."

    levels: int = parameter(
        4, label="Levels", help="Sizes; each has half the sides of the one before.", min=1, max=7
    )
    aspects: tuple[float, ...] = parameter(
        (1.0, 2.0, 0.5, 4.0, 0.25),
        label="Aspect",
        help="Width over height of the boxes, relative to the image's.",
        min=0.05,
        max=20.0,
        step=0.05,
        length=(1, 9),
    )
    overlap: float = parameter(
        0.5, label="Overlap", help="Of neighbours along one axis, as a fraction.", min=0.0, max=0.9, step=0.05
    )

    def propose(self, image: Image, ref: ImageRef | None = None) -> Found:
        """Return the grid: the whole image, then level by level, the aspects in their order."""
        height, width = image.shape[:2]
        boxes = [
            _tile(width, height, 0.5**level * aspect**0.5, 0.5**level * aspect**-0.5, self.overlap)
            for level, aspect in product(range(self.levels), self.aspects)
        ]
        return Found(bx.unique(np.concatenate(boxes)))


def _tile(width: int, height: int, across: float, down: float, overlap: float) -> Boxes:
    """Return boxes of the given share of width and height that cover the image: float32 (N, 4)."""
    x0, x1 = _spread(width, across, overlap)
    y0, y1 = _spread(height, down, overlap)
    rows, columns = (grid.ravel() for grid in np.mgrid[: len(y0), : len(x0)])
    return bx.as_boxes(np.stack([x0[columns], y0[rows], x1[columns], y1[rows]], axis=1))


def _spread(length: int, share: float, overlap: float) -> tuple[np.ndarray, np.ndarray]:
    """Return spans of a share of `length`, even from edge to edge: whole pixels, (starts, ends)."""
    share = min(share, 1.0)
    span = max(round(length * share), 1)
    count = 1 + int(np.ceil((length - span) / (span * (1 - overlap)) - 1e-9))
    starts = np.round(np.linspace(0, length - span, count))
    return starts, starts + span
