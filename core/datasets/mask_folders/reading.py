"""One picture and its mask read: the objects of the picture, as COCO annotations."""

from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from core.datasets.mask_folders.meaning import Layer, Meaning, layers
from core.datasets.mask_folders.objects import Mask, Objects, find_objects
from core.datasets.mask_folders.pairing import Pair
from core.datasets.mask_folders.settings import MaskSettings
from core.errors import BoxscopeError
from core.images import header
from core.images.stored import read_stored

# Shares of width and height by which shapes may differ for a mask to be scaled to its picture.
_SAME_SHAPE = 0.01


class MaskReading(NamedTuple):
    """A picture and the objects of its mask.

    Attributes
    ----------
    size : (width, height)
        Of the picture.
    layers : tuple of (str, Objects)
        The objects of each class, by its name.
    scaled : (width, height) or None
        Size of the mask, where it was scaled to the picture.
    """

    size: tuple[int, int]
    layers: tuple[tuple[str, Objects], ...]
    scaled: tuple[int, int] | None = None

    @property
    def share(self) -> float:
        """The share of the picture that is foreground of any class, 0 to 1."""
        pixels = self.size[0] * self.size[1]
        return sum(int(np.count_nonzero(objects.mask)) for _, objects in self.layers) / max(pixels, 1)


def read_pair(root: Path, pair: Pair, settings: MaskSettings, meaning: Meaning) -> MaskReading:
    """Return the objects of a picture by its mask; none where it has no mask.

    Raises
    ------
    BoxscopeError
        A file cannot be read, the mask has another size or does not fit its meaning; the item is the file.
    """
    image = root / pair.image
    if pair.mask is None:
        return MaskReading(header(image).size(None), ())
    stored = read_stored(root / pair.mask)
    size = header(image).size(stored.size)
    scaled = _scaled_from(stored.size, size, settings.resize, pair)
    try:
        found = layers(stored, meaning)
    except BoxscopeError as error:
        raise BoxscopeError(error.reason, pair.mask) from error
    if scaled is not None:
        found = [Layer(one.name, _scaled(one.mask, size)) for one in found]
    return MaskReading(size, tuple((one.name, find_objects(one.mask, settings)) for one in found), scaled)


def _scaled_from(
    mask: tuple[int, int], image: tuple[int, int], allowed: bool, pair: Pair
) -> tuple[int, int] | None:
    if mask == image:
        return None
    shown = f"mask {pair.mask} is {mask[0]}x{mask[1]}, the picture {image[0]}x{image[1]}"
    across, down = mask[0] / image[0], mask[1] / image[1]
    if abs(across / down - 1) > _SAME_SHAPE:
        raise BoxscopeError(f"{shown}, of another shape", pair.image)
    if not allowed:
        raise BoxscopeError(f"{shown}: resize=true scales the mask", pair.image)
    return mask


def _scaled(mask: Mask, size: tuple[int, int]) -> Mask:
    return np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST_EXACT), np.uint8)
