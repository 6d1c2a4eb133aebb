"""A table of what a reader gives, some thousand entries at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.boxes import Boxes
from core.errors import BoxscopeError
from core.proposers.from_file.table import FILE_NAME, IMAGE_ID, Dropped, Table, name_columns

K = TypeVar("K", bound=np.generic)


class Entries(NamedTuple):
    """Some entries of a file, in its order.

    Attributes
    ----------
    by : ``image_id`` or ``file_name``
    images : int64 (N,), or sequence of str
        The id or the name of the image of each.
    boxes : float64 (N, 4)
        ``x0 y0 x1 y1``, as in the file.
    scores : float64 (N,), or None
    categories : int64 (N,), or None
    has_box : bool (N,), or None
        False for an entry that only names its image; None where every one has a box.
    """

    by: str
    images: NDArray[np.int64] | Sequence[str]
    boxes: NDArray[np.float64]
    scores: NDArray[np.float64] | None = None
    categories: NDArray[np.int64] | None = None
    has_box: NDArray[np.bool_] | None = None


def corners(boxes: ArrayLike) -> NDArray[np.float64]:
    """Return boxes ``x y width height`` as ``x0 y0 x1 y1``: float64 (N, 4)."""
    made = np.array(boxes, np.float64).reshape(-1, 4)
    with np.errstate(over="ignore", invalid="ignore"):
        made[:, 2:] += made[:, :2]
    return made


def build(chunks: Iterable[Entries]) -> Table:
    """Return the table of entries; boxes that cannot be used are left out and counted.

    Raises
    ------
    BoxscopeError
        Some entries have ids, scores or categories, and some have none.
    """
    gathered = _Gathered()
    for chunk in chunks:
        gathered.add(chunk)
    return gathered.table()


@dataclass
class _Gathered:
    """What was read so far; of boxes those that can be used."""

    shape: tuple[str, bool, bool] | None = None
    count: int = 0
    numbers: dict[str, int] = field(default_factory=dict)
    named: list[NDArray[np.int64]] = field(default_factory=list)
    images: list[NDArray[np.int64]] = field(default_factory=list)
    boxes: list[Boxes] = field(default_factory=list)
    scores: list[NDArray[np.float32]] = field(default_factory=list)
    categories: list[NDArray[np.int64]] = field(default_factory=list)
    dropped: dict[str, Dropped] = field(default_factory=dict)

    def add(self, chunk: Entries) -> None:
        """Add entries; those of images without a box name these alone."""
        self._expect_alike(chunk)
        images = self._numbers(chunk.images)
        with np.errstate(over="ignore", invalid="ignore"):
            boxes = chunk.boxes.astype(np.float32)
            scores = None if chunk.scores is None else chunk.scores.astype(np.float32)
        usable = self._usable(chunk, boxes, scores)
        self.images.append(images[usable])
        self.named.append(images[~usable])
        self.boxes.append(boxes[usable])
        if scores is not None:
            self.scores.append(scores[usable])
        if chunk.categories is not None:
            self.categories.append(chunk.categories[usable])
        self.count += len(images)

    def _expect_alike(self, chunk: Entries) -> None:
        shape = (chunk.by, chunk.scores is not None, chunk.categories is not None)
        if self.shape is None:
            self.shape = shape
        for present, first, name in zip(shape, self.shape, ("", "score", "category_id"), strict=True):
            if present != first:
                has = "have none" if name else f"have {present}"
                what = f"a {name}" if name else f"{first}"
                raise BoxscopeError(
                    f"some entries have {what} and some {has}, from entry {self.count + 1} on: "
                    "expected it in all or in none"
                )

    def _numbers(self, images: NDArray[np.int64] | Sequence[str]) -> NDArray[np.int64]:
        if isinstance(images, np.ndarray):
            return images
        numbers = self.numbers
        return np.fromiter((numbers.setdefault(name, len(numbers)) for name in images), np.int64)

    def _usable(self, chunk: Entries, boxes: Boxes, scores: NDArray[np.float32] | None) -> NDArray[np.bool_]:
        """Return which entries have a box that can be used, and count the others: bool (N,)."""
        has_box = np.ones(len(boxes), bool) if chunk.has_box is None else chunk.has_box
        finite = np.isfinite(boxes).all(axis=1)
        score_finite = np.ones(len(boxes), bool) if scores is None else np.isfinite(scores)
        with np.errstate(invalid="ignore"):
            sized = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
        self._drop("not finite", has_box & ~finite)
        self._drop("with a score that is not finite", has_box & finite & ~score_finite)
        self._drop("without a width or height above 0", has_box & finite & score_finite & ~sized)
        return has_box & finite & score_finite & sized

    def _drop(self, reason: str, wrong: NDArray[np.bool_]) -> None:
        rows = np.flatnonzero(wrong)
        if len(rows):
            first = self.count + int(rows[0]) + 1
            known = self.dropped.get(reason, Dropped(reason, 0, first))
            self.dropped[reason] = known._replace(boxes=known.boxes + len(rows))

    def table(self) -> Table:
        """Return the table of all entries."""
        by, has_scores, has_categories = self.shape or (IMAGE_ID, False, False)
        images, scores = _joined(self.images, np.int64), _joined(self.scores, np.float32)
        named = np.unique(np.concatenate([images, *self.named]))
        columns: dict[str, Any] = name_columns([])[1]
        if by == FILE_NAME:
            order, columns = name_columns(list(self.numbers))
            position = np.empty(len(order), np.int64)
            position[order] = np.arange(len(order))
            named, images = np.arange(len(order)), position[images]
        # Stable, so that equal scores stay in the order of the file.
        rows = np.lexsort((-scores, images)) if has_scores else np.argsort(images, kind="stable")
        images = images[rows]
        return Table(
            by=by,
            ids=named if by == IMAGE_ID else np.zeros(0, np.int64),
            **columns,
            starts=np.append(np.searchsorted(images, named), len(images)).astype(np.int64),
            boxes=np.concatenate([np.zeros((0, 4), np.float32), *self.boxes])[rows],
            scores=scores[rows] if has_scores else None,
            categories=_joined(self.categories, np.int64)[rows] if has_categories else None,
            dropped=tuple(self.dropped.values()),
        )


def _joined(parts: Sequence[NDArray[K]], kind: type[K]) -> NDArray[K]:
    return np.concatenate([np.zeros(0, kind), *parts])
