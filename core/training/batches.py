"""Batches by class: positives are so rare that a network trained on all crops learns to answer negative."""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.errors import BoxscopeError
from core.labelling import NEGATIVE, POSITIVE


class ClassBatches:
    """Batches with fixed numbers of positives and negatives; the `batch_sampler` of a DataLoader.

    The crops of a class come in shuffled order, shuffled again after the last, so none is repeated before
    all of its class were used. The order depends on seed and epoch alone.

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
        A number is below 0, batches would be empty, or a class that a batch needs has no crop.
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
        self.counts = {POSITIVE: positives, NEGATIVE: negatives}
        self.indices = {label: np.flatnonzero(values == label) for label in self.counts}
        for label, count in self.counts.items():
            if count and not len(self.indices[label]):
                name = "positive" if label == POSITIVE else "negative"
                raise BoxscopeError("the export has none", f"batches of {count} {name} crops")
        self.seed = seed
        self.epoch = 0
        needed = [math.ceil(len(self.indices[label]) / n) for label, n in self.counts.items() if n]
        self.batches = max(needed, default=0) if batches is None else batches

    @classmethod
    def balanced(
        cls, labels: ArrayLike, size: int = 128, batches: int | None = None, seed: int = 0
    ) -> "ClassBatches":
        """Return batches with as many positives as negatives; one more negative where `size` is odd."""
        return cls(labels, size // 2, size - size // 2, batches, seed)

    def set_epoch(self, epoch: int) -> None:
        """Set the order of the next epoch; to be called before each."""
        self.epoch = epoch

    def __len__(self) -> int:
        """Return the number of batches of an epoch."""
        return self.batches

    def __iter__(self) -> Iterator[list[int]]:
        """Yield the indices of the crops of each batch, both classes mixed."""
        rng = np.random.default_rng((self.seed, self.epoch))
        streams = {label: _shuffled_forever(indices, rng) for label, indices in self.indices.items()}
        for _ in range(self.batches):
            batch = [next(streams[label]) for label, count in self.counts.items() for _ in range(count)]
            rng.shuffle(batch)
            yield batch


def _shuffled_forever(indices: NDArray[np.int64], rng: np.random.Generator) -> Iterator[int]:
    while True:
        yield from rng.permutation(indices).tolist()
