"""Networks that look at crops: a small one for a few cores, and torchvision's by name."""

from itertools import pairwise

import torch
from torch import nn
from torchvision import models

from core.errors import BoxscopeError, quoted

SMALL = "small"
"""Name of :class:`SmallNetwork`."""

_WIDTHS = (24, 48, 96, 96)


class SmallNetwork(nn.Sequential):
    """Four convolutions that halve the sides, and one layer over all that is left, for crops of 32 pixels.

    The last layer knows where in the crop something is, which tells a box around an object from one around a
    part of it. On one core 240 us a crop to train and 80 us to use; with convolutions of step 1 and pooling
    between them it would be 3 times as much.

    Parameters
    ----------
    classes : int
    """

    def __init__(self, classes: int) -> None:
        layers: list[nn.Module] = []
        for before, width in pairwise((3, *_WIDTHS)):
            size = 5 if before == 3 else 3
            layers += [nn.Conv2d(before, width, size, stride=2, padding=size // 2, bias=False)]
            layers += [nn.BatchNorm2d(width), nn.ReLU()]
        layers += [
            nn.AdaptiveAvgPool2d(2),
            nn.Flatten(),
            nn.Dropout(0.2),
            nn.Linear(4 * _WIDTHS[-1], classes),
        ]
        super().__init__(*layers)
        self.to(memory_format=torch.channels_last)


def make_network(name: str, classes: int) -> nn.Module:
    """Return a network with random weights.

    Parameters
    ----------
    name : str
        ``small``, or a classifier of torchvision, as ``resnet18``.
    classes : int
        Number of its outputs.

    Raises
    ------
    BoxscopeError
        An unknown name.
    """
    if name == SMALL:
        return SmallNetwork(classes)
    if name not in models.list_models(module=models):
        raise BoxscopeError(
            f"got {quoted(name)}, expected {SMALL} or a classifier of torchvision, as resnet18", "network"
        )
    network: nn.Module = models.get_model(name, weights=None, num_classes=classes)
    return network
