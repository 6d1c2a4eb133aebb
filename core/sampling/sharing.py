"""Caps over the whole set, shared among its images: from what each could give to what each gives."""

import numpy as np
from numpy.typing import NDArray

from core.sampling import draws
from core.sampling.draws import For
from core.sampling.settings import Sampling

Counts = NDArray[np.int64]


def quotas(counts: Counts, image_ids: NDArray[np.int64], sampling: Sampling) -> Counts:
    """Share the caps of the set.

    Positives first, then negatives within what is left of them by the ratio. Both by :func:`shared`.

    Parameters
    ----------
    counts : int64 (I, 2)
        Positives and negatives that each image offers, see :class:`core.sampling.Offer`.
    image_ids : int64 (I,)
        Ties are broken by a draw for each, so the order of the images does not matter.
    sampling : Sampling

    Returns
    -------
    int64 (I, 2)
        None above its count. The sums are the caps, or all there is where that is less.
    """
    start = draws.key(sampling.seed, For.QUOTAS)
    ties = draws.bits(start, image_ids)
    positives = shared(counts[:, 0], sampling.set_positives or None, ties)
    negatives, most = counts[:, 1], sampling.set_negatives or None
    if sampling.ratio and sampling.ratio_over == "image":
        negatives = np.minimum(negatives, sampling.negatives_beside(positives))
    elif sampling.ratio:
        allowed = int(sampling.negatives_beside(positives.sum()))
        most = allowed if most is None else min(most, allowed)
    return np.stack([positives, shared(negatives, most, ties)], axis=1)


def quota_bounds(counts: tuple[int, int], sampling: Sampling) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return what is sure of an image's quota before the other images are counted.

    Parameters
    ----------
    counts : (positives, negatives)
        That the image offers.
    sampling : Sampling

    Returns
    -------
    least, most : (positives, negatives)
        :func:`quotas` gives the image no less and no more; both are `counts` where no cap reaches over the
        set.
    """
    positives, negatives = counts
    most = (
        min(positives, sampling.set_positives or positives),
        min(negatives, sampling.set_negatives or negatives),
    )
    least_positives = 0 if sampling.set_positives else positives
    least_negatives = negatives
    if sampling.ratio and sampling.ratio_over == "image":
        least_negatives = min(negatives, int(sampling.negatives_beside(np.array(least_positives))))
    if sampling.set_negatives or (sampling.ratio and sampling.ratio_over == "set"):
        least_negatives = 0
    return (least_positives, least_negatives), most


def shared(counts: Counts, cap: int | None, ties: NDArray[np.uint64]) -> Counts:
    """Share a cap in proportion to counts, by largest remainder (Hamilton's method).

    Each gets its exact share rounded down; what is left goes, one each, to the largest fractions.

    Parameters
    ----------
    counts : int64 (I,)
    cap : int or None
        None for none.
    ties : uint64 (I,)
        Among equal fractions the lower of these comes first.

    Returns
    -------
    int64 (I,)
        Their sum is the cap, or that of the counts where that is less.
    """
    total = int(counts.sum())
    if cap is None or total <= cap:
        return counts
    # In whole numbers: 10^9 times the 10^9 boxes of the largest image is still within 64 bits.
    share, fraction = np.divmod(counts * np.int64(cap), np.int64(total))
    left = cap - int(share.sum())
    share[np.lexsort((ties, -fraction))[:left]] += 1
    return share
