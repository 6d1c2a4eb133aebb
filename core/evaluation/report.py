"""An evaluation as plain values, for JSON and tables."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.evaluation import figures
from core.evaluation.bootstrap import Interval, Share, difference, interval
from core.evaluation.comparison import Pair, compare
from core.evaluation.evaluation import ALL, Evaluation
from core.evaluation.misses import REASONS
from core.evaluation.slices import slices
from core.proposers.perturbed import Perturbed

Budget = int | str
"""A number of proposals, or ``all``."""

# COCO's numbers of detections, and one more, since proposals are many.
AR_BUDGETS = (1, 10, 100, 1000)
RECALL_BUDGETS = (10, 100, 1000)
RECALL_IOUS = (0.5, 0.7)


def summary(
    evaluation: Evaluation,
    missed: Sequence[str],
    categories: Mapping[int, str],
    budget: int = 100,
    iou: float = 0.5,
    matching: str = "coco",
) -> dict[str, Any]:
    """Return the figures of an evaluation.

    Parameters
    ----------
    evaluation : Evaluation
    missed : sequence of str, O long
        The reason of each object, "" for one that is found; see :mod:`core.evaluation.misses`.
    categories : mapping of int to str
    budget : int
        Proposals an image that slices and reasons go by, beside those of ``AR_BUDGETS``.
    iou : float
        From which an object is found, for slices and reasons, beside those of ``RECALL_IOUS``.
    matching : one of ``MATCHINGS``
        Of recall and average recall.

    Returns
    -------
    dict
        A figure that nothing was measured of is None. ``intervals`` has the 95 % intervals of the same keys.
        Hosang's average recall and the best overlaps are of all proposals, those below ``at_budget`` of the
        first ones.
    """
    recalls = {
        f"{t:g}": {
            budget_key(k): figures.recall(evaluation, k, t, matching) for k in _with(RECALL_BUDGETS, budget)
        }
        for t in sorted({*RECALL_IOUS, iou})
    }
    shares: dict[str, Any] = {
        "average_recall": {
            budget_key(k): figures.average_recall(evaluation, k, matching) for k in _with(AR_BUDGETS, budget)
        },
        "recall": recalls,
        "hosang_average_recall": figures.average_recall(evaluation, ALL, "hosang"),
        "average_best_overlap": figures.average_best_overlap(evaluation, ALL),
        "mean_average_best_overlap": figures.mean_average_best_overlap(evaluation, ALL),
        "proposals_per_image": figures.proposals_per_image(evaluation, ALL),
        "seconds_per_image": figures.seconds_per_image(evaluation),
        "at_budget": {
            "average_best_overlap": figures.average_best_overlap(evaluation, budget),
            "mean_average_best_overlap": figures.mean_average_best_overlap(evaluation, budget),
            "proposals_per_image": figures.proposals_per_image(evaluation, budget),
        },
    }
    reasons = Counter(reason for reason in missed if reason)
    return {
        "images": len(evaluation.indices),
        "objects": len(evaluation.image),
        **_mapped(shares, lambda shares: _number(interval(shares).value)),
        "budget": named(budget),
        "iou": iou,
        "matching": matching,
        "misses": {reason: reasons[reason] for reason in REASONS},
        "slices": _slices(evaluation, categories, budget, iou, matching),
        "intervals": _mapped(shares, lambda shares: _bounds(interval(shares))),
    }


def named(budget: int) -> Budget:
    """Return a number of proposals as a value for JSON: ``all`` for all."""
    return "all" if budget == ALL else budget


def budget_key(budget: int) -> str:
    """Return a number of proposals as a key for JSON."""
    return str(named(budget))


def _with(budgets: Sequence[int], budget: int) -> list[int]:
    return sorted({*budgets, budget})


def differences(
    evaluations: Sequence[Evaluation], budget: int = 100, iou: float = 0.5, matching: str = "coco"
) -> list[dict[str, Any]]:
    """Return how the figures of each pair of setups differ, on the same images.

    Parameters
    ----------
    evaluations : sequence of Evaluation
    budget : int
        Proposals an image, beside those of ``AR_BUDGETS``.
    iou : float
        From which an object is found.
    matching : one of ``MATCHINGS``

    Returns
    -------
    list of dict
        ``setup`` and ``other`` (positions), ``budget``, ``difference`` in average recall (of the first above
        the other), its ``interval``, and whether it is ``distinguishable`` from chance: the interval does not
        hold 0; likewise ``recall_difference`` and ``recall_interval`` at the IoU, ``overlap_difference`` and
        ``overlap_interval`` of the average best overlap, and at `budget` alone ``class_overlap_difference``
        and ``class_overlap_interval`` of its mean over classes; the objects ``won``, which the first alone
        finds, and ``lost``, which the other alone finds.
    """
    return [
        {
            "setup": first,
            "other": second,
            **_difference(Pair(evaluations[second], evaluations[first]), each, iou, matching),
            **(_class_difference(evaluations[first], evaluations[second], each) if each == budget else {}),
        }
        for first in range(len(evaluations))
        for second in range(first + 1, len(evaluations))
        for each in _with(AR_BUDGETS, budget)
    ]


def robustness(
    changes: Sequence[Perturbed],
    evaluations: Sequence[Evaluation],
    repeatabilities: Sequence[NDArray[np.float64]],
    budget: int,
) -> list[dict[str, Any]]:
    """Return what each change of the pictures does to a setup.

    Parameters
    ----------
    changes : sequence of Perturbed
    evaluations : sequence of Evaluation
        Of the setup itself, then of each change.
    repeatabilities : sequence of float64 (I,)
        Likewise.
    budget : int
        Proposals an image that count.

    Returns
    -------
    list of dict
        ``change``, ``strength``, ``average_recall`` at the budget, its ``difference`` from that of the
        pictures as they are with an ``interval``, and ``repeatability`` with ``repeatability_interval``.
    """
    shares = [figures.average_recall(evaluation, budget) for evaluation in evaluations]
    rows = []
    for change, share, repeated in zip(changes, shares[1:], repeatabilities[1:], strict=True):
        known = repeated[~np.isnan(repeated)]
        result = difference(share, shares[0])
        again = interval([Share(known, np.ones(len(known)))])
        rows.append(
            {
                "change": change.change,
                "strength": change.text,
                "average_recall": _number(share[0].value),
                "difference": _number(result.value),
                "interval": _bounds(result),
                "repeatability": _number(again.value),
                "repeatability_interval": _bounds(again),
            }
        )
    return rows


def _difference(pair: Pair, budget: int, iou: float, matching: str) -> dict[str, Any]:
    compared = compare(pair, budget, iou, matching)
    overlap = difference(*(figures.average_best_overlap(each, budget) for each in (pair.second, pair.first)))
    return {
        "budget": named(budget),
        "difference": _number(compared.average_recall.value),
        "interval": _bounds(compared.average_recall),
        "distinguishable": compared.average_recall.excludes_zero,
        "recall_difference": _number(compared.recall.value),
        "recall_interval": _bounds(compared.recall),
        "won": compared.won,
        "lost": compared.lost,
        "overlap_difference": _number(overlap.value),
        "overlap_interval": _bounds(overlap),
    }


def _class_difference(evaluation: Evaluation, other: Evaluation, budget: int) -> dict[str, Any]:
    """Return how the mean over classes of the best overlaps differs; of many classes it takes a while."""
    result = difference(*(figures.mean_average_best_overlap(each, budget) for each in (evaluation, other)))
    return {"class_overlap_difference": _number(result.value), "class_overlap_interval": _bounds(result)}


def _slices(
    evaluation: Evaluation, categories: Mapping[int, str], budget: int, iou: float, matching: str
) -> list[dict[str, Any]]:
    rows = []
    for one in slices(evaluation, categories):
        average = interval(figures.average_recall(evaluation, budget, matching, one.mask))
        recall = interval(figures.recall(evaluation, budget, iou, matching, one.mask))
        overlap = interval(figures.average_best_overlap(evaluation, budget, one.mask))
        rows.append(
            {
                "kind": one.kind,
                "name": one.name,
                "objects": int(one.mask.sum()),
                "average_recall": _number(average.value),
                "interval": _bounds(average),
                "recall": _number(recall.value),
                "recall_interval": _bounds(recall),
                "average_best_overlap": _number(overlap.value),
                "overlap_interval": _bounds(overlap),
            }
        )
    return rows


def _mapped(shares: Any, make: Any) -> Any:
    """Return nested mappings with each figure, a list of shares, replaced by what is made of it."""
    if isinstance(shares, dict):
        return {key: _mapped(value, make) for key, value in shares.items()}
    return make(shares)


def _number(value: float) -> float | None:
    """Return a figure for JSON, which has no NaN."""
    return None if math.isnan(value) else value


def _bounds(one: Interval) -> list[float] | None:
    return None if math.isnan(one.low) else [one.low, one.high]
