"""The perceptron of :mod:`core.proposers.fitted`, fitted to candidates and what each is worth."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from core.proposers.fitted.perceptron import LIMIT, Perceptron, moments

Array = NDArray[np.float32]

_HIDDEN = (64, 32)
_DROPOUT = 0.1
_RATE, _DECAY = 2e-3, 1e-3

# A step takes candidates of one image, at most so many.
_BATCH, _EPOCHS, _LEAST_STEPS, _MOST_EPOCHS, _MOST_STEPS = 1024, 12, 1000, 60, 4000

# Weight of the order within the image beside what each candidate is worth by itself: 1 loses .015 of AR@10 on
# CrackSeg. Candidates count by the square of their worth; by the worth itself AR@100 is .02 less on kangaroo.
_OF_ORDER, _POWER = 0.3, 2


def worth(iou: Array) -> Array:
    """Return what candidates are worth by their IoU with the best object, 0 to 1: float32 (N,)."""
    return (0.9 * np.clip(2 * (iou - 0.45), 0, 1) + 0.1 * iou).astype(np.float32)


def fitted(features: Sequence[Array], targets: Sequence[Array], seed: int) -> Perceptron:
    """Return a perceptron fitted to the candidates of images.

    The same input and seed give the same weights to the last bit: it runs on one thread.

    Parameters
    ----------
    features : sequence of float32 (N, F)
        Of each image.
    targets : sequence of float32 (N,)
        What its candidates are worth, 0 to 1.
    seed : int
    """
    with _one_thread(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = _network(features[0].shape[1])
        inputs = [_standardised(own) for own in features]
        _train(network, inputs, [torch.from_numpy(own) for own in targets], seed)
    first, second, third = (layer for layer in network if isinstance(layer, nn.Linear))
    return Perceptron(
        *_weights(first), *_weights(second), _weights(third)[0][:, 0].copy(), _weights(third)[1]
    )


def _standardised(features: Array) -> torch.Tensor:
    mean, spread = moments(features)
    return torch.from_numpy((features - mean) / spread).clamp_(-LIMIT, LIMIT)


def _network(inputs: int) -> nn.Sequential:
    first, second = _HIDDEN
    return nn.Sequential(
        *(nn.Linear(inputs, first), nn.ReLU(), nn.Dropout(_DROPOUT)),
        *(nn.Linear(first, second), nn.ReLU(), nn.Dropout(_DROPOUT)),
        nn.Linear(second, 1),
    )


def _train(
    network: nn.Sequential, inputs: list[torch.Tensor], targets: list[torch.Tensor], seed: int
) -> None:
    steps = _steps(len(inputs))
    optimiser = torch.optim.AdamW(network.parameters(), _RATE, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=steps)
    generator = torch.Generator().manual_seed(seed)
    for image in _images(len(inputs), steps, generator):
        rows = torch.randperm(len(inputs[image]), generator=generator)[:_BATCH]
        optimiser.zero_grad(set_to_none=True)
        loss = _loss(network(inputs[image][rows])[:, 0], targets[image][rows])
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()


def _loss(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return the binary cross entropy of each candidate, and the cross entropy of their order.

    The second compares shares of the worth with those of the softmax over the image: it is low where the best
    candidates lie above the others, whatever the image's own level.
    """
    shares = targets**_POWER
    shares = shares / shares.sum().clamp(min=0.05)  # less is an image without a box near an object
    order = -(shares * torch.log_softmax(outputs, 0)).sum()
    return nn.functional.binary_cross_entropy_with_logits(outputs, targets) + _OF_ORDER * order


def _steps(images: int) -> int:
    return min(max(_EPOCHS * images, _LEAST_STEPS), _MOST_EPOCHS * images, max(_MOST_STEPS, images))


def _images(count: int, steps: int, generator: torch.Generator) -> Iterator[int]:
    """Yield the image of each step: all once in every epoch, in another order each time."""
    while steps:
        for image in torch.randperm(count, generator=generator)[:steps].tolist():
            yield image
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
