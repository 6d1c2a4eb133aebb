"""The proposed boxes of one image, before labels and sampling: what a dry run keeps of it.

Proposing takes as long as the proposer does, labelling and sampling the boxes a millisecond. With the boxes
kept, a change of thresholds or caps therefore shows at once.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core import pipeline
from core.boxes import Boxes
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.export.config import ExportConfig
from core.export.decision import Decision, Quota, decide
from core.images import Image
from core.labelling import Matches, matches
from core.pipeline import Proposals, Setup
from core.proposals.store import ProposalStore, boxes_setup


@dataclass(frozen=True, eq=False)
class ProposedBoxes:
    """The proposed boxes of one image.

    Attributes
    ----------
    boxes : float32 (N, 4)
        Best first.
    matches : Matches
        How they overlap the truth.
    size : (width, height)
        Of the picture, pixels.
    seconds : float
        Taken by reading the picture and proposing.
    reason : str
        Why the image cannot be used, empty where it can.
    scores : float32 (N,), or None
        Those of the proposer; None where it returns none.
    """

    boxes: Boxes
    matches: Matches
    size: tuple[int, int]
    seconds: float
    reason: str = ""
    scores: NDArray[np.float32] | None = None

    @classmethod
    def none(cls, reason: str, seconds: float) -> "ProposedBoxes":
        """Return the empty boxes of an image that cannot be used."""
        shares, flags = np.zeros(0, np.float32), np.zeros(0, bool)
        matches = Matches(shares, np.zeros(0, np.int64), shares, flags, flags)
        return cls(np.zeros((0, 4), np.float32), matches, (0, 0), seconds, reason)


def propose_boxes(
    setup: Setup, dataset: CocoDataset, index: int, read: Callable[[int], Image] | None = None
) -> ProposedBoxes:
    """Return all proposed boxes of an image; see :func:`core.pipeline.process_image` for the arguments."""
    start = time.perf_counter()
    try:
        setup.proposer.prepare()
        start = time.perf_counter()
        image, proposed, _ = pipeline.propose_image(boxes_setup(setup), dataset, index, read)
    except BoxscopeError as error:
        return ProposedBoxes.none(error.without(dataset.path(index)), time.perf_counter() - start)
    seconds = time.perf_counter() - start
    boxes, (height, width) = proposed.boxes, image.shape[:2]
    matched = matches(boxes, dataset.truth(index))
    return ProposedBoxes(boxes, matched, (width, height), seconds, scores=proposed.scores)


def stored_boxes(store: ProposalStore, setup: Setup, dataset: CocoDataset, index: int) -> ProposedBoxes:
    """Return all proposed boxes of an image from a store, which computes them once."""
    start = time.perf_counter()
    try:
        stored = store.get(dataset, index, setup, background=True)
    except BoxscopeError as error:
        return ProposedBoxes.none(error.without(dataset.path(index)), time.perf_counter() - start)
    seconds = stored.seconds_read + stored.seconds
    size = stored.width, stored.height
    return ProposedBoxes(stored.boxes, stored.matches, size, seconds, scores=stored.scores)


def decide_proposed(
    config: ExportConfig, index: int, proposed: ProposedBoxes, quota: Quota | None = None
) -> Decision:
    """Label the proposed boxes of an image and decide which become crops, see :func:`decide`.

    Parameters
    ----------
    config : ExportConfig
    index : int
        Of the image in the data set.
    proposed : ProposedBoxes
    quota : (positives, negatives) or None
        The image's share of the caps of the set, see :func:`core.export.decision.decide`.
    """
    setup, dataset = config.setup, config.dataset
    truth = dataset.truth(index)
    labels = proposed.matches.labels(setup.rule, setup.rule.mask_pixels(proposed.boxes, truth))
    proposals = Proposals(proposed.boxes, labels, proposed.seconds, scores=proposed.scores)
    return decide(
        proposals.first(setup.top) if setup.top else proposals,
        truth,
        setup.rule,
        config.sampling,
        int(dataset.image_ids[index]),
        proposed.size,
        doubt=dataset.doubts[index],
        quota=quota,
    )
