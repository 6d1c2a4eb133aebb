"""The evaluation of one image under a setup, from what is kept of its proposer."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from core.boxes import Boxes
from core.datasets import CocoDataset
from core.evaluation.average_precision import Scored, scored
from core.evaluation.evaluation import Evaluation, Measured, evaluate
from core.evaluation.misses import reasons
from core.images import Image
from core.pipeline import Setup, ranked
from core.proposals.proposer_cache import ProposerCache, ProposerResult
from core.proposers import Found
from core.truth import Truth

Reader = Callable[[int], Image]


@dataclass(frozen=True, eq=False)
class ImageEvaluation:
    """What is measured of one image under one setup.

    Attributes
    ----------
    evaluation : Evaluation
        Of this image alone.
    reasons : list of str, an item an object
        See :func:`core.evaluation.misses.reasons`.
    repeatability : float
        Of the proposals of a reference setup, see :func:`core.evaluation.robustness.repeatability`; NaN
        where it was not measured.
    scored : Scored or None
        For the average precision; None for proposals without scores.
    """

    evaluation: Evaluation
    reasons: list[str]
    repeatability: float = math.nan
    scored: Scored | None = None

    def at(self, index: int) -> "ImageEvaluation":
        """Return the same of an image that has this index in the whole data set."""
        return replace(self, evaluation=replace(self.evaluation, indices=np.array([index])))


@dataclass(frozen=True, eq=False)
class RankedImage:
    """An image and the proposals of a setup on it, read and ranked once for all that is measured of them.

    Attributes
    ----------
    cache : ProposerCache
        The proposer is run if its result is not kept there.
    dataset : CocoDataset
    index : int
    setup : Setup
        All its proposals count, whatever `top` is: an evaluation holds for every number.
    read : callable or None
        Returns the picture at an index, for a caller that caches it.

    Raises
    ------
    BoxscopeError
        By every method; see :func:`core.pipeline.process_image`.
    """

    cache: ProposerCache
    dataset: CocoDataset
    index: int
    setup: Setup
    read: Reader | None = None

    @cached_property
    def found(self) -> Found:
        """All proposals of the setup, best first."""
        return ranked(replace(self.setup, top=0), self._result.found)

    def evaluation(self) -> Evaluation:
        """Return the evaluation of the image."""
        result = self._result
        size = result.width, result.height
        return evaluate([Measured(self.index, self.found.boxes, self._truth, size, result.seconds)])

    def reasons(self, iou: float, budget: int) -> list[str]:
        """Return why each object is missed, see :func:`core.evaluation.misses.reasons`.

        Where an object needs it, the proposer is run without its own filters; that result is kept as well.

        Returns
        -------
        list of str, an item an object
            In the order of the truth, crowd regions apart; "" for an object that is found.
        """
        objects = self._truth.boxes[self._truth.objects]
        return reasons(self.found.boxes, self._unfiltered, objects, iou, budget)

    def scored(self) -> Scored | None:
        """Return the detections for the average precision; None for proposals without scores."""
        return None if self._result.found.scores is None else scored(self.found, self._truth)

    @cached_property
    def _result(self) -> ProposerResult:
        return self.cache.result(self.dataset, self.index, self.setup.proposer, self.read)

    @cached_property
    def _truth(self) -> Truth:
        return self.dataset.truth(self.index)

    def _unfiltered(self) -> Boxes:
        proposer = self.setup.proposer.unfiltered()
        return self.cache.result(self.dataset, self.index, proposer, self.read).found.boxes


def image_reasons(
    cache: ProposerCache,
    dataset: CocoDataset,
    index: int,
    setup: Setup,
    iou: float,
    budget: int,
    read: Reader | None = None,
) -> list[str]:
    """Return why each object of an image is missed, see :meth:`RankedImage.reasons`."""
    return RankedImage(cache, dataset, index, setup, read).reasons(iou, budget)
