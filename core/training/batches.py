"""Batches by class: few crops are positive, and a network that sees all learns to say no."""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.errors import BoxscopeError
from core.labelling import NEGATIVE, POSITIVE


class ClassBatches:
    """Batches with fixed numbers of positives and negatives; the `batch_sampler` of a DataLoader.

    Each class is dealt from a shuffled pile that is shuffled again when it is empty, so no crop comes
    again before all of its class came. The order depends on seed and epoch alone.

    Parameters
    ----------
    labels : int64 (N,), array or tensor
    positives, negatives : int
        Of each batch: 32 and 96 are R-CNN's (Girshick et al. 2014, 2.3).
    batches : int or None
        Of an epoch; None takes as many as show every crop at least once.
    seed : int

    Raises
    ------
    BoxscopeError
        A number below 0, batches of no crops, or a class that a batch needs has no crop.
    """

    def __init__(
        self,
        labels: ArrayLike,
        positives: int = 32,
        negatives: int = 96,
        batches: int | None = None,
        seed: int = 0,
    ) -> None:
        numbers = {"positives": positives, "negatives": negatives, "batches": batches or 0}
        for name, number in numbers.items():
            if number < 0:
                raise BoxscopeError(f"got {number}, expected at least 0", name)
        if not positives + negatives:
            raise BoxscopeError("got 0 of both, expected crops in a batch", "positives, negatives")
        values = np.asarray(labels)
        self.wanted = {POSITIVE: positives, NEGATIVE: negatives}
        self.piles = {label: np.flatnonzero(values == label) for label in self.wanted}
        for label, count in self.wanted.items():
            if count and not len(self.piles[label]):
                name = "positive" if label == POSITIVE else "negative"
                raise BoxscopeError("the export has none", f"batches of {count} {name} crops")
        self.seed = seed
        self.epoch = 0
        needed = [math.ceil(len(self.piles[label]) / n) for label, n in self.wanted.items() if n]
        self.batches = max(needed, default=0) if batches is None else batches

    @classmethod
    def balanced(
        cls, labels: ArrayLike, size: int = 128, batches: int | None = None, seed: int = 0
    ) -> "ClassBatches":
        """Make batches with as many positives as negatives; of an odd `size` one negative more."""
        return cls(labels, size // 2, size - size // 2, batches, seed)

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of an epoch; call it before each."""
        self.epoch = epoch

    def __len__(self) -> int:
        """Count the batches of an epoch."""
        return self.batches

    def __iter__(self) -> Iterator[list[int]]:
        """Give the places of the crops of each batch, mixed."""
        rng = np.random.default_rng((self.seed, self.epoch))
        dealt = {label: _endless(pile, rng) for label, pile in self.piles.items()}
        for _ in range(self.batches):
            batch = [next(dealt[label]) for label, count in self.wanted.items() for _ in range(count)]
            rng.shuffle(batch)
            yield batch


def _endless(pile: NDArray[np.int64], rng: np.random.Generator) -> Iterator[int]:
    while True:
        yield from rng.permutation(pile).tolist()
