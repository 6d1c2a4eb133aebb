"""How well an image's proposals cover its objects, and images ordered by that."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.evaluation.overlap import BestOverlap
from core.labelling import LabelRule


class Coverage(NamedTuple):
    """How well an image's proposals cover its objects.

    Attributes
    ----------
    objects, missed : int
    mean_iou : float
        Mean best IoU of the objects, 0-1; 1 where there are none.
    """

    objects: int
    missed: int
    mean_iou: float


def coverage(best: BestOverlap, rule: LabelRule) -> Coverage:
    """Sum up the best proposals of an image's objects."""
    missed = len(best.iou) - int(best.found(rule).sum())
    return Coverage(len(best.iou), missed, float(best.iou.mean()) if len(best.iou) else 1.0)


def worst_first(coverages: Sequence[Coverage | None]) -> NDArray[np.int64]:
    """Order images by how badly their objects are covered.

    Parameters
    ----------
    coverages : sequence of Coverage or None
        None where an image could not be measured.

    Returns
    -------
    int64 (I,)
        Lowest mean best IoU first, more misses first among equals; then what could not be measured,
        then images without objects. Among equals the given order stays.
    """
    keys = [(2, 0.0, 0) if c is None else (1 if c.objects else 3, c.mean_iou, -c.missed) for c in coverages]
    return np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64)
