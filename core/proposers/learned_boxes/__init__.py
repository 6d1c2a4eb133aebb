"""Boxes where the objects of a training split were: a baseline that is fitted, and uses no pixels."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from core import boxes as bx
from core.errors import BoxscopeError
from core.files import as_local_path
from core.images import Image
from core.parameters import parameter
from core.proposers.base import Proposer
from core.proposers.found import Found, ImageRef
from core.proposers.learned_boxes.file import Content, opened


@dataclass(frozen=True)
class LearnedBoxes(Proposer):
    """The boxes of a file, which ``fit boxes`` has chosen to cover the objects of a training split."""

    name: ClassVar[str] = "learned-boxes"
    summary: ClassVar[str] = "The same boxes in every image, chosen to cover a training split: a baseline."
    kept: ClassVar[bool] = False

    model: str = parameter(
        "",
        label="File of fitted boxes",
        help="The file that boxscope fit boxes wrote for your training split.",
        path=True,
    )
    count: int = parameter(
        0, label="Boxes", help="The first of the file that are proposed; 0 takes all.", min=0, max=1000
    )

    @property
    def files(self) -> tuple[Path, ...]:
        """The file of the boxes, none before one is named."""
        return (self._path(),) if self.model else ()

    @property
    def is_ready(self) -> bool:
        """Whether a file is named."""
        return bool(self.model)

    @property
    def uses_pixels(self) -> bool:
        """Whether its boxes depend on the pixels: they do not."""
        return False

    def prepare(self) -> None:
        """Read the file."""
        self.content()

    def content(self) -> Content:
        """Return what the file holds.

        Raises
        ------
        BoxscopeError
            No file is named, or it cannot be used.
        """
        if not self.model:
            raise BoxscopeError(
                "got no file: fit one to a training split (boxscope fit boxes ANNOTATIONS --out FILE)",
                "model",
            )
        return opened(self._path())

    def propose(self, image: Image, ref: ImageRef | None = None) -> Found:
        """Return the boxes of the file in the size of the image, to whole pixels."""
        height, width = image.shape[:2]
        boxes = self.content().boxes[: self.count or None] * np.array([width, height] * 2)
        boxes = np.concatenate([np.floor(boxes[:, :2] + 1e-6), np.ceil(boxes[:, 2:] - 1e-6)], axis=1)
        return Found(bx.unique(bx.clip(bx.as_boxes(boxes), width, height)))

    def memory(self, width: int, height: int) -> int:
        """Return what some boxes take; it does not use the pixels."""
        return 1_000_000

    def _path(self) -> Path:
        return as_local_path(self.model)
