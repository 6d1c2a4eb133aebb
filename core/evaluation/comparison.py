"""Two setups on the same images: which objects one finds and the other misses, how their figures differ."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core import wording
from core.evaluation import figures
from core.evaluation.bootstrap import Interval, difference
from core.evaluation.evaluation import ALL, Evaluation
from core.evaluation.matching import SetRecords

DIFFERENT, LOST, WON = "different", "lost", "won"


@dataclass(frozen=True, eq=False)
class Pair:
    """The evaluations of two setups, A and B, on the same images.

    Attributes
    ----------
    first, second : Evaluation
        Their images and objects are the same, in the same order.
    """

    first: Evaluation
    second: Evaluation


def pair(first: Evaluation, second: Evaluation) -> Pair:
    """Return two evaluations on those images of a data set that both hold."""
    if np.array_equal(first.indices, second.indices):
        return Pair(first, second)
    return Pair(
        of_images(first, np.flatnonzero(np.isin(first.indices, second.indices))),
        of_images(second, np.flatnonzero(np.isin(second.indices, first.indices))),
    )


def of_images(evaluation: Evaluation, rows: NDArray[np.int64]) -> Evaluation:
    """Return the evaluation of some of its images: rows of it, ascending."""
    kept = np.isin(evaluation.image, rows)
    lengths = np.diff(evaluation.records.starts)
    inside = np.repeat(kept, lengths)
    starts = np.concatenate([[0], np.cumsum(lengths[kept])]).astype(np.int64)
    by_image = ("indices", "sizes", "proposals", "seconds", "objects")
    by_object = ("row", "boxes", "category", "area")
    return replace(
        evaluation,
        **{name: getattr(evaluation, name)[rows] for name in by_image},
        **{name: getattr(evaluation, name)[kept] for name in by_object},
        image=np.searchsorted(rows, evaluation.image[kept]),
        ranks=evaluation.ranks[:, kept],
        one_to_one=evaluation.one_to_one[:, kept],
        records=SetRecords(starts, evaluation.records.rank[inside], evaluation.records.iou[inside]),
    )


def changes(pair: Pair, budget: int, iou: float, matching: str = "coco") -> NDArray[np.int64]:
    """Return what becomes of each object from A to B: 1 won, B alone finds it; -1 lost, A alone; 0 neither.

    Parameters
    ----------
    pair : Pair
    budget : int
        Proposals an image that count, of each setup by its own order.
    iou : float
    matching : one of ``MATCHINGS``

    Returns
    -------
    int64 (O,)
    """
    before, after = (each.found(budget, iou, matching) for each in (pair.first, pair.second))
    return after.astype(np.int64) - before


@dataclass(frozen=True, eq=False)
class ChangedImages:
    """Images where two setups differ.

    Attributes
    ----------
    indices : int64 (I,)
        In the data set.
    won, lost : int64 (I,)
        Objects of each.
    """

    indices: NDArray[np.int64]
    won: NDArray[np.int64]
    lost: NDArray[np.int64]


def changed_images(
    pair: Pair, budget: int, iou: float, matching: str = "coco", which: str = DIFFERENT
) -> ChangedImages:
    """Return the images in which objects are won or lost, those with the most lost ones first.

    Parameters
    ----------
    pair : Pair
    budget, iou, matching
        See :func:`changes`.
    which : ``different``, ``lost`` or ``won``
        ``lost`` leaves the images where A finds an object that B misses, ``won`` those where B finds one that
        A misses, those with the most won ones first.
    """
    change = changes(pair, budget, iou, matching)
    won, lost = (pair.first.per_image(change == sign).astype(np.int64) for sign in (1, -1))
    wanted = {DIFFERENT: won + lost, LOST: lost, WON: won}[which]
    first, then = (won, lost) if which == WON else (lost, won)
    order = np.lexsort((-then, -first))  # stable: equal ones stay in the order of the file
    rows = order[wanted[order] > 0]
    return ChangedImages(pair.first.indices[rows], won[rows], lost[rows])


@dataclass(frozen=True)
class Comparison:
    """How two setups, A and B, differ on the same images.

    Attributes
    ----------
    images, objects : int
    won, lost : int
        Objects that B alone finds, and that A alone finds.
    both, neither : int
    recall, average_recall : Interval
        Of B above A, paired over images.
    budget : int
        Proposals an image that count.
    """

    images: int
    objects: int
    won: int
    lost: int
    both: int
    neither: int
    recall: Interval
    average_recall: Interval
    budget: int

    @property
    def found(self) -> str:
        """Which setup finds more objects, as ``B finds 4 more of 98 objects``."""
        more, objects = self.won - self.lost, wording.count(self.objects, "object")
        if not more:
            return f"A and B find equally many of {objects}"
        return f"{'B' if more > 0 else 'A'} finds {abs(more):,} more of {objects}"

    @property
    def budget_text(self) -> str:
        """The number of proposals, or ``all``."""
        return "all" if self.budget == ALL else f"{self.budget:,}"


def compare(pair: Pair, budget: int, iou: float, matching: str = "coco") -> Comparison:
    """Return how two setups differ, see :func:`changes`; the average recall is that of the same budget."""
    change = changes(pair, budget, iou, matching)
    both = pair.first.found(budget, iou, matching) & (change == 0)
    won, lost = int((change > 0).sum()), int((change < 0).sum())
    recalls = [figures.recall(each, budget, iou, matching) for each in (pair.second, pair.first)]
    averages = [figures.average_recall(each, budget, matching) for each in (pair.second, pair.first)]
    return Comparison(
        images=len(pair.first.indices),
        objects=len(change),
        won=won,
        lost=lost,
        both=int(both.sum()),
        neither=len(change) - won - lost - int(both.sum()),
        recall=difference(*recalls),
        average_recall=difference(*averages),
        budget=budget,
    )


def difference_text(one: Interval) -> str:
    """Return a difference with its interval, as ``+0.031 (−0.010 to +0.070)``."""
    return f"{_signed(one.value)} ({_signed(one.low)} to {_signed(one.high)})"


def chance_text(one: Interval) -> str:
    """Return in words whether a difference can be told from chance: its 95 % interval does not hold 0."""
    if one.value != one.value:
        return "there is nothing to measure"
    if one.value == one.low == one.high == 0:
        return "no difference"
    return "can be told from chance" if one.excludes_zero else "cannot be told from chance"


def _signed(value: float) -> str:
    if value != value:
        return "–"
    text = f"{abs(value):.3f}"
    return text if text == "0.000" else f"{'−' if value < 0 else '+'}{text}"
