"""Intervals of figures over the images of a data set, by resampling images.

Images are drawn with replacement, as many as there are, and the figure is computed again: the percentile
interval (Efron, Tibshirani: An Introduction to the Bootstrap, 1993, chapter 13). Objects of one image are not
drawn apart: they share its light, its camera and its annotator.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1000
LEVEL = 0.95

# Weights that are kept at most, each of 4 bytes: those of 1,000 resamples of 10,000 images.
_MAX_WEIGHTS = 10_000_000


class Interval(NamedTuple):
    """A figure and its 95 % interval; NaN, all three, where there is nothing to measure."""

    value: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether a difference can be told from chance: 0 lies outside the interval."""
        return self.low > 0 or self.high < 0


class Share(NamedTuple):
    """A figure that is a sum over images divided by another: recall is objects found by objects.

    Attributes
    ----------
    parts, wholes : float64 (I,)
    """

    parts: NDArray[np.float64]
    wholes: NDArray[np.float64]

    @property
    def value(self) -> float:
        """The figure over all images; NaN where the wholes add up to 0."""
        whole = self.wholes.sum()
        return float(self.parts.sum() / whole) if whole else float("nan")

    def resampled(self) -> NDArray[np.float64]:
        """Return the figure of each resample: float64 (R,)."""
        drawn = weights(len(self.parts))
        parts, wholes = drawn @ self.parts.astype(np.float32), drawn @ self.wholes.astype(np.float32)
        return np.divide(parts, wholes, out=np.full(len(parts), np.nan), where=wholes > 0, dtype=np.float64)


def interval(shares: list[Share]) -> Interval:
    """Return the mean of shares over the same images, mostly of one, with its interval.

    Parameters
    ----------
    shares : list of Share
        Several for a mean over classes.
    """
    return _interval(_mean([s.value for s in shares]), _mean([s.resampled() for s in shares]))


def difference(shares: list[Share], others: list[Share]) -> Interval:
    """Return how much larger a figure is than that of another setup on the same images, with its interval.

    Paired: each resample draws the same images for both, so that what makes an image hard for both cancels.
    """
    value = _mean([s.value for s in shares]) - _mean([s.value for s in others])
    return _interval(value, _mean([s.resampled() for s in shares]) - _mean([s.resampled() for s in others]))


def _mean(values: list) -> NDArray[np.float64]:  # type: ignore[type-arg]
    """Return the mean over the classes that a resample holds an object of."""
    stacked = np.array(values, np.float64)
    known = ~np.isnan(stacked)
    total = np.where(known, stacked, 0).sum(axis=0)
    count = known.sum(axis=0)
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)


def bounds(resampled: NDArray[np.float64]) -> list[float] | None:
    """Return the ends of the interval of a figure by its value in each resample; None where all are NaN."""
    known = resampled[~np.isnan(resampled)]
    tail = (1 - LEVEL) / 2
    return np.quantile(known, (tail, 1 - tail)).tolist() if len(known) else None


def _interval(value: NDArray[np.float64], resampled: NDArray[np.float64]) -> Interval:
    ends = bounds(resampled)
    if np.isnan(value) or ends is None:
        return Interval(float("nan"), float("nan"), float("nan"))
    return Interval(float(value), *ends)


@lru_cache(maxsize=4)
def weights(images: int) -> NDArray[np.float32]:
    """Return how often each image is drawn in each resample: float32 (R, I); the same at every call."""
    resamples = max(min(RESAMPLES, _MAX_WEIGHTS // max(images, 1)), 100)
    generator = np.random.default_rng(0)
    weights = np.empty((resamples, images), np.float32)
    for row in range(resamples):
        weights[row] = np.bincount(generator.integers(0, images, images), minlength=images)
    return weights
