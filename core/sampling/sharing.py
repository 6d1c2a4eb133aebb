"""Caps over the whole data set, shared among its images: quotas from offers."""

import numpy as np
from numpy.typing import NDArray

from core.sampling import draws
from core.sampling.draws import Purpose
from core.sampling.settings import Sampling

Counts = NDArray[np.int64]


def quotas(counts: Counts, image_ids: NDArray[np.int64], sampling: Sampling) -> Counts:
    """Return each image's share of the caps over the set.

    Positives first, then negatives, within their cap and the ratio to these. Both by :func:`apportion`.

    Parameters
    ----------
    counts : int64 (I, 2)
        Positives and negatives that each image offers, see :class:`core.sampling.Offer`.
    image_ids : int64 (I,)
        Ties are broken by a draw by id, so the order of the images does not matter.
    sampling : Sampling

    Returns
    -------
    int64 (I, 2)
        At most the counts. The sums are the caps, or the sums of the counts where these are less.
    """
    start = draws.key(sampling.seed, Purpose.QUOTAS)
    ties = draws.bits(start, image_ids)
    positives = apportion(counts[:, 0], sampling.set_positives or None, ties)
    negatives, most = counts[:, 1], sampling.set_negatives or None
    if sampling.ratio and sampling.ratio_over == "image":
        negatives = np.minimum(negatives, sampling.negatives_beside(positives))
    elif sampling.ratio:
        allowed = int(sampling.negatives_beside(positives.sum()))
        most = allowed if most is None else min(most, allowed)
    return np.stack([positives, apportion(negatives, most, ties)], axis=1)


def quota_bounds(counts: tuple[int, int], sampling: Sampling) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the bounds of an image's quota that hold before the other images are counted.

    Parameters
    ----------
    counts : (positives, negatives)
        Offered by the image.
    sampling : Sampling

    Returns
    -------
    least, most : (positives, negatives)
        :func:`quotas` of the image lies between them; both are `counts` where no cap applies to the set.
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


def apportion(counts: Counts, cap: int | None, ties: NDArray[np.uint64]) -> Counts:
    """Return shares of a cap in proportion to counts, by largest remainder (Hamilton's method).

    Each gets its exact share rounded down; what remains goes, one each, to the largest fractions.

    Parameters
    ----------
    counts : int64 (I,)
    cap : int or None
        None where there is none.
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
    # In integers: a cap of 10^9 times 10^9 boxes of an image is below 2^63.
    share, fraction = np.divmod(counts * np.int64(cap), np.int64(total))
    remaining = cap - int(share.sum())
    share[np.lexsort((ties, -fraction))[:remaining]] += 1
    return share
