"""How well the proposals of images find their objects: for every number of proposals and every threshold."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from core.boxes import Boxes
from core.errors import BoxscopeError
from core.evaluation.matching import MATCHINGS, NEVER, SetRecords, Sides, coco_ranks, one_to_one, set_records
from core.truth import Truth

Values = NDArray[np.float64]
K = TypeVar("K", bound=np.generic)

COCO_THRESHOLDS = np.linspace(0.5, 0.95, 10)
"""IoU thresholds of COCO's average recall. By arange, .6 would be missed by a box of IoU .6."""

THRESHOLDS = np.concatenate([np.arange(1, 10) / 20, COCO_THRESHOLDS, [1.0]])
"""IoU thresholds that an evaluation holds: .05 to 1 by .05."""

ALL = 2**31 - 1
"""A budget of all proposals."""

BUDGETS = (
    *(1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700),
    *(1000, 1500, 2000, 3000, 5000, 7000, 10_000, ALL),
)
"""Numbers of proposals an image for which Hosang's matching is held; the others hold for any number."""


@dataclass(frozen=True, eq=False)
class Measured:
    """The proposals of one image, to be evaluated.

    Attributes
    ----------
    index : int
        Of the image in its data set.
    boxes : float32 (N, 4)
        Best first, all of them.
    truth : Truth
    size : (int, int)
        Width and height of the image, pixels.
    seconds : float
        Spent in the proposer.
    """

    index: int
    boxes: Boxes
    truth: Truth
    size: tuple[int, int]
    seconds: float


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How well the proposals of I images find their O objects; crowd regions count neither way.

    Attributes
    ----------
    indices : int64 (I,)
        Of the images in their data set.
    sizes : int64 (I, 2)
        Width and height, pixels.
    proposals : int64 (I,)
        Number of proposals.
    seconds : float64 (I,)
        Spent in the proposer.
    objects : int64 (I,)
        Number of objects.
    image : int64 (O,)
        Row in `indices` of the image of each object, ascending.
    row : int64 (O,)
        Row of each object in the Truth of its image.
    boxes : float32 (O, 4)
    category : int64 (O,)
    area : float64 (O,)
        As annotated, square pixels.
    ranks : int32 (T, O)
        Of the proposal that COCO's matching gives each object, at each threshold; see :func:`coco_ranks`.
    thresholds : float64 (T,)
    records : SetRecords
        Best overlaps.
    one_to_one : float64 (B, O)
        IoU by Hosang's matching, at each of `budgets`.
    budgets : tuple of int, B long
    """

    indices: NDArray[np.int64]
    sizes: NDArray[np.int64]
    proposals: NDArray[np.int64]
    seconds: NDArray[np.float64]
    objects: NDArray[np.int64]
    image: NDArray[np.int64]
    row: NDArray[np.int64]
    boxes: Boxes
    category: NDArray[np.int64]
    area: NDArray[np.float64]
    ranks: NDArray[np.int32]
    thresholds: NDArray[np.float64]
    records: SetRecords
    one_to_one: NDArray[np.float64]
    budgets: tuple[int, ...]

    def found(self, budget: int, iou: float, matching: str = "coco") -> NDArray[np.bool_]:
        """Return whether the first proposals of each image find each object: bool (O,).

        Parameters
        ----------
        budget : int
            Proposals an image; :data:`ALL` for all.
        iou : float
            The threshold; for COCO's matching one of `thresholds`.
        matching : one of ``MATCHINGS``

        Raises
        ------
        BoxscopeError
            The evaluation does not hold this threshold or budget.
        """
        if matching == "coco":
            return np.asarray(self.ranks[self._level(iou)] < budget)
        # An IoU is a quotient in float64: of .7, say, it may be a last bit below the threshold.
        return np.asarray(self.overlap(budget, matching) >= min(iou, 1 - 1e-10) - 1e-12)

    def rank_found(self, iou: float) -> NDArray[np.int64]:
        """Return the rank at which COCO's matching finds each object, -1 where it never does: int64 (O,)."""
        ranks = self.ranks[self._level(iou)].astype(np.int64)
        return np.where(ranks == NEVER, -1, ranks)

    def overlap(self, budget: int, matching: str = "best") -> Values:
        """Return the IoU of each object with the proposal matched to it, 0-1: float64 (O,).

        Parameters
        ----------
        budget : int
            Proposals an image; for Hosang's matching one of `budgets`.
        matching : ``best`` or ``hosang``
        """
        if matching == "best":
            return self.records.best(budget)[0]
        if matching != "hosang":
            raise BoxscopeError(f"got {matching}, expected best or hosang", "matching")
        if budget not in self.budgets:
            raise BoxscopeError(f"got {budget}, which was not evaluated by Hosang's matching", "budget")
        return self.one_to_one[self.budgets.index(budget)]

    def average_recall(self, budget: int, matching: str = "coco") -> Values:
        """Return the contribution of each object to the average recall, 0-1: float64 (O,).

        Parameters
        ----------
        budget : int
        matching : one of ``MATCHINGS``
            ``coco`` and ``best``: the share of the thresholds .5 to .95 at which it is found. ``hosang``:
            twice the IoU above .5, which is twice the area below its recall from .5 to 1.
        """
        if matching == "hosang":
            return 2.0 * np.maximum(self.overlap(budget, matching) - 0.5, 0.0)
        found = np.stack([self.found(budget, iou, matching) for iou in COCO_THRESHOLDS])
        return np.asarray(found.mean(axis=0), np.float64)

    def per_image(self, values: NDArray[np.generic]) -> Values:
        """Return the sum over the objects of each image: float64 (I,)."""
        weights = values.astype(np.float64)
        # int where there is no object
        return np.bincount(self.image, weights, len(self.indices)).astype(np.float64)

    def _level(self, iou: float) -> int:
        level = int(np.argmin(np.abs(self.thresholds - iou)))
        if abs(self.thresholds[level] - iou) > 1e-9:
            raise BoxscopeError(f"got {iou}, which was not evaluated", "IoU threshold")
        return level


