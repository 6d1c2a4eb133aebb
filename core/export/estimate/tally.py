"""What an image offers to an export: counted without cutting, from its proposed boxes."""

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.export.config import ExportConfig
from core.export.decision import Quota
from core.export.estimate.proposed import ProposedBoxes, decide_proposed
from core.labelling import IGNORED, NEGATIVE, POSITIVE, LabelRule, Labels
from core.sampling import Sampling, quotas
from core.sampling.bands import BINS, iou_histogram

Counts = NDArray[np.int64]

# The columns of a histogram of what becomes of boxes.
WRITTEN_POSITIVE, WRITTEN_NEGATIVE, UNCHOSEN, LEFT_IGNORED = range(4)


class Tally(NamedTuple):
    """What one image offers.

    Attributes
    ----------
    image_index : int
        In the data set.
    kinds : int64 (BINS, 3)
        Boxes by IoU that are positive, negative and ignored, chosen or not.
    positives, negatives : float32 (P,), (Q,)
        IoU of those offered, those to be taken first in front.
    seconds : float
        It took to propose; 0 where the annotations alone say that the image cannot be used.
    reason : str
        Why the image cannot be used, empty where it can.
    """

    image_index: int
    kinds: Counts
    positives: NDArray[np.float32]
    negatives: NDArray[np.float32]
    seconds: float
    reason: str = ""

    @property
    def counts(self) -> Quota:
        """How many positives and negatives the image could give."""
        return len(self.positives), len(self.negatives)


def tally(config: ExportConfig, index: int, proposed: ProposedBoxes) -> Tally:
    """Count what an image offers.

    Parameters
    ----------
    config : ExportConfig
    index : int
        Of the image in the data set.
    proposed : ProposedBoxes
    """
    incomplete = config.lost.reasons.get(config.dataset.file_names[index])
    if reason := incomplete or proposed.reason:
        none, seconds = np.zeros(0, np.float32), 0.0 if incomplete else proposed.seconds
        return Tally(index, np.zeros((BINS, 3), np.int64), none, none, seconds, reason)
    decision = decide_proposed(config, index, proposed)
    iou, kind = _binned(decision.boxes.labels, config.setup.rule), decision.boxes.labels.kind
    kinds = np.stack([iou_histogram(iou[kind == value]) for value in (POSITIVE, NEGATIVE, IGNORED)], axis=1)
    return Tally(index, kinds, iou[decision.positives], iou[decision.negatives], proposed.seconds)


def _binned(labels: Labels, rule: LabelRule) -> NDArray[np.float32]:
    """Return the IoUs; those at a threshold that makes no positives a hair below it: in the bin before."""
    at = (labels.kind != POSITIVE) & (labels.iou == np.float32(rule.iou))
    return np.where(at, np.nextafter(labels.iou, np.float32(0)), labels.iou)


def estimated_quotas(config: ExportConfig, tallies: Sequence[Tally]) -> Counts:
    """Return how many positives and negatives each image would give: int64 (n, 2).

    Caps over the set are, for some of its images, the part of the images that have a tally.
    """
    offers = np.array([found.counts for found in tallies], np.int64).reshape(-1, 2)
    if not config.sampling.planned:
        return offers
    ids = config.dataset.image_ids[[found.image_index for found in tallies]]
    return quotas(offers, ids, _part_of(config.sampling, len(tallies) / max(len(config.dataset), 1)))


def _part_of(sampling: Sampling, part: float) -> Sampling:
    caps = {name: getattr(sampling, name) for name in ("set_positives", "set_negatives")}
    smaller = {name: max(1, round(cap * part)) for name, cap in caps.items() if cap}
    return dataclasses.replace(sampling, **smaller)


def outcomes_by_iou(tallies: Sequence[Tally], given: Counts) -> Counts:
    """Count what becomes of the boxes of some images, by IoU.

    Parameters
    ----------
    tallies : sequence of Tally, n long
    given : int64 (n, 2)
        See :func:`estimated_quotas`.

    Returns
    -------
    int64 (BINS, 4)
        Written as positives, as negatives, labelled but not chosen, ignored.
    """
    counts = np.zeros((BINS, 4), np.int64)
    for found, (positives, negatives) in zip(tallies, given.tolist(), strict=True):
        written = np.stack(
            [iou_histogram(found.positives[:positives]), iou_histogram(found.negatives[:negatives])], axis=1
        )
        counts[:, :UNCHOSEN] += written
        counts[:, UNCHOSEN] += found.kinds[:, :2].sum(axis=1) - written.sum(axis=1)
        counts[:, LEFT_IGNORED] += found.kinds[:, 2]
    return counts
