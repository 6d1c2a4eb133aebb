"""Ordering and capping of an image's candidates: those that become crops."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.labelling import NEGATIVE, POSITIVE
from core.sampling import draws
from core.sampling.draws import Purpose
from core.sampling.gathering import Candidates, Source
from core.sampling.reasons import Reason
from core.sampling.settings import HARDEST, SCORE, Sampling

Rows = NDArray[np.int64]


class Offer(NamedTuple):
    """Candidates of an image within its own caps, those to be taken first in front.

    A quota takes the first rows, so the crops of a smaller quota are a subset of those of a larger one.

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
        """Numbers of positives and negatives that the image offers."""
        return len(self.positives), len(self.negatives)


def offer(candidates: Candidates, sampling: Sampling, image_id: int) -> Offer:
    """Return an image's candidates, ordered and capped as far as this does not depend on other images.

    Parameters
    ----------
    candidates : Candidates
    sampling : Sampling
    image_id : int
        Random choices depend on it, on the seed and on ranks, and on nothing else.
    """
    reasons = np.full(len(candidates), Reason.WRITTEN, np.int8)

    def head(rows: Rows, most: int | None, reason: Reason) -> Rows:
        if most is not None:
            reasons[rows[most:]] = reason
        return rows[:most]

    positives = head(
        _positives(candidates, sampling, image_id), sampling.max_positives or None, Reason.IMAGE_POSITIVES
    )
    negatives = _negatives(candidates, sampling, image_id)
    if sampling.negatives == "bins":
        negatives, beyond = _round_robin(candidates, negatives, sampling)
        reasons[beyond] = Reason.BIN
    negatives = head(negatives, sampling.max_negatives or None, Reason.IMAGE_NEGATIVES)
    if sampling.ratio and sampling.ratio_over == "image":
        allowed = int(sampling.negatives_beside(np.array(len(positives))))
        negatives = head(negatives, allowed, Reason.RATIO)
    return Offer(positives, negatives, reasons)


def _positives(candidates: Candidates, sampling: Sampling, image_id: int) -> Rows:
    rows = np.flatnonzero(candidates.labels.kind == POSITIVE)
    if not (sampling.max_positives or sampling.set_positives):
        return rows
    drawn = draws.uniform(draws.key(sampling.seed, Purpose.POSITIVES, image_id), candidates.rank[rows])
    return rows[np.lexsort((drawn, candidates.source[rows] != Source.TRUTH))]


def _negatives(candidates: Candidates, sampling: Sampling, image_id: int) -> Rows:
    rows = np.flatnonzero(candidates.labels.kind == NEGATIVE)
    if sampling.negatives == "rank":
        return rows
    if sampling.negatives == HARDEST:
        return rows[np.argsort(-candidates.labels.iou[rows], kind="stable")]
    if sampling.negatives == SCORE:
        return rows[np.argsort(-candidates.score[rows], kind="stable")]
    drawn = draws.uniform(draws.key(sampling.seed, Purpose.NEGATIVES, image_id), candidates.rank[rows])
    return rows[np.argsort(drawn, kind="stable")]


def _round_robin(candidates: Candidates, rows: Rows, sampling: Sampling) -> tuple[Rows, Rows]:
    """Return rows ordered round-robin over the bins of IoU: the first of each, highest bin first, and so on.

    Two arrays: the rows within `per_bin`, in this order, and those beyond it.
    """
    edges = (np.arange(1, sampling.bins) / sampling.bins).astype(np.float32)
    bins = np.searchsorted(edges, candidates.labels.iou[rows], side="right")
    order = np.argsort(bins, kind="stable")
    position = np.empty(len(rows), np.int64)
    position[order] = np.arange(len(rows)) - np.searchsorted(bins[order], bins[order])
    order = np.lexsort((-bins, position))
    within = position[order] < sampling.per_bin
    return rows[order[within]], rows[order[~within]]
