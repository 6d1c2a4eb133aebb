"""Totals of a set estimated from a random sample of its images, with 95 % confidence intervals.

Student's t on the logarithm of the total, with the finite population correction: a sample of 59 images says
more of a set of 118 than of a set of a million. The logarithm is there because counts are skewed: where half
the images give nothing, some others give much. With samples of 10 to 59 images of two real sets, with two
proposers each, drawn 2,000 times, the interval held the true total in 89 to 98 % of the draws; without the
logarithm in 85 to 100 %, by a bootstrap in 81 to 100 %.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Quantile of the normal distribution for a two-sided 95 % interval.
_Z = 1.959964

# Rule of three: where all n images of a sample are alike, at most 3 / n of the others differ, with 95 %
# confidence.
_RULE_OF_THREE = 3.0

# From a high end of 20 times the value on, the interval has none: such a bound says nothing.
_LOG_MOST = np.log(20)


class Span(NamedTuple):
    """A number with the ends of its interval; both equal the number where it is exact."""

    value: float
    low: float
    high: float

    def __add__(self, other: "Span") -> "Span":  # type: ignore[override]
        """Return the sum of the numbers and of the ends: as wide as if both erred in the same direction."""
        return Span(*(one + two for one, two in zip(self, other, strict=True)))

    def times(self, factor: float) -> "Span":
        """Return the span with all three multiplied by a factor."""
        return Span(*(end * factor for end in self))

    def capped_by(self, other: "Span") -> "Span":
        """Return the span with each of the three at most that of another span."""
        return Span(*(min(one, two) for one, two in zip(self, other, strict=True)))

    def capped(self, cap: float) -> "Span":
        """Return the span with all three at most `cap`; 0 is no cap."""
        return self.capped_by(Span(cap, cap, cap)) if cap else self


def exact(value: float) -> Span:
    """Return the span of a number that is known exactly."""
    return Span(value, value, value)


def scale_up(values: ArrayLike, total: int) -> Span:
    """Return the sum over all images of a set, estimated from a sample of them.

    Parameters
    ----------
    values : (n,)
        One for each image of the sample.
    total : int
        Number of images of the set.

    Returns
    -------
    Span
        The low end is no lower than the sum over the sample. The high end is infinite for a sample of one
        image, and where it would exceed 20 times the number.
    """
    sample = np.asarray(values, np.float64)
    n, rest = len(sample), total - len(sample)
    if n == 0:
        return exact(0.0) if total == 0 else Span(0.0, 0.0, np.inf)
    value = float(sample.mean() * total)
    if rest == 0:
        return exact(float(sample.sum()))
    if n == 1:
        return Span(value, float(sample.sum()), np.inf)
    deviation = float(sample.std(ddof=1))
    if not deviation:
        others = min(1.0, _RULE_OF_THREE / n) * rest * max(1.0, float(sample.mean()))
        return Span(value, max(value - others, float(sample.sum())), value + others)
    error = t_quantile(n - 1) * deviation * np.sqrt((1 - n / total) / n) / float(sample.mean())
    high = value * np.exp(error) if error <= _LOG_MOST else np.inf
    return Span(value, max(value * np.exp(-error), float(sample.sum())), float(high))


def ratio(parts: list[NDArray[np.float64]], sizes: NDArray[np.int64], total: int) -> Span:
    """Return the bytes of one crop, estimated from some crops of some images.

    Parameters
    ----------
    parts : list of float64 (K,)
        For each image of the sample, the bytes of each crop that was cut; at least one.
    sizes : int64 (n,)
        How many crops each of these images gives.
    total : int
        Estimated number of images of the set that give crops.

    Returns
    -------
    Span
        Of the sum over images divided by the number of their crops: Cochran's ratio estimator for two-stage
        sampling, of images and of their crops (Cochran, Sampling Techniques, 1977).
    """
    crops = float(sizes.sum())
    sums = sizes * np.array([part.mean() for part in parts])
    value = float(sums.sum()) / crops
    n, unsampled = len(parts), max(0.0, 1 - len(parts) / max(total, 1))
    within = sum(
        size**2 * (1 - len(part) / size) * part.var(ddof=1) / len(part)
        for part, size in zip(parts, sizes.tolist(), strict=True)
        if 1 < len(part) < size
    )
    if n == 1 and unsampled:
        return Span(value, 0.0, np.inf)
    between = n * float((sums - value * sizes).var(ddof=1)) if n > 1 else 0.0
    variance = unsampled * between + (1 - unsampled) * within
    margin = t_quantile(max(n - 1, 1)) * np.sqrt(variance) / crops
    return Span(value, max(value - margin, 0.0), value + margin)


def t_quantile(degrees: int) -> float:
    """Return the 97.5 % quantile of Student's t distribution, by the Cornish-Fisher expansion.

    Its error is below 1 % from 2 degrees of freedom on; for 1 it is 11 % too low.
    """
    z = _Z
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return sum(term / degrees**power for power, term in enumerate(terms))
