"""The decision which boxes of an image an export writes, and why it does not write the others.

The export, its dry run and the page Explore all use it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core import wording
from core.labelling import KINDS, NEGATIVE, POSITIVE, LabelRule
from core.pipeline import Proposals
from core.sampling import Candidates, Reason, Sampling, exclusions, gather_boxes, offer, quota_bounds
from core.truth import Truth

Rows = NDArray[np.int64]
Quota = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Decision:
    """Which boxes of one image become crops; :func:`decide` makes it.

    Attributes
    ----------
    boxes : Candidates
        N of them: the proposals by rank, then objects and boxes near these where the sampling adds them.
    reasons : int8 (N,)
        A :class:`core.sampling.Reason` for each.
    positives, negatives : int64 (P,), (Q,)
        Rows of the boxes that the image offers within its own caps, in the order in which they are taken.
    proposals : int
        How many of the boxes are proposals.
    """

    boxes: Candidates
    reasons: NDArray[np.int8]
    positives: Rows
    negatives: Rows
    proposals: int

    @property
    def counts(self) -> Quota:
        """Number of positives and of negatives that the image offers."""
        return len(self.positives), len(self.negatives)

    @property
    def written(self) -> Rows:
        """Rows of the boxes that become crops, ascending: int64 (K,)."""
        return np.flatnonzero(self.reasons == Reason.WRITTEN)

    def reason(self, rank: int) -> Reason:
        """Return why the proposal of a rank is written or not."""
        return Reason(int(self.reasons[rank])) if rank < self.proposals else Reason.TOP

    def describe(self, rank: int, sampling: Sampling, doubt: str = "") -> str:
        """Return a sentence on why a proposal is not written, or may not be; empty where it is written.

        Parameters
        ----------
        rank : int
        sampling : Sampling
        doubt : str
            As given to :func:`decide`.
        """
        reason = self.reason(rank)
        if reason == Reason.DOUBT:
            return f"The export takes no negatives from this image: {doubt}."
        if reason == Reason.UNCOUNTED:
            return self._describe_uncounted(rank)
        percent = 100 * float(self.boxes.labels.inside[rank]) if rank < self.proposals else 0.0
        pixels = int(self.boxes.labels.mask[rank]) if rank < self.proposals else 0
        return _TEXTS[reason].format(
            sampling=sampling,
            proposals=self.proposals,
            percent=percent,
            pixels=wording.count(pixels, "mask pixel"),
            lie="lies" if pixels == 1 else "lie",
        )

    def _describe_uncounted(self, rank: int) -> str:
        """Return the sentence on a proposal for which the caps of the set decide, not yet counted."""
        kind = int(self.boxes.labels.kind[rank])
        rows = self.positives if kind == POSITIVE else self.negatives
        number = int(np.flatnonzero(rows == rank)[0]) + 1
        return (
            f"Number {number:,} of the {len(rows):,} {KINDS[kind]}s that this image offers. How many of them "
            "are taken is known once all images are counted, because of the limits over the whole "
            "set."
        )


_TEXTS = {
    Reason.WRITTEN: "",
    Reason.IGNORED: "Neither positive nor negative by the label rule.",
    Reason.CROWD: "Neither positive nor negative: it lies in a crowd region.",
    Reason.INSIDE: "Neither positive nor negative: {percent:.0f} % of it lies inside an object.",
    Reason.MASK: "Neither positive nor negative: {pixels} {lie} in it.",
    Reason.CLASS: "Its class is not certain: objects of two categories overlap it equally.",
    Reason.EMPTY_IMAGE: "The export leaves background images out.",
    Reason.TOP: "Not among the first {proposals:,} proposals.",
    Reason.RANK: "Not among the first {sampling.negatives_first:,} proposals, from which negatives are "
    "sampled.",
    Reason.SIDE: "Its shorter side is below {sampling.crop_min_side} px.",
    Reason.NEAR_ANOTHER: "Deduplicated: its IoU with a higher-ranked crop of its label is above "
    "{sampling.crop_nms:g}.",
    Reason.NO_SCORE: "Not sampled: negatives are taken by score, and it has none.",
    Reason.BIN: "Not sampled: “Max negatives per bin” is {sampling.per_bin:,}.",
    Reason.IMAGE_POSITIVES: "Not sampled: “Max positives per image” is {sampling.max_positives:,}.",
    Reason.IMAGE_NEGATIVES: "Not sampled: “Max negatives per image” is {sampling.max_negatives:,}.",
    Reason.RATIO: "Not sampled: “Negative : positive ratio” is {sampling.ratio:g} in each image.",
    Reason.SET_SHARE: "Not sampled: beyond the image's share of the limits over the whole set.",
}


def decide(
    proposals: Proposals,
    truth: Truth,
    rule: LabelRule,
    sampling: Sampling,
    image_id: int,
    size: tuple[int, int],
    *,
    doubt: str = "",
    quota: Quota | None = None,
) -> Decision:
    """Return the decision about every box of an image.

    Parameters
    ----------
    proposals : Proposals
        All that the export's setup gives for the image, labelled by `rule`.
    truth : Truth
    rule : LabelRule
    sampling : Sampling
    image_id : int
        Random choices depend on it and on the seed.
    size : (width, height)
        Of the image, pixels.
    doubt : str
        Why the truth may lack an object, so that no box is surely a negative, see
        :attr:`core.datasets.CocoDataset.doubts`; empty where it lacks none.
    quota : (positives, negatives) or None
        The image's share of the caps of the set, see :func:`core.sampling.quotas`. None where it is not
        known: the boxes that depend on it are then ``UNCOUNTED``.
    """
    boxes = gather_boxes(proposals, truth, rule, sampling, image_id, size)
    reasons = exclusions(boxes, truth, rule, sampling)
    if doubt:
        reasons[boxes.labels.kind == NEGATIVE] = Reason.DOUBT
    eligible = np.flatnonzero(reasons == Reason.WRITTEN)
    offered = offer(boxes.take(eligible), sampling, image_id)
    reasons[eligible] = offered.reasons
    orders = eligible[offered.positives], eligible[offered.negatives]
    least, most = quota_bounds(offered.counts, sampling) if quota is None else (quota, quota)
    for rows, certain, possible in zip(orders, least, most, strict=True):
        reasons[rows[certain:possible]] = Reason.UNCOUNTED
        reasons[rows[possible:]] = Reason.SET_SHARE
    return Decision(boxes, reasons, *orders, len(proposals.boxes))
