"""Batches by class: positives are so rare that a network trained on all crops learns to answer negative."""

import math
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.errors import BoxscopeError
from core.labelling import NEGATIVE, POSITIVE


class ClassBatches:
    """Batches with fixed numbers of crops of each class; the `batch_sampler` of a DataLoader.

    The crops of a class come in shuffled order, shuffled again after the last, so none is repeated before
    all of its class were used. The order depends on seed and epoch alone.

    Parameters
    ----------
    labels : int64 (N,), array or tensor
        Class of each crop, 0 the background, see :attr:`core.training.ProposalDataset.labels`.
    positives, negatives : int
        Of each batch: 32 and 96 are R-CNN's (Girshick et al. 2014, 2.3). Every class but 0 is positive, in
        the mixture that the crops have.
    batches : int or None
        Of an epoch; None takes as many as show every crop at least once.
    seed : int
    counts : mapping of int to int, or None
        Crops of each batch by class, in place of `positives` and `negatives`; a class that it does not name
        is in no batch.

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
        counts: Mapping[int, int] | None = None,
    ) -> None:
        values, what = np.asarray(labels), "positives, negatives"
        if counts is None:
            values = np.minimum(values, POSITIVE)
            numbers = {"positives": positives, "negatives": negatives}
            self.counts = {POSITIVE: positives, NEGATIVE: negatives}
            names = {POSITIVE: "positive", NEGATIVE: "negative"}
        else:
            what, self.counts = "counts", dict(counts)
            names = {number: f"class {number}" for number in counts}
            numbers = {f"counts of {names[number]}": count for number, count in counts.items()}
        _check(numbers | {"batches": batches or 0})
        if not sum(self.counts.values()):
            raise BoxscopeError(
                f"got 0 of {'both' if counts is None else 'all'}, expected crops in a batch", what
            )
        self.indices = {number: np.flatnonzero(values == number) for number in self.counts}
        for number, count in self.counts.items():
            if count and not len(self.indices[number]):
                raise BoxscopeError("the export has none", f"batches of {count} {names[number]} crops")
        self.seed = seed
        self.epoch = 0
        needed = [math.ceil(len(self.indices[number]) / n) for number, n in self.counts.items() if n]
        self.batches = max(needed, default=0) if batches is None else batches

    @classmethod
    def balanced(
        cls, labels: ArrayLike, size: int = 128, batches: int | None = None, seed: int = 0
    ) -> "ClassBatches":
        """Return batches with as many crops of every class that has any.

        Where `size` is no multiple of the number of classes, the first ones, from the background on, have one
        crop more. Of negatives and positives alone there must be both.
        """
        present = np.unique(np.asarray(labels)).tolist()
        if max(present, default=0) <= POSITIVE:
            return cls(labels, size // 2, size - size // 2, batches, seed)
        share, rest = divmod(size, len(present))
        counts = {number: share + (position < rest) for position, number in enumerate(present)}
        return cls(labels, batches=batches, seed=seed, counts=counts)

    def set_epoch(self, epoch: int) -> None:
        """Set the order of the next epoch; to be called before each."""
        self.epoch = epoch

    def __len__(self) -> int:
        """Return the number of batches of an epoch."""
        return self.batches

    def __iter__(self) -> Iterator[list[int]]:
        """Yield the indices of the crops of each batch, all classes mixed."""
        rng = np.random.default_rng((self.seed, self.epoch))
        streams = {label: _shuffled_forever(indices, rng) for label, indices in self.indices.items()}
        for _ in range(self.batches):
            batch = [next(streams[label]) for label, count in self.counts.items() for _ in range(count)]
            rng.shuffle(batch)
            yield batch


def _check(numbers: Mapping[str, int]) -> None:
    for name, number in numbers.items():
        if number < 0:
            raise BoxscopeError(f"got {number}, expected at least 0", name)


def _shuffled_forever(indices: NDArray[np.int64], rng: np.random.Generator) -> Iterator[int]:
    while True:
        yield from rng.permutation(indices).tolist()
