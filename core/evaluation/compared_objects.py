"""What two setups do with the objects of one image."""

from typing import NamedTuple

from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.evaluation.misses import UNKNOWN
from core.evaluation.one_image import RankedImage, Reader
from core.pipeline import Setup
from core.proposals.proposer_cache import ProposerCache

TAKEN = "taken"
"""The reason of an object whose best proposal has the IoU, but finds another object by COCO's matching."""


class ObjectResult(NamedTuple):
    """What a setup does with an object.

    Attributes
    ----------
    overlap : float
        IoU of its best proposal, 0-1.
    rank : int
        That of this proposal, -1 where none overlaps it.
    is_found : bool
        By COCO's matching.
    reason : str
        Why it is missed: a key of :data:`core.evaluation.misses.REASONS`, ``TAKEN`` or ``UNKNOWN``; empty
        where it is found.
    """

    overlap: float
    rank: int
    is_found: bool
    reason: str


def object_results(
    cache: ProposerCache,
    dataset: CocoDataset,
    index: int,
    setup: Setup,
    iou: float,
    budget: int,
    read: Reader | None = None,
) -> list[ObjectResult]:
    """Return what a setup does with each object of an image, crowd regions apart.

    Parameters
    ----------
    cache : ProposerCache
    dataset : CocoDataset
    index : int
    setup : Setup
    iou : float
        From which an object is found, one of the thresholds of an evaluation.
    budget : int
        Proposals that count.
    read : callable or None
        Returns the picture at an index, for a caller that caches it.

    Raises
    ------
    BoxscopeError
        See :func:`core.pipeline.process_image`.
    """
    image = RankedImage(cache, dataset, index, setup, read)
    evaluation = image.evaluation()
    try:
        reasons = image.reasons(iou, budget)
    except BoxscopeError:  # the picture cannot be searched without filters
        reasons = [UNKNOWN] * len(evaluation.image)
    overlaps, ranks = evaluation.records.best(budget)
    columns = zip(
        overlaps.tolist(), ranks.tolist(), evaluation.found(budget, iou).tolist(), reasons, strict=True
    )
    return [
        ObjectResult(overlap, rank, found, "" if found else reason or TAKEN)
        for overlap, rank, found, reason in columns
    ]
