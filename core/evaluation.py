"""How well proposals cover the truth."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core import boxes as bx
from core.annotations import Truth
from core.boxes import Boxes
from core.labelling import LabelRule


class BestOverlap(NamedTuple):
    """The best proposal of each object.

    Attributes
    ----------
    row : int64 (objects,)
        Row in Truth; crowd regions are left out.
    iou : float32 (objects,)
    rank : int64 (objects,)
        Place of that proposal, the first among equals; -1 where no proposal overlaps.
    """

    row: NDArray[np.int64]
    iou: NDArray[np.float32]
    rank: NDArray[np.int64]

    def found(self, rule: LabelRule) -> NDArray[np.bool_]:
        """Say of each object whether a proposal passes the rule: bool (objects,)."""
        return rule.passes(self.iou)


def best_overlap(boxes: Boxes, truth: Truth) -> BestOverlap:
    """Find each object's best proposal (best overlap: one proposal may serve several objects).

    Parameters
    ----------
    boxes : float32 (N, 4)
    truth : Truth
    """
    objects = truth.objects
    if not len(boxes) or not len(objects):
        return BestOverlap(objects, np.zeros(len(objects), np.float32), np.full(len(objects), -1))
    overlaps = bx.iou(boxes, truth.boxes[objects])  # (N, objects)
    rank = overlaps.argmax(axis=0)
    iou = overlaps[rank, np.arange(len(objects))]
    return BestOverlap(objects, iou, np.where(iou > 0, rank, -1))
