"""Average recall of orders on data sets, as far as a table of them needs it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.evaluation import figures
from core.evaluation.bootstrap import Interval, Share, difference, interval
from core.evaluation.evaluation import Evaluation

BUDGETS = (10, 100)
"""Numbers of proposals an image that the table gives."""


@dataclass(frozen=True, eq=False)
class AverageRecall:
    """Average recall of an order on the images of a data set: some hundredth of an evaluation.

    Attributes
    ----------
    indices : int64 (I,)
        Of the images.
    shares : dict of int to list of Share
        By each of ``BUDGETS``.
    """

    indices: NDArray[np.int64]
    shares: dict[int, list[Share]]

    @classmethod
    def of(cls, evaluation: Evaluation) -> "AverageRecall":
        """Return that of an evaluation, by COCO's matching."""
        shares = {budget: figures.average_recall(evaluation, budget) for budget in BUDGETS}
        return cls(evaluation.indices, shares)

    def at(self, budget: int) -> Interval:
        """Return the average recall at a number of proposals, with its interval."""
        return interval(self.shares[budget])

    @property
    def total(self) -> float:
        """The sum over ``BUDGETS``, by which orders are compared."""
        return sum(self.at(budget).value for budget in BUDGETS)

    def above(self, other: "AverageRecall", budget: int) -> Interval | None:
        """Return how much larger it is than that of another order, paired; None on other images."""
        if not np.array_equal(self.indices, other.indices):
            return None
        return difference(self.shares[budget], other.shares[budget])
