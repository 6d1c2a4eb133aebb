"""The perceptron that scores candidates: its weights, and its run without torch."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from core.proposers.fitted import kernel

Array = NDArray[np.float32]

LIMIT = 6.0
"""Standardised features are cut to this and its negative."""


@dataclass(frozen=True, eq=False)
class Perceptron:
    """Two hidden layers of ReLU and one output, 0 to 1.

    Attributes
    ----------
    mean, spread : float32 (F,)
        Of the features that it was fitted to; the spread is positive.
    w1, b1, w2, b2, w3, b3 : float32
        Weights and biases: (F, H), (H,), (H, K), (K,), (K,), (1,).
    """

    mean: Array
    spread: Array
    w1: Array
    b1: Array
    w2: Array
    b2: Array
    w3: Array
    b3: Array

    def scores(self, features: Array) -> Array:
        """Return the output for each row of features: float32 (N,)."""
        arrays = [self.mean, self.spread, LIMIT, self.w1, self.b1, self.w2, self.b2, self.w3]
        return np.asarray(kernel.perceptron(features, *arrays, self.b3[0]))

    def arrays(self) -> dict[str, Array]:
        """Return the arrays by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}
