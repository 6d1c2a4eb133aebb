"""The figures of a setup in one row, curves for a chart, and the histogram of best overlaps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.evaluation import figures
from core.evaluation.bootstrap import Interval, difference, interval
from core.evaluation.evaluation import BUDGETS, Evaluation, Values
from core.evaluation.slices import Slice, slices

AVERAGE_AT = (10, 100, 1000)
"""Numbers of proposals an image at which the average recall of a setup is given."""

BINS = 20
"""Bins of a histogram of best overlaps, from IoU 0 to 1."""


@dataclass(frozen=True)
class Summary:
    """The figures of a setup.

    Attributes
    ----------
    images, objects : int
        That they are of.
    average_recalls : tuple of Interval
        At each of ``AVERAGE_AT``.
    recall, best_overlap, mean_best_overlap : Interval
        Recall, ABO and MABO.
    proposals : float
        Mean number an image, of those within the budget.
    seconds : float
        Mean an image, spent in the proposer.
    """

    images: int
    objects: int
    average_recalls: tuple[Interval, ...]
    recall: Interval
    best_overlap: Interval
    mean_best_overlap: Interval
    proposals: float
    seconds: float


def summary(evaluation: Evaluation, budget: int, iou: float, matching: str) -> Summary:
    """Return the figures of a setup.

    Parameters
    ----------
    evaluation : Evaluation
    budget : int
        Proposals an image.
    iou : float
        Threshold of the recall.
    matching : one of ``MATCHINGS``
        Of recall and average recall; ABO and MABO are of the best overlap.
    """
    averages = (interval(figures.average_recall(evaluation, at, matching)) for at in AVERAGE_AT)
    return Summary(
        len(evaluation.indices),
        len(evaluation.image),
        tuple(averages),
        interval(figures.recall(evaluation, budget, iou, matching)),
        interval(figures.average_best_overlap(evaluation, budget)),
        interval(figures.mean_average_best_overlap(evaluation, budget)),
        figures.proposals_per_image(evaluation, budget)[0].value,
        figures.seconds_per_image(evaluation)[0].value,
    )


def above(evaluation: Evaluation, other: Evaluation, budget: int, matching: str) -> Interval | None:
    """Return how much larger the average recall is than that of another setup, with its paired interval.

    None where they are not of the same images, so that they cannot be paired.
    """
    if not np.array_equal(evaluation.indices, other.indices):
        return None
    shares = (figures.average_recall(each, budget, matching) for each in (evaluation, other))
    return difference(*shares)


def average_recalls(evaluation: Evaluation, matching: str) -> tuple[float, ...]:
    """Return the average recall at each of ``AVERAGE_AT``, NaN where there is no object."""
    return tuple(figures.average_recall(evaluation, at, matching)[0].value for at in AVERAGE_AT)


def budgets_to(most: int) -> list[int]:
    """Return numbers of proposals for a curve: ``BUDGETS`` up to the first that is `most` or more."""
    finite = BUDGETS[:-1]
    last = next((number for number, budget in enumerate(finite) if budget >= most), len(finite) - 1)
    return list(finite[: last + 1])


def recalls_by_budget(
    evaluation: Evaluation, budgets: Sequence[int], iou: float | None, matching: str
) -> Values:
    """Return the recall at each number of proposals: float64 (B,), NaN where there is no object.

    Parameters
    ----------
    evaluation : Evaluation
    budgets : sequence of int
    iou : float or None
        Threshold of the recall; None for the average recall.
    matching : one of ``MATCHINGS``
    """
    numbers = np.array(budgets, np.int64)
    if iou is None:
        return figures.average_recall_by_budget(evaluation, numbers, matching)
    return figures.recall_by_budget(evaluation, numbers, iou, matching)


def recalls_by_iou(evaluation: Evaluation, matching: str) -> Values:
    """Return the recall at each of ``BUDGETS`` and each threshold of the evaluation: float64 (B, T)."""
    return np.array([figures.recall_by_iou(evaluation, budget, matching) for budget in BUDGETS])


class SliceFigures(NamedTuple):
    """The figures of a slice.

    Attributes
    ----------
    part : Slice
    objects : int
    recall : Interval
    best_overlap : float
        ABO; that of a class is its part of the MABO.
    """

    part: Slice
    objects: int
    recall: Interval
    best_overlap: float


def slice_figures(
    evaluation: Evaluation,
    categories: Sequence[tuple[int, str]],
    budget: int,
    iou: float,
    matching: str,
    kind: str | None = None,
) -> list[SliceFigures]:
    """Return the figures of all slices of the objects, or of those of a kind.

    Parameters
    ----------
    evaluation : Evaluation
    categories : sequence of (int, str)
        Ids and names.
    budget, iou, matching
        Of the recall.
    kind : one of ``KINDS``, or None
    """
    return [
        SliceFigures(
            each,
            int(each.mask.sum()),
            interval(figures.recall(evaluation, budget, iou, matching, each.mask)),
            figures.average_best_overlap(evaluation, budget, each.mask)[0].value,
        )
        for each in slices(evaluation, dict(categories))
        if kind in (None, each.kind)
    ]


def slices_by_budget(
    evaluation: Evaluation, categories: Sequence[tuple[int, str]], iou: float, matching: str, kind: str
) -> list[list[SliceFigures]]:
    """Return :func:`slice_figures` of a kind at each of ``BUDGETS``."""
    return [slice_figures(evaluation, categories, budget, iou, matching, kind) for budget in BUDGETS]


def overlap_histogram(evaluation: Evaluation, budget: int) -> NDArray[np.int64]:
    """Return the number of objects by best overlap, in ``BINS`` equal bins: int64 (BINS,).

    A bin holds its lower end; the last one holds 1 too.
    """
    return np.bincount(overlap_bins(evaluation.overlap(budget)), minlength=BINS)


def overlap_histograms(evaluation: Evaluation) -> NDArray[np.int64]:
    """Return :func:`overlap_histogram` at each of ``BUDGETS``: int64 (B, BINS)."""
    return np.array([overlap_histogram(evaluation, budget) for budget in BUDGETS])


def overlap_bins(overlap: Values) -> NDArray[np.int64]:
    """Return the number of the bin of each overlap: int64, of the same shape."""
    # IoU of .3, say, is a quotient that may be a last bit below the end of a bin.
    return np.clip(np.floor(overlap * BINS + 1e-9).astype(np.int64), 0, BINS - 1)


def nearest_threshold(iou: float) -> float:
    """Return the IoU threshold of an evaluation that is nearest to a wanted one: a multiple of .05."""
    return round(round(iou * 20) / 20, 2)
