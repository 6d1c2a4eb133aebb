"""Precision and recall of scored proposals over a set of images, at every least score."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.evaluation.average_precision import Detections, Scored, figures
from core.evaluation.evaluation import COCO_THRESHOLDS

MOST = 200
"""Least scores of a table at most; scores from 0 to 1 have one at each hundredth."""

Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class OperatingPoints:
    """What the detections of at least each of K scores find, by COCO's matching at one IoU.

    Attributes
    ----------
    score : float64 (K,)
        Rising.
    recall : float64 (K,)
        Share of the objects that are found; NaN where there is no object.
    precision : float64 (K,)
        Share of the detections that find an object; NaN where there is no detection.
    f1 : float64 (K,)
        The harmonic mean of the two, NaN where one of them is.
    false_positives : float64 (K,)
        Detections that find none, an image.
    """

    score: Values
    recall: Values
    precision: Values
    f1: Values
    false_positives: Values

    @property
    def best(self) -> int:
        """Where the F1 is largest, the first of equal ones; 0 where there is none."""
        return int(np.nanargmax(self.f1)) if np.isfinite(self.f1).any() else 0


@dataclass(frozen=True, eq=False)
class ScoredImages:
    """The detections of images, in the order of their ids, see :class:`Scored`; at least one."""

    images: tuple[Scored, ...]


def precision_figures(of: ScoredImages) -> dict[str, dict[str, float | None]]:
    """Return the average precision, see :func:`core.evaluation.average_precision.figures`."""
    return figures(of.images)


def operating_points(of: ScoredImages, iou: float = 0.5) -> OperatingPoints:
    """Return recall and precision at least scores, of boxes of any category.

    Parameters
    ----------
    of : ScoredImages
        Of each image the first 100 detections by score, as for the average precision.
    iou : float
        From which a detection finds an object: one of COCO's thresholds, the nearest to it.
    """
    parts, level = [image.of_any for image in of.images], int(np.argmin(np.abs(COCO_THRESHOLDS - iou)))
    scores, match, objects = _ranked(parts, level)
    true, false = np.cumsum(match > 0), np.cumsum(match == 0)
    least = least_scores(scores)
    # How many have at least each score: they fall, and equal ones count together.
    ends = np.searchsorted(-scores, -least.astype(np.float32), side="right")
    found, wrong = np.append(0, true)[ends], np.append(0, false)[ends]
    with np.errstate(invalid="ignore", divide="ignore"):
        recall, precision = np.divide(found, objects), np.divide(found, found + wrong)
        f1 = np.divide(2 * found, objects + found + wrong)
    f1 = np.where((found + wrong > 0) & (objects > 0), f1, np.nan)
    return OperatingPoints(least, recall, precision, f1, wrong / len(parts))


def curve(of: ScoredImages, iou: float = 0.5) -> tuple[Values, Values]:
    """Return the precision at each recall: recall, precision, float64 (P,) each, a point a detection.

    Of detections of equal scores the points between them are left out; of more than 1,000 points some are.
    """
    parts, level = [image.of_any for image in of.images], int(np.argmin(np.abs(COCO_THRESHOLDS - iou)))
    scores, match, objects = _ranked(parts, level)
    counted = match >= 0
    scores, true = scores[counted], np.cumsum(match[counted] > 0)
    ends = np.flatnonzero(np.append(np.diff(scores) < 0, len(scores) > 0))
    if len(ends) > 1000:
        ends = ends[np.unique(np.linspace(0, len(ends) - 1, 1000).astype(np.int64))]
    return true[ends] / max(objects, 1), true[ends] / (ends + 1)


def _ranked(parts: Sequence[Detections], level: int) -> tuple[NDArray[np.float32], NDArray[np.int8], int]:
    """Return the scores of all detections, falling, what each finds at a threshold, and the objects."""
    scores = np.concatenate([part.scores for part in parts])
    match = np.concatenate([part.match[level] for part in parts])
    order = np.argsort(-scores, kind="stable")
    return scores[order], match[order], sum(part.objects for part in parts)


def least_scores(scores: NDArray[np.float32]) -> Values:
    """Return the least scores of a table, rising: each hundredth of scores from 0 to 1, else quantiles."""
    if not len(scores) or (scores.min() >= 0 and scores.max() <= 1):
        return np.arange(101) / 100
    distinct = np.unique(scores).astype(np.float64)
    return distinct[np.unique(np.linspace(0, len(distinct) - 1, MOST).astype(np.int64))]


def rounded(values: Values) -> list[Any]:
    """Return values as JSON has them: five digits, None for NaN."""
    return [None if value != value else float(f"{value:.5g}") for value in values.tolist()]
