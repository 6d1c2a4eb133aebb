"""The perceptron of :mod:`core.proposers.fitted`, fitted to candidates and what each is worth."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from core.proposers.fitted.perceptron import LIMIT, Perceptron

Array = NDArray[np.float32]

_HIDDEN = (64, 32)
_DROPOUT = 0.1
_RATE, _DECAY = 2e-3, 1e-3

# On the folds of the training splits of CrackForest and CrackSeg batches of 512 and more steps differ in
# nothing from these, nor do a wider network and averaged weights.
_BATCH, _EPOCHS, _LEAST_STEPS, _MOST_EPOCHS, _MOST_STEPS = 1024, 12, 1000, 60, 4000


def worth(iou: Array) -> Array:
    """Return what candidates are worth by their IoU with the best object, 0 to 1: float32 (N,)."""
    return (0.9 * np.clip(2 * (iou - 0.45), 0, 1) + 0.1 * iou).astype(np.float32)


def fitted(features: Array, targets: Array, seed: int) -> Perceptron:
    """Return a perceptron fitted to features, float32 (N, F), and targets in 0-1, float32 (N,).

    The same input and seed give the same weights to the last bit: it runs on one thread.
    """
    mean, spread = features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64)
    mean, spread = mean.astype(np.float32), np.where(spread > 1e-6, spread, 1).astype(np.float32)
    with _one_thread(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        inputs = torch.from_numpy((features - mean) / spread).clamp_(-LIMIT, LIMIT)
        network = _network(features.shape[1])
        _train(network, inputs, torch.from_numpy(targets), seed)
    first, second, third = (layer for layer in network if isinstance(layer, nn.Linear))
    return Perceptron(
        mean, spread, *_weights(first), *_weights(second), _weights(third)[0][:, 0].copy(), _weights(third)[1]
    )


def _network(inputs: int) -> nn.Sequential:
    first, second = _HIDDEN
    return nn.Sequential(
        *(nn.Linear(inputs, first), nn.ReLU(), nn.Dropout(_DROPOUT)),
        *(nn.Linear(first, second), nn.ReLU(), nn.Dropout(_DROPOUT)),
        nn.Linear(second, 1),
    )


def _train(network: nn.Sequential, inputs: torch.Tensor, targets: torch.Tensor, seed: int) -> None:
    steps, loss = _steps(len(inputs)), nn.BCEWithLogitsLoss()
    optimiser = torch.optim.AdamW(network.parameters(), _RATE, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=steps)
    generator = torch.Generator().manual_seed(seed)
    for rows in _batches(len(inputs), steps, generator):
        optimiser.zero_grad(set_to_none=True)
        loss(network(inputs[rows])[:, 0], targets[rows]).backward()
        optimiser.step()
        schedule.step()


def _steps(count: int) -> int:
    each = -(-count // _BATCH)
    return min(max(_EPOCHS * each, _LEAST_STEPS), _MOST_EPOCHS * each, max(_MOST_STEPS, each))


def _batches(count: int, steps: int, generator: torch.Generator) -> Iterator[torch.Tensor]:
    """Yield rows of each batch: all once in every epoch, in another order each time."""
    while steps:
        for rows in torch.split(torch.randperm(count, generator=generator), _BATCH)[:steps]:
            yield rows
            steps -= 1


@contextmanager
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _weights(layer: nn.Linear) -> tuple[Array, Array]:
    weight, bias = (each.detach().numpy() for each in (layer.weight, layer.bias))
    return np.ascontiguousarray(weight.T), bias.copy()
