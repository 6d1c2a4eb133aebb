"""Which proposals of an image count, by number and by score, and what those find and what they do not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core import boxes as bx
from core.boxes import Boxes
from core.evaluation.evaluation import ALL
from core.evaluation.overlap import BestOverlap, Records, records
from core.evaluation.recall import RecallRule
from core.labelling import Matches
from core.truth import Truth

Scores = NDArray[np.float32]


class Limit(NamedTuple):
    """Which proposals of an image count: the first ones, and of these those with at least a score.

    Attributes
    ----------
    top : int
        How many of the first; 0 for all.
    score : float or None
        None for all; it means nothing for proposals without scores.
    """

    top: int = 0
    score: float | None = None

    def counts(self, number: int, scores: Scores | None) -> NDArray[np.bool_]:
        """Return whether each of a number of proposals counts, best first: bool (N,)."""
        counted = np.arange(number) < (self.top or ALL)
        return counted if self.score is None or scores is None else counted & (scores >= _bound(self.score))

    def rows(self, number: int, scores: Scores | None) -> NDArray[np.int64]:
        """Return the ranks of those that count: int64 (K,)."""
        return np.flatnonzero(self.counts(number, scores))


def _bound(score: float) -> np.float32:
    return np.float32(score)  # as the scores are: 0.7 itself passes


class FalsePositives(NamedTuple):
    """The false positives of an image: how many, and the highest score of one, -inf where there is none."""

    number: int
    highest: float


@dataclass(frozen=True, eq=False)
class Outcome:
    """How the N proposals of an image, best first, overlap its truth: for every limit and recall threshold.

    Attributes
    ----------
    records : Records
        Of all proposals.
    scores : float32 (N,), or None
    iou : float32 (N,), or None
        Best IoU of each proposal with an object; 1 for one that lies at least half in a crowd region, which
        may show an object. None without scores.
    unordered : (float32 (N, 4), Truth), or None
        The proposals and the truth, where scores do not fall with the rank.
    """

    records: Records
    scores: Scores | None = None
    iou: NDArray[np.float32] | None = None
    unordered: tuple[Boxes, Truth] | None = None

    @classmethod
    def of(
        cls, boxes: Boxes, truth: Truth, scores: Scores | None, matches: Matches, of_all: Records
    ) -> "Outcome":
        """Return the outcome of proposals."""
        if scores is None:
            return cls(of_all)
        iou = np.where(matches.in_crowd, np.float32(1), matches.iou)
        return cls(of_all, scores, iou, None if bool((np.diff(scores) <= 0).all()) else (boxes, truth))

    def above(self, score: float | None) -> Records:
        """Return the records of the proposals of at least a score, None for all, by their ranks among all."""
        if score is None or self.scores is None:
            return self.records
        is_below = self.scores < _bound(score)
        if self.unordered is None:
            return self.records.first(len(is_below) - int(is_below.sum()))
        boxes, truth = self.unordered
        overlaps = bx.iou(boxes, truth.boxes[truth.objects])
        overlaps[is_below] = 0
        return records(boxes, truth, overlaps)

    def best(self, limit: Limit) -> BestOverlap:
        """Return the best of the proposals that count, for each object."""
        return self.above(limit.score).best(limit.top or ALL)

    def first_counted(self, limit: Limit) -> int | None:
        """Return how many proposals count, None where these are not the first ones."""
        top = limit.top or ALL
        if limit.score is None or self.scores is None:
            return top
        return None if self.unordered else int(limit.counts(len(self.scores), self.scores).sum())

    def false_positives(self, limit: Limit, recall: RecallRule) -> NDArray[np.int64]:
        """Return the ranks of the false positives, the highest score first: int64 (F,).

        Proposals that count and have less than the IoU of the recall threshold with every object, crowd
        regions apart. A second box of an object that is found is none, unlike in a precision by COCO's
        matching: it shows no background. None without scores.
        """
        if self.scores is None or self.iou is None:
            return np.zeros(0, np.int64)
        is_false = limit.counts(len(self.scores), self.scores) & ~recall.passes(self.iou)
        ranks = np.flatnonzero(is_false)
        return ranks[np.argsort(-self.scores[ranks], kind="stable")]

    def worst_false(self, limit: Limit, recall: RecallRule) -> FalsePositives:
        """Return how many false positives there are, and their highest score."""
        ranks = self.false_positives(limit, recall)
        if self.scores is None or not len(ranks):
            return FalsePositives(0, -np.inf)
        return FalsePositives(len(ranks), float(self.scores[ranks[0]]))


def worst_false_first(found: Sequence[FalsePositives | None]) -> NDArray[np.int64]:
    """Return images by their false positives: positions in `found`, int64 (I,).

    The highest score first, then images without one, then those not measured; among equals the order of
    `found` stays.
    """
    keys = [(1, 0.0) if each is None else (0, -each.highest) for each in found]
    return np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64)
