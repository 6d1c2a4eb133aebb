"""The proposer that looks boxes up in a results file."""

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
from core.proposers.from_file.opening import opened
from core.proposers.from_file.table import BY_TEXTS, IMAGE_ID, Table

_MEMORY = 1_000_000

UNNAMED = {"refuse": "refuse the image", "empty": "no proposals"}


@dataclass(frozen=True)
class FromFile(Proposer):
    """The boxes that a file has for an image, best score first; in the order of the file without scores."""

    name: ClassVar[str] = "from-file"
    summary: ClassVar[str] = "Boxes of a results file: those of a detector, an RPN or masks of elsewhere."
    kept: ClassVar[bool] = False

    file: str = parameter(
        "",
        label="Results file",
        help="COCO results JSON, Parquet or npz: boxes by image id or file name, with scores and categories "
        "where it has them.",
        path=True,
    )
    unnamed: str = parameter(
        "refuse",
        label="An image that the file does not name",
        help="refuse: it is skipped, and named. empty: it has no proposals, as of a detector that writes "
        "nothing where it finds nothing.",
        choices=UNNAMED,
        searched=False,
    )

    @property
    def files(self) -> tuple[Path, ...]:
        """The results file, none before one is named."""
        return (self._path(),) if self.file else ()

    @property
    def is_ready(self) -> bool:
        """Whether a file is named."""
        return bool(self.file)

    @property
    def uses_pixels(self) -> bool:
        """Whether its boxes depend on the pixels: they do not."""
        return False

    @property
    def has_scores(self) -> bool:
        """Whether the file has scores; False for one that cannot be read."""
        try:
            return self.table().scores is not None
        except BoxscopeError:
            return False

    @property
    def score_range(self) -> tuple[float, float] | None:
        """The smallest and the largest score of the file; None without scores."""
        return self.table().score_range if self.has_scores else None

    def memory(self, width: int, height: int) -> int:
        """Return what some thousand boxes take; it does not use the pixels."""
        return _MEMORY

    def prepare(self) -> None:
        """Read the file."""
        self.table()

    def table(self) -> Table:
        """Return what the file holds.

        Raises
        ------
        BoxscopeError
            No file is named, or it cannot be read.
        """
        if not self.file:
            raise BoxscopeError(
                "no file is named: enter its path under Results file, or as --param file=PATH", self.name
            )
        return opened(self._path())

    def propose(self, image: Image, ref: ImageRef | None = None) -> Found:
        """Return the boxes that the file has for an image, cut to it, without those outside."""
        table = self.table()
        at = None if ref is None else table.image_of(ref)
        if at is None and (ref is None or self.unnamed == "refuse"):
            raise BoxscopeError(f"no boxes of {_text(table, ref)}", self.file)
        rows = slice(0) if at is None else table.rows(at)
        height, width = image.shape[:2]
        boxes = bx.clip(table.boxes[rows], width, height)
        inside = np.flatnonzero(bx.area(boxes) > 0)
        scores = None if table.scores is None else table.scores[rows]
        categories = None if table.categories is None else table.categories[rows]
        found = Found(boxes, scores, categories=categories).take(inside)
        return found.take(bx.firsts(found.boxes))

    def _path(self) -> Path:
        return as_local_path(self.file)


def _text(table: Table, ref: ImageRef | None) -> str:
    """Return by what an image was looked for, in words."""
    if ref is None:
        return "a picture of no data set"
    if table.by != IMAGE_ID:
        return f"the {BY_TEXTS[table.by]} {ref.file_name!r}"
    return f"the image id {ref.image_id}" if ref.image_id is not None else "an image without an id"
