"""The perceptron that scores candidates: its weights, and its run without torch."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from core.proposers.fitted import kernel

Array = NDArray[np.float32]

LIMIT = 6.0
"""Standardised features are cut to this and its negative."""

# Deviations below this are rounding: the feature is the same for all candidates.
_LEAST_SPREAD = 1e-4


def moments(features: Array) -> tuple[Array, Array]:
    """Return mean and deviation of each feature over the candidates of one image, 1 for a deviation of none.

    A perceptron sees how a candidate differs from the others of its image: what sets one picture apart from
    another, such as its contrast, does not help to order the candidates of either.

    Parameters
    ----------
    features : float32 (N, F)
        N is 1 at least.

    Returns
    -------
    mean, spread : float32 (F,)
    """
    mean, spread = features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64)
    return mean.astype(np.float32), np.where(spread > _LEAST_SPREAD, spread, 1).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Perceptron:
    """Two hidden layers of ReLU and one output, 0 to 1.

    Attributes
    ----------
    w1, b1, w2, b2, w3, b3 : float32
        Weights and biases: (F, H), (H,), (H, K), (K,), (K,), (1,).
    """

    w1: Array
    b1: Array
    w2: Array
    b2: Array
    w3: Array
    b3: Array

    def scores(self, features: Array) -> Array:
        """Return the output for each candidate of an image: float32 (N,).

        Parameters
        ----------
        features : float32 (N, F)
            Of all its candidates, since they are standardised by their own mean and deviation.
        """
        arrays = [*moments(features), LIMIT, self.w1, self.b1, self.w2, self.b2, self.w3]
        return np.asarray(kernel.perceptron(features, *arrays, self.b3[0]))

    def arrays(self) -> dict[str, Array]:
        """Return the arrays by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}
