"""The crops that an image offers to an export, counted from its proposed boxes without cutting any."""

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.export.config import ExportConfig
from core.export.decision import Quota
from core.export.estimate.proposed import ProposedBoxes, decide_proposed
from core.export.incomplete import reason_left_out
from core.labelling import IGNORED, NEGATIVE, POSITIVE, LabelRule, Labels
from core.sampling import Reason, Sampling, quotas
from core.sampling.bands import BINS, iou_histogram

Counts = NDArray[np.int64]

# The columns of the histogram that outcomes_by_iou returns.
WRITTEN_POSITIVE, WRITTEN_NEGATIVE, UNCHOSEN, LEFT_IGNORED = range(4)


class Tally(NamedTuple):
    """The crops that one image offers.

    Attributes
    ----------
    image_index : int
        In the data set.
    kinds : int64 (BINS, 3)
        Boxes by IoU that are positive, negative and ignored, chosen or not.
    positives, negatives : float32 (P,), (Q,)
        IoU of those offered, in the order in which they are taken.
    classes : int64 (P,)
        Class of each of the positives.
    inside : float32 (Q,)
        Share of each of the negatives inside an object.
    ignored_inside : int
        Boxes that the label rule ignores for this share.
    ignored_mask : int
        Boxes that it ignores for the mask pixels in them.
    seconds : float
        Taken by proposing; 0 where the image is left out because of its annotations.
    reason : str
        Why the image cannot be used, empty where it can.
    """

    image_index: int
    kinds: Counts
    positives: NDArray[np.float32]
    negatives: NDArray[np.float32]
    classes: Counts
    inside: NDArray[np.float32]
    ignored_inside: int
    ignored_mask: int
    seconds: float
    reason: str = ""

    @property
    def counts(self) -> Quota:
        """Number of positives and of negatives that the image offers."""
        return len(self.positives), len(self.negatives)


def tally(config: ExportConfig, index: int, proposed: ProposedBoxes) -> Tally:
    """Return the crops that an image offers.

    Parameters
    ----------
    config : ExportConfig
    index : int
        Of the image in the data set.
    proposed : ProposedBoxes
    """
    left_out = reason_left_out(config.dataset, index)
    if reason := left_out or proposed.reason:
        empty, seconds = np.zeros(0, np.float32), 0.0 if left_out else proposed.seconds
        kinds, no_classes = np.zeros((BINS, 3), np.int64), np.zeros(0, np.int64)
        return Tally(index, kinds, empty, empty, no_classes, empty, 0, 0, seconds, reason)
    decision = decide_proposed(config, index, proposed)
    labels = decision.boxes.labels
    iou, kind = _binned(labels, config.setup.rule), labels.kind
    kinds = np.stack([iou_histogram(iou[kind == value]) for value in (POSITIVE, NEGATIVE, IGNORED)], axis=1)
    of_objects = config.dataset.truth(index).category[labels.match[decision.positives]].tolist()
    return Tally(
        index,
        kinds,
        iou[decision.positives],
        iou[decision.negatives],
        np.array([config.classes.number(POSITIVE, category) for category in of_objects], np.int64),
        labels.inside[decision.negatives],
        int(np.count_nonzero(decision.reasons == Reason.INSIDE)),
        int(np.count_nonzero(decision.reasons == Reason.MASK)),
        proposed.seconds,
    )


def _binned(labels: Labels, rule: LabelRule) -> NDArray[np.float32]:
    """Return the IoUs, with those at an exclusive threshold moved just below it, into the bin before."""
    at_threshold = (labels.kind != POSITIVE) & (labels.iou == np.float32(rule.iou))
    return np.where(at_threshold, np.nextafter(labels.iou, np.float32(0)), labels.iou)


def estimated_quotas(config: ExportConfig, tallies: Sequence[Tally]) -> Counts:
    """Return how many positives and negatives would be written of each image: int64 (n, 2).

    Where only some images have a tally, the caps of the set are scaled by their share of all images.
    """
    offers = np.array([tallied.counts for tallied in tallies], np.int64).reshape(-1, 2)
    if not config.sampling.planned:
        return offers
    ids = config.dataset.image_ids[[tallied.image_index for tallied in tallies]]
    return quotas(offers, ids, _scale_caps(config.sampling, len(tallies) / max(len(config.dataset), 1)))


def _scale_caps(sampling: Sampling, factor: float) -> Sampling:
    caps = {name: getattr(sampling, name) for name in ("set_positives", "set_negatives")}
    scaled = {name: max(1, round(cap * factor)) for name, cap in caps.items() if cap}
    return dataclasses.replace(sampling, **scaled)


def outcomes_by_iou(tallies: Sequence[Tally], image_quotas: Counts) -> Counts:
    """Return how many boxes of some images are written, are not chosen or are ignored, by IoU.

    Parameters
    ----------
    tallies : sequence of Tally, n long
    image_quotas : int64 (n, 2)
        Their quotas, see :func:`estimated_quotas`.

    Returns
    -------
    int64 (BINS, 4)
        Written as positives, written as negatives, labelled but not chosen, ignored.
    """
    counts = np.zeros((BINS, 4), np.int64)
    for tallied, (positives, negatives) in zip(tallies, image_quotas.tolist(), strict=True):
        taken = tallied.positives[:positives], tallied.negatives[:negatives]
        written = np.stack([iou_histogram(iou) for iou in taken], axis=1)
        counts[:, :UNCHOSEN] += written
        counts[:, UNCHOSEN] += tallied.kinds[:, :2].sum(axis=1) - written.sum(axis=1)
        counts[:, LEFT_IGNORED] += tallied.kinds[:, 2]
    return counts
