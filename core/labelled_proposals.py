"""The proposals of an image with their labels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.boxes import Boxes
from core.labelling import LabelRule, Labels, label
from core.proposers import Found, Origins
from core.truth import Truth


@dataclass(frozen=True, eq=False)
class Proposals:
    """The proposals of an image under a setup.

    Attributes
    ----------
    boxes : float32 (N, 4)
        Best first: a proposal's rank is its row.
    labels : Labels
    seconds : float
        Spent in the proposer.
    origins : Origins or None
        Which of the proposer's steps they come from; None where the proposer does not report it.
    scores : float32 (N,), or None
        Those of the proposer; None where it returns none.
    categories : int64 (N,), or None
        The category id that the proposer gives each; None where it knows none.
    """

    boxes: Boxes
    labels: Labels
    seconds: float
    origins: Origins | None = None
    scores: NDArray[np.float32] | None = None
    categories: NDArray[np.int64] | None = None

    @classmethod
    def of(cls, found: Found, labels: Labels, seconds: float) -> "Proposals":
        """Return proposals with labels."""
        return cls(found.boxes, labels, seconds, found.origins, found.scores, found.categories)

    def first(self, k: int) -> "Proposals":
        """Return the first k proposals."""
        return self.take(slice(k))

    def take(self, rows: NDArray[np.int64] | slice) -> "Proposals":
        """Return the proposals of some rows."""
        found = Found(self.boxes, self.scores, self.origins, self.categories).take(rows)
        return Proposals.of(found, self.labels.take(rows), self.seconds)


def labelled(found: Found, truth: Truth, rule: LabelRule, seconds: float) -> Proposals:
    """Return what a proposer found with its labels against the truth."""
    return Proposals.of(found, label(found.boxes, truth, rule), seconds)
