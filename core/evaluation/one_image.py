"""The evaluation of one image under a setup, from what is kept of its proposer."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from core.boxes import Boxes
from core.datasets import CocoDataset
from core.evaluation.average_precision import Scored, scored
from core.evaluation.evaluation import Evaluation, Measured, evaluate
from core.evaluation.misses import reasons
from core.images import Image
from core.pipeline import Setup, ranked
from core.proposer_cache import ProposerCache, ProposerResult

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


def evaluate_image(
    cache: ProposerCache, dataset: CocoDataset, index: int, setup: Setup, read: Reader | None = None
) -> Evaluation:
    """Return the evaluation of one image; the proposer is run if its result is not kept.

    Parameters
    ----------
    cache : ProposerCache
    dataset : CocoDataset
    index : int
    setup : Setup
        All its proposals count, whatever `top` is: an evaluation holds for every number.
    read : callable or None
        Returns the picture at an index, for a caller that caches it.

    Raises
    ------
    BoxscopeError
        See :func:`core.pipeline.process_image`.
    """
    result = cache.result(dataset, index, setup.proposer, read)
    boxes, size = ranked_boxes(setup, result), (result.width, result.height)
    return evaluate([Measured(index, boxes, dataset.truth(index), size, result.seconds)])


def image_reasons(
    cache: ProposerCache,
    dataset: CocoDataset,
    index: int,
    setup: Setup,
    iou: float,
    budget: int,
    read: Reader | None = None,
) -> list[str]:
    """Return why each object of an image is missed, see :func:`core.evaluation.misses.reasons`.

    Where an object needs it, the proposer is run without its own filters, and that result is kept as well.

    Returns
    -------
    list of str, an item an object
        In the order of the truth, crowd regions apart; "" for an object that is found.
    """
    truth = dataset.truth(index)
    boxes = ranked_boxes(setup, cache.result(dataset, index, setup.proposer, read))

    def unfiltered() -> Boxes:
        return cache.result(dataset, index, setup.proposer.unfiltered(), read).found.boxes

    return reasons(boxes, unfiltered, truth.boxes[truth.objects], iou, budget)


def image_scored(
    cache: ProposerCache, dataset: CocoDataset, index: int, setup: Setup, read: Reader | None = None
) -> Scored | None:
    """Return the detections of an image for the average precision; None for proposals without scores."""
    result = cache.result(dataset, index, setup.proposer, read)
    if result.found.scores is None:
        return None
    return scored(ranked(replace(setup, top=0), result.found), dataset.truth(index))


def ranked_boxes(setup: Setup, result: ProposerResult) -> Boxes:
    """Return all proposals of a setup, best first: float32 (N, 4)."""
    return ranked(replace(setup, top=0), result.found).boxes
