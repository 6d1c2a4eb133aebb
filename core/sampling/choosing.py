"""Which of an image's candidates become crops."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.labelling import NEGATIVE, POSITIVE
from core.sampling import draws
from core.sampling.draws import For
from core.sampling.gathering import Candidates, Source
from core.sampling.reasons import Reason
from core.sampling.settings import Sampling

Rows = NDArray[np.int64]


class Offer(NamedTuple):
    """Candidates of an image within its own caps, those to be taken first in front.

    Whoever takes fewer takes the heads, so a smaller quota gives a part of what a larger one gives.

    Attributes
    ----------
    positives, negatives : int64 (P,), (Q,)
        Rows of the candidates.
    reasons : int8 (N,)
        Of every candidate, the :class:`Reason` why it is not offered; ``WRITTEN`` where it is.
    """

    positives: Rows
    negatives: Rows
    reasons: NDArray[np.int8]

    @property
    def counts(self) -> tuple[int, int]:
        """How many positives and negatives the image could give."""
        return len(self.positives), len(self.negatives)

    def rows(self, quota: tuple[int, int] | None = None) -> Rows:
        """Return the rows that become crops, ascending.

        Parameters
        ----------
        quota : (positives, negatives) or None
            The image's share, see :func:`core.sampling.quotas`; None takes the whole offer.
        """
        positives, negatives = quota or self.counts
        return np.sort(np.concatenate([self.positives[:positives], self.negatives[:negatives]]))


def offer(found: Candidates, sampling: Sampling, image_id: int) -> Offer:
    """Order an image's candidates and cap them, as far as that is settled without the other images.

    Parameters
    ----------
    found : Candidates
    sampling : Sampling
    image_id : int
        Random choices depend on it, on the seed and on ranks, and on nothing else.
    """
    reasons = np.full(len(found), Reason.WRITTEN, np.int8)

    def head(rows: Rows, most: int | None, reason: Reason) -> Rows:
        if most is not None:
            reasons[rows[most:]] = reason
        return rows[:most]

    positives = head(
        _positives(found, sampling, image_id), sampling.max_positives or None, Reason.IMAGE_POSITIVES
    )
    negatives = _negatives(found, sampling, image_id)
    if sampling.negatives == "bins":
        negatives, left = _dealt(found, negatives, sampling)
        reasons[left] = Reason.BIN
    negatives = head(negatives, sampling.max_negatives or None, Reason.IMAGE_NEGATIVES)
    if sampling.ratio and sampling.ratio_over == "image":
        allowed = int(sampling.negatives_beside(np.array(len(positives))))
        negatives = head(negatives, allowed, Reason.RATIO)
    return Offer(positives, negatives, reasons)


def chosen(found: Candidates, sampling: Sampling, image_id: int) -> Candidates:
    """Take what becomes crops where no cap reaches over the whole set; see :func:`offer`."""
    return found.take(offer(found, sampling, image_id).rows())


def _positives(found: Candidates, sampling: Sampling, image_id: int) -> Rows:
    rows = np.flatnonzero(found.labels.kind == POSITIVE)
    if not (sampling.max_positives or sampling.set_positives):
        return rows
    drawn = draws.uniform(draws.key(sampling.seed, For.POSITIVES, image_id), found.rank[rows])
    return rows[np.lexsort((drawn, found.source[rows] != Source.TRUTH))]


def _negatives(found: Candidates, sampling: Sampling, image_id: int) -> Rows:
    rows = np.flatnonzero(found.labels.kind == NEGATIVE)
    if sampling.negatives == "rank":
        return rows
    if sampling.negatives == "hardest":
        return rows[np.argsort(-found.labels.iou[rows], kind="stable")]
    drawn = draws.uniform(draws.key(sampling.seed, For.NEGATIVES, image_id), found.rank[rows])
    return rows[np.argsort(drawn, kind="stable")]


def _dealt(found: Candidates, rows: Rows, sampling: Sampling) -> tuple[Rows, Rows]:
    """Deal rows bin by bin, the first of every bin, then the second; each time the highest IoU in front.

    Returns the rows within `per_bin`, in the order in which they are dealt, and those beyond it.
    """
    edges = (np.arange(1, sampling.bins) / sampling.bins).astype(np.float32)
    bins = np.searchsorted(edges, found.labels.iou[rows], side="right")
    order = np.argsort(bins, kind="stable")
    turn = np.empty(len(rows), np.int64)
    turn[order] = np.arange(len(rows)) - np.searchsorted(bins[order], bins[order])
    dealt = np.lexsort((-bins, turn))
    within = turn[dealt] < sampling.per_bin
    return rows[dealt[within]], rows[dealt[~within]]