def evaluate(
    images: Sequence[Measured], thresholds: Values = THRESHOLDS, budgets: tuple[int, ...] = BUDGETS
) -> Evaluation:
    """Return the evaluation of images.

    Parameters
    ----------
    images : sequence of Measured
    thresholds : float64 (T,)
        For COCO's matching; an average recall needs all of ``COCO_THRESHOLDS``.
    budgets : tuple of int
        For Hosang's matching.
    """
    truths = [each.truth.rows(each.truth.objects) for each in images]
    sides = Sides.of([each.boxes for each in images], [truth.boxes for truth in truths])
    objects = np.diff(sides.object_starts)
    return Evaluation(
        np.array([each.index for each in images], np.int64),
        np.array([each.size for each in images], np.int64).reshape(-1, 2),
        np.diff(sides.starts),
        np.array([each.seconds for each in images], np.float64),
        objects,
        np.repeat(np.arange(len(images)), objects),
        _concatenated([each.truth.objects for each in images], np.int64),
        sides.objects,
        _concatenated([truth.category for truth in truths], np.int64),
        _concatenated([truth.area for truth in truths], np.float64),
        coco_ranks(sides, thresholds),
        thresholds,
        set_records(sides),
        one_to_one(sides, budgets),
        budgets,
    )


def joined(parts: Sequence[Evaluation]) -> Evaluation:
    """Return the evaluation of the images of several, at least one, by the same thresholds and budgets."""
    columns = {field.name: [getattr(part, field.name) for part in parts] for field in fields(Evaluation)}
    images = np.cumsum([0, *(len(part.indices) for part in parts)])
    columns["image"] = [part.image + first for part, first in zip(parts, images, strict=False)]
    arrays = {
        name: np.concatenate(values, axis=1 if name in _BY_OBJECT else 0)
        for name, values in columns.items()
        if name not in _SHARED
    }
    first = parts[0]
    return Evaluation(
        **arrays, thresholds=first.thresholds, budgets=first.budgets, records=_joined_records(parts)
    )


_BY_OBJECT = {"ranks", "one_to_one"}
_SHARED = {"thresholds", "budgets", "records"}


def _joined_records(parts: Sequence[Evaluation]) -> SetRecords:
    counts = np.concatenate([np.diff(part.records.starts) for part in parts])
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    rank = np.concatenate([part.records.rank for part in parts])
    return SetRecords(starts, rank, np.concatenate([part.records.iou for part in parts]))


def _concatenated(parts: Sequence[NDArray[K]], kind: type[K]) -> NDArray[K]:
    return np.concatenate([np.zeros(0, kind), *parts])


__all__ = [
    "ALL",
    "BUDGETS",
    "COCO_THRESHOLDS",
    "MATCHINGS",
    "THRESHOLDS",
    "Evaluation",
    "Measured",
    "evaluate",
    "joined",
]
