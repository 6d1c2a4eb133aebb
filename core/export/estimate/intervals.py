"""Totals of a whole set from some of its images, drawn by chance, and how sure they are.

Student's t on the logarithm of the total, with the correction for a finite set: of 118 images, 59 leave less
open than of a million. Counts are skewed: where half the images give nothing, some others give much. Drawing
10 to 59 of the images of two real sets, with two proposers each, 2,000 times, the interval held 89 to
98 % of the time; without the logarithm 85 to 100, by a bootstrap 81 to 100.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Of the normal distribution, for an interval that holds in 95 of 100 cases.
_Z = 1.959964

# Where n images are all alike, at most some 3 / n of the others are not, in 95 of 100 cases.
_RULE_OF_THREE = 3.0

_OPEN = np.log(20)


class Span(NamedTuple):
    """A number with the ends of its interval; both are the number itself where that is known."""

    value: float
    low: float
    high: float

    def __add__(self, other: "Span") -> "Span":  # type: ignore[override]
        """Add the numbers and the ends: as wide as if both erred in the same direction."""
        return Span(*(one + two for one, two in zip(self, other, strict=True)))

    def times(self, factor: float) -> "Span":
        """Multiply all three."""
        return Span(*(end * factor for end in self))

    def within(self, other: "Span") -> "Span":
        """Cap each of the three by that of another span."""
        return Span(*(min(one, two) for one, two in zip(self, other, strict=True)))

    def capped(self, cap: float) -> "Span":
        """Cap all three by one number; 0 is no cap."""
        return self.within(Span(cap, cap, cap)) if cap else self


def exact(value: float) -> Span:
    """Return the span of a number that is sure."""
    return Span(value, value, value)


def scale_up(values: ArrayLike, total: int) -> Span:
    """Scale the sum over some images up to the set.

    Parameters
    ----------
    values : (n,)
        Of each image of the sample.
    total : int
        Images of the set.

    Returns
    -------
    Span
        No lower than what was seen. The high end is infinite for a sample of one image, and where
        it would be more than 20 times the number: that is to know nothing.
    """
    seen = np.asarray(values, np.float64)
    n, rest = len(seen), total - len(seen)
    if n == 0:
        return exact(0.0) if total == 0 else Span(0.0, 0.0, np.inf)
    value = float(seen.mean() * total)
    if rest == 0:
        return exact(float(seen.sum()))
    if n == 1:
        return Span(value, float(seen.sum()), np.inf)
    spread = float(seen.std(ddof=1))
    if not spread:
        others = min(1.0, _RULE_OF_THREE / n) * rest * max(1.0, float(seen.mean()))
        return Span(value, max(value - others, float(seen.sum())), value + others)
    error = t_quantile(n - 1) * spread * np.sqrt((1 - n / total) / n) / float(seen.mean())
    high = value * np.exp(error) if error <= _OPEN else np.inf
    return Span(value, max(value * np.exp(-error), float(seen.sum())), float(high))


def ratio(parts: list[NDArray[np.float64]], sizes: NDArray[np.int64], total: int) -> Span:
    """Estimate what one crop weighs, from some crops of some images.

    Parameters
    ----------
    parts : list of float64 (K,)
        Of each image of the sample, what each of the crops that were cut weighs, bytes; at least one.
    sizes : int64 (n,)
        How many crops each of these images gives.
    total : int
        Images of the set that give crops, as far as is known.

    Returns
    -------
    Span
        Of the sum over images by the sum of their crops: Cochran's ratio estimator in two stages, images
        and crops of them.
    """
    crops = float(sizes.sum())
    sums = sizes * np.array([part.mean() for part in parts])
    value = float(sums.sum()) / crops
    n, open_images = len(parts), max(0.0, 1 - len(parts) / max(total, 1))
    inside = sum(
        size**2 * (1 - len(part) / size) * part.var(ddof=1) / len(part)
        for part, size in zip(parts, sizes.tolist(), strict=True)
        if 1 < len(part) < size
    )
    if n == 1 and open_images:
        return Span(value, 0.0, np.inf)
    between = n * float((sums - value * sizes).var(ddof=1)) if n > 1 else 0.0
    margin = t_quantile(max(n - 1, 1)) * np.sqrt(open_images * between + (1 - open_images) * inside) / crops
    return Span(value, max(value - margin, 0.0), value + margin)


def t_quantile(freedom: int) -> float:
    """Return how many standard errors a side of the interval is, by Cornish and Fisher's expansion.

    Within 1 % from 2 degrees of freedom on, 11 % too little for 1.
    """
    z = _Z
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return sum(term / freedom**power for power, term in enumerate(terms))
