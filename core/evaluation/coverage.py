"""Coverage of an image's objects by its proposals, and images ordered by it."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.evaluation.overlap import BestOverlap
from core.evaluation.recall import RecallRule


class Coverage(NamedTuple):
    """The coverage of an image's objects by its proposals.

    Attributes
    ----------
    objects, missed : int
    mean_iou : float
        Mean best IoU of the objects, 0-1; 1 where there are none.
    """

    objects: int
    missed: int
    mean_iou: float


def coverage(best: BestOverlap, recall: RecallRule) -> Coverage:
    """Return the coverage of an image, from the best proposals of its objects."""
    missed = len(best.iou) - int(best.passes(recall).sum())
    return Coverage(len(best.iou), missed, float(best.iou.mean()) if len(best.iou) else 1.0)


class SetCoverage(NamedTuple):
    """The coverage of all objects of a set of images.

    Attributes
    ----------
    objects, found : int
    mean_iou : float
        Mean best IoU of the objects (ABO), 0-1; 1 where there are none.
    """

    objects: int
    found: int
    mean_iou: float


def set_coverage(coverages: Iterable[Coverage | None]) -> SetCoverage:
    """Return the coverage of the objects of several images, without those that could not be measured."""
    known = [each for each in coverages if each is not None]
    objects = sum(each.objects for each in known)
    overlap = sum(each.objects * each.mean_iou for each in known)
    found = objects - sum(each.missed for each in known)
    return SetCoverage(objects, found, overlap / objects if objects else 1.0)


def worst_first(coverages: Sequence[Coverage | None]) -> NDArray[np.int64]:
    """Return images ordered by how badly their objects are covered.

    Parameters
    ----------
    coverages : sequence of Coverage or None
        None where an image could not be measured.

    Returns
    -------
    int64 (I,)
        Positions in `coverages`: lowest mean best IoU first, more misses first among equals; then those not
        measured, then images surely without objects. Among equals the order of `coverages` stays.
    """
    keys = [(2, 0.0, 0) if c is None else (1 if c.objects else 3, c.mean_iou, -c.missed) for c in coverages]
    return np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64)
