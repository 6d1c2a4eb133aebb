"""An evaluation as plain values, for JSON and tables."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.evaluation import figures
from core.evaluation.bootstrap import Interval, difference, interval
from core.evaluation.comparison import Pair, compare
from core.evaluation.evaluation import ALL, Evaluation
from core.evaluation.misses import REASONS
from core.evaluation.slices import slices
from core.proposers.perturbed import Perturbed

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
) -> dict[str, Any]:
    """Return the figures of an evaluation.

    Parameters
    ----------
    evaluation : Evaluation
    missed : sequence of str, O long
        The reason of each object, "" for one that is found; see :mod:`core.evaluation.misses`.
    categories : mapping of int to str
    budget : int
        Proposals an image that slices and reasons go by.
    iou : float
        From which an object is found, for the reasons.

    Returns
    -------
    dict
        A figure that nothing was measured of is None. ``intervals`` has the 95 % intervals of the same keys.
        Hosang's average recall and the best overlaps are of all proposals.
    """
    recalls = {
        str(t): {str(k): figures.recall(evaluation, k, t) for k in RECALL_BUDGETS} for t in RECALL_IOUS
    }
    shares: dict[str, Any] = {
        "average_recall": {str(k): figures.average_recall(evaluation, k) for k in AR_BUDGETS},
        "recall": recalls,
        "hosang_average_recall": figures.average_recall(evaluation, ALL, "hosang"),
        "average_best_overlap": figures.average_best_overlap(evaluation, ALL),
        "mean_average_best_overlap": figures.mean_average_best_overlap(evaluation, ALL),
        "proposals_per_image": figures.proposals_per_image(evaluation, ALL),
        "seconds_per_image": figures.seconds_per_image(evaluation),
    }
    reasons = Counter(reason for reason in missed if reason)
    return {
        "images": len(evaluation.indices),
        "objects": len(evaluation.image),
        **_mapped(shares, lambda shares: _number(interval(shares).value)),
        "budget": budget,
        "iou": iou,
        "misses": {reason: reasons[reason] for reason in REASONS},
        "slices": _slices(evaluation, categories, budget),
        "intervals": _mapped(shares, lambda shares: _bounds(interval(shares))),
    }


def differences(
    evaluations: Sequence[Evaluation], budget: int = 100, iou: float = 0.5
) -> list[dict[str, Any]]:
    """Return how the average recall of each pair of setups differs, on the same images.

    Parameters
    ----------
    evaluations : sequence of Evaluation
    budget : int
        Proposals an image, beside those of ``AR_BUDGETS``.
    iou : float
        From which an object is found.

    Returns
    -------
    list of dict
        ``setup`` and ``other`` (positions), ``budget``, ``difference`` in average recall (of the first above
        the other), its ``interval``, and whether it is ``distinguishable`` from chance: the interval does not
        hold 0; likewise ``recall_difference`` and ``recall_interval`` at the IoU; the objects ``won``, which
        the first alone finds, and ``lost``, which the other alone finds.
    """
    return [
        _difference(first, second, evaluations[first], evaluations[second], each, iou)
        for first in range(len(evaluations))
        for second in range(first + 1, len(evaluations))
        for each in sorted({*AR_BUDGETS, budget})
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
        pictures as they are with an ``interval``, and ``repeatability``.
    """
    shares = [figures.average_recall(evaluation, budget) for evaluation in evaluations]
    rows = []
    for change, share, repeated in zip(changes, shares[1:], repeatabilities[1:], strict=True):
        known = repeated[~np.isnan(repeated)]
        result = difference(share, shares[0])
        rows.append(
            {
                "change": change.change,
                "strength": change.text,
                "average_recall": _number(share[0].value),
                "difference": _number(result.value),
                "interval": _bounds(result),
                "repeatability": float(known.mean()) if len(known) else None,
            }
        )
    return rows


def _difference(
    first: int, second: int, evaluation: Evaluation, other: Evaluation, budget: int, iou: float
) -> dict[str, Any]:
    compared = compare(Pair(other, evaluation), budget, iou)
    return {
        "setup": first,
        "other": second,
        "budget": budget,
        "difference": _number(compared.average_recall.value),
        "interval": _bounds(compared.average_recall),
        "distinguishable": compared.average_recall.excludes_zero,
        "recall_difference": _number(compared.recall.value),
        "recall_interval": _bounds(compared.recall),
        "won": compared.won,
        "lost": compared.lost,
    }


def _slices(evaluation: Evaluation, categories: Mapping[int, str], budget: int) -> list[dict[str, Any]]:
    rows = []
    for one in slices(evaluation, categories):
        recall = interval(figures.average_recall(evaluation, budget, mask=one.mask))
        rows.append(
            {
                "kind": one.kind,
                "name": one.name,
                "objects": int(one.mask.sum()),
                "average_recall": _number(recall.value),
                "interval": _bounds(recall),
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
