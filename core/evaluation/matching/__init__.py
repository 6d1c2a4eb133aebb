"""Three matchings of proposals with objects, all of which the literature calls recall.

========== ==================================================================================================
``coco``   At each IoU threshold, proposals in their order; each takes the free object that it overlaps most
           (COCO's evaluation: Lin et al., ECCV 2014; pycocotools).
``hosang`` The pair with the largest IoU first, one to one, without a threshold (Hosang, Benenson, Dollár,
           Schiele: What makes for effective detection proposals?, PAMI 2016).
``best``   The largest IoU of any proposal; one proposal may serve several objects (ABO: Uijlings et al., IJCV
           2013).
========== ==================================================================================================
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core import boxes as bx
from core import kernels
from core.boxes import Boxes

MATCHINGS = {"coco": "COCO", "hosang": "Hosang", "best": "best overlap"}
"""Displayed text of each matching."""

NEVER = 2**31 - 1
"""The rank of the proposal that finds an object, where none does."""


class Sides(NamedTuple):
    """The proposals and the objects of I images, each image after the other.

    Attributes
    ----------
    boxes : float32 (P, 4)
        Best first in each image.
    starts : int64 (I + 1,)
        The proposals of image i are the rows ``starts[i]:starts[i + 1]``.
    objects : float32 (O, 4)
        Crowd regions apart.
    object_starts : int64 (I + 1,)
    """

    boxes: Boxes
    starts: NDArray[np.int64]
    objects: Boxes
    object_starts: NDArray[np.int64]

    @classmethod
    def of(cls, boxes: Sequence[Boxes], objects: Sequence[Boxes]) -> "Sides":
        """Return the proposals and objects of images that come one by one: float32 (N, 4) and (G, 4) each."""
        return cls(*_joined(boxes), *_joined(objects))


def _joined(parts: Sequence[Boxes]) -> tuple[Boxes, NDArray[np.int64]]:
    starts = np.zeros(len(parts) + 1, np.int64)
    np.cumsum([len(part) for part in parts], out=starts[1:])
    return np.ascontiguousarray(np.concatenate([bx.as_boxes([]), *parts])), starts


class SetRecords(NamedTuple):
    """The best proposal of each of O objects of several images among the first k, for every k.

    Of one image, see :class:`core.evaluation.Records`.

    Attributes
    ----------
    starts : int64 (O + 1,)
        The records of object o are the rows ``starts[o]:starts[o + 1]``.
    rank : int32 (R,)
        Ascending within an object.
    iou : float64 (R,)
        Rising within an object.
    """

    starts: NDArray[np.int64]
    rank: NDArray[np.int32]
    iou: NDArray[np.float64]

    def best(self, budget: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return the best IoU of each object among the first `budget`, and its rank or -1: (O,) each."""
        within = np.concatenate([[0], np.cumsum(self.rank < budget)])
        count = within[self.starts[1:]] - within[self.starts[:-1]]
        last = np.maximum(self.starts[:-1] + count - 1, 0)
        if not len(self.rank):
            return np.zeros(len(count)), np.full(len(count), -1)
        return np.where(count > 0, self.iou[last], 0.0), np.where(count > 0, self.rank[last], -1)


def coco_ranks(sides: Sides, thresholds: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return the rank of the proposal that finds each object by COCO's matching: int32 (T, O).

    An object is found by the first k proposals where its rank is below k; ``NEVER`` where none finds it.

    Parameters
    ----------
    sides : Sides
    thresholds : float64 (T,)
        IoU, above 0 to 1.
    """
    warm()
    from core.evaluation.matching import kernel

    ranks: NDArray[np.int32] = kernel.coco_ranks(*sides, thresholds)
    return ranks


def coco_detections(
    iou: NDArray[np.float64], crowd: NDArray[np.bool_], thresholds: NDArray[np.float64]
) -> NDArray[np.int8]:
    """Return what each detection of an image finds by COCO's matching, at each threshold: int8 (T, D).

    Parameters
    ----------
    iou : float64 (D, G)
        Of each detection, best first, with each object; with a crowd region its share inside.
    crowd : bool (G,)
        Crowd regions come last.
    thresholds : float64 (T,)

    Returns
    -------
    int8 (T, D)
        1 an object, 0 nothing, -1 a crowd region.
    """
    warm()
    from core.evaluation.matching import kernel

    found: NDArray[np.int8] = kernel.coco_detections(np.ascontiguousarray(iou), crowd, thresholds)
    return found


def one_to_one(sides: Sides, budgets: Sequence[int]) -> NDArray[np.float64]:
    """Return the IoU of each object by Hosang's matching, at each number of proposals: float64 (B, O)."""
    warm()
    from core.evaluation.matching import kernel

    iou: NDArray[np.float64] = kernel.one_to_one(*sides, np.asarray(budgets, np.int64))
    return iou


def set_records(sides: Sides) -> SetRecords:
    """Return the proposals at which the best overlap of each object rises."""
    warm()
    from core.evaluation.matching import kernel

    return SetRecords(*kernel.records(*sides))


@kernels.register("matching")
@kernels.once
def warm() -> None:
    """Load the kernels of matching; compile them, with a message, where this machine has not yet."""
    from core.evaluation.matching import kernel  # importing numba takes 0.5 s

    one = Sides.of([bx.as_boxes([[0, 0, 2, 2]])], [bx.as_boxes([[0, 0, 2, 2]])])

    def compile_all() -> None:
        kernel.coco_ranks(*one, np.array([0.5]))
        kernel.one_to_one(*one, np.array([1]))
        kernel.records(*one)
        kernel.coco_detections(np.zeros((1, 1)), np.zeros(1, np.bool_), np.array([0.5]))

    with kernels.no_collection():
        message = "compiling the matching of proposals; this happens once and takes some 5 seconds"
        kernels.ensure_compiled(kernel.coco_ranks, Path(__file__).parent, compile_all, message)
