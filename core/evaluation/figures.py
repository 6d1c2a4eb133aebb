"""The figures of an evaluation, each as shares of images, so that each has an interval."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.evaluation.bootstrap import Share
from core.evaluation.evaluation import Evaluation, Values

Mask = NDArray[np.bool_]


def recall(
    evaluation: Evaluation, budget: int, iou: float, matching: str = "coco", mask: Mask | None = None
) -> list[Share]:
    """Return the share of the objects that the first proposals find.

    Parameters
    ----------
    evaluation : Evaluation
    budget : int
        Proposals an image.
    iou : float
        The threshold.
    matching : one of ``MATCHINGS``
    mask : bool (O,), or None
        The objects that count; None for all.
    """
    return [_share(evaluation, evaluation.found(budget, iou, matching), mask)]


def average_recall(
    evaluation: Evaluation, budget: int, matching: str = "coco", mask: Mask | None = None
) -> list[Share]:
    """Return the average recall, see :meth:`Evaluation.average_recall`."""
    return [_share(evaluation, evaluation.average_recall(budget, matching), mask)]


def average_best_overlap(evaluation: Evaluation, budget: int, mask: Mask | None = None) -> list[Share]:
    """Return the mean best IoU of the objects (ABO; Uijlings et al., IJCV 2013, section 5)."""
    return [_share(evaluation, evaluation.overlap(budget), mask)]


def mean_average_best_overlap(evaluation: Evaluation, budget: int) -> list[Share]:
    """Return the ABO of each category that has an object; their mean is the MABO."""
    overlap = evaluation.overlap(budget)
    categories = np.unique(evaluation.category)
    return [_share(evaluation, overlap, evaluation.category == category) for category in categories]


def proposals_per_image(evaluation: Evaluation, budget: int) -> list[Share]:
    """Return the mean number of proposals of an image, of those within the budget."""
    return [_by_image(np.minimum(evaluation.proposals, budget))]


def seconds_per_image(evaluation: Evaluation) -> list[Share]:
    """Return the mean seconds that the proposer took for an image."""
    return [_by_image(evaluation.seconds)]


def _share(evaluation: Evaluation, values: NDArray[Any], mask: Mask | None) -> Share:
    counted = np.ones(len(values)) if mask is None else mask.astype(np.float64)
    return Share(evaluation.per_image(values * counted), evaluation.per_image(counted))


def _by_image(values: NDArray[Any]) -> Share:
    return Share(values.astype(np.float64), np.ones(len(values)))


def recall_by_budget(
    evaluation: Evaluation,
    budgets: NDArray[np.int64],
    iou: float,
    matching: str = "coco",
    mask: Mask | None = None,
) -> Values:
    """Return the recall at each number of proposals: float64 (B,), NaN where there is no object."""
    return np.array([_value(recall(evaluation, int(k), iou, matching, mask)) for k in budgets])


def average_recall_by_budget(
    evaluation: Evaluation, budgets: NDArray[np.int64], matching: str = "coco", mask: Mask | None = None
) -> Values:
    """Return the average recall at each number of proposals: float64 (B,), NaN where there is no object."""
    return np.array([_value(average_recall(evaluation, int(k), matching, mask)) for k in budgets])


def recall_by_iou(
    evaluation: Evaluation, budget: int, matching: str = "coco", mask: Mask | None = None
) -> Values:
    """Return the recall at each threshold of the evaluation: float64 (T,)."""
    return np.array(
        [_value(recall(evaluation, budget, iou, matching, mask)) for iou in evaluation.thresholds]
    )


def _value(shares: list[Share]) -> float:
    return shares[0].value
