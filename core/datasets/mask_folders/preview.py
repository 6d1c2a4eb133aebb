"""A picture of a folder of masks shown through the stages to its objects."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from core.datasets.mask_folders.meaning import Meaning
from core.datasets.mask_folders.objects import Objects
from core.datasets.mask_folders.pairing import Pair
from core.datasets.mask_folders.reading import MaskReading, read_pair
from core.datasets.mask_folders.settings import ALPHA, MaskSettings
from core.images import Image, read, shrink
from core.images.region_colours import palette
from core.images.stored import Stored, read_stored

# Colours of the closed gaps, of objects that are too small, and of boxes.
_GAP, _SMALL, _BOX = (255, 150, 0), (110, 110, 110), (255, 255, 255)
# How much of the picture shows behind its objects.
_BEHIND = 0.45


class Preview(NamedTuple):
    """A picture through the stages.

    Attributes
    ----------
    stages : dict of str to uint8 (H, W) or (H, W, 3)
        Picture, mask as stored, foreground, closed, pieces, objects; the last with boxes around them.
    objects : int
    areas : list of int
        Pixels of each object, the largest first.
    small : int
        Objects left out as too small.
    """

    stages: dict[str, Image]
    objects: int
    areas: list[int]
    small: int


def preview(root: Path, pair: Pair, settings: MaskSettings, meaning: Meaning, side: int = 640) -> Preview:
    """Return a picture through the stages.

    Parameters
    ----------
    root : Path
        The folder below which the pair is.
    pair : Pair
    settings : MaskSettings
    meaning : Meaning
        What pixels mean, see :func:`core.datasets.mask_folders.meaning.decide`.
    side : int
        Longest side of the pictures that are returned, pixels.

    Raises
    ------
    BoxscopeError
        See :func:`core.datasets.mask_folders.reading.read_pair`.
    """
    found = read_pair(root, pair, settings, meaning)
    picture = read(root / pair.image, found.size)
    mask = read_stored(root / (pair.mask or pair.image))
    stages = {
        "Picture": picture,
        "Mask as stored": _as_picture(mask, meaning),
        "Foreground": _by_class(found, [one.mask for _, one in found.layers]),
        "Closed": _closed(found),
        "Pieces": _labelled(found, [one.pieces * one.mask for _, one in found.layers]),
        "Objects": _objects(picture, found),
    }
    areas = sorted((int(area) for _, one in found.layers for area in one.areas), reverse=True)
    return Preview(
        {name: shrink(stage, side) for name, stage in stages.items()},
        len(areas),
        areas,
        sum(one.small for _, one in found.layers),
    )


def _as_picture(mask: Stored, meaning: Meaning) -> Image:
    """Return the values of a mask as they look: its palette's colours, its alpha, or levels up to 255.

    Returns
    -------
    uint8 (H, W) or (H, W, 3)
    """
    if meaning.kind == ALPHA and mask.alpha is not None:
        return mask.alpha
    if mask.palette is not None and len(mask.palette):
        colours = np.zeros((256, 3), np.uint8)
        colours[: len(mask.palette)] = mask.palette
        return colours[mask.values]
    highest = max(int(mask.values.max()), 1) if mask.values.size else 1
    if mask.values.dtype == np.uint8 and highest > 64:
        return mask.values
    return (mask.values.astype(np.float32) * (255 / highest)).astype(np.uint8)


def _canvas(found: MaskReading) -> Image:
    width, height = found.size
    return np.zeros((height, width, 3), np.uint8)


def _by_class(found: MaskReading, masks: Sequence[NDArray[np.uint8]]) -> Image:
    """Return the foreground, white of one class and in a colour for each of several."""
    canvas, colours = _canvas(found), palette(len(masks))
    for number, mask in enumerate(masks):
        canvas[mask > 0] = 255 if len(masks) == 1 else colours[number]
    return canvas


def _closed(found: MaskReading) -> Image:
    canvas = _by_class(found, [one.mask for _, one in found.layers])
    for _, one in found.layers:
        canvas[(one.closed > 0) & (one.mask == 0)] = _GAP
    return canvas


def _labelled(found: MaskReading, labels: Sequence[NDArray[Any]]) -> Image:
    canvas = _canvas(found)
    for one in labels:
        colours = palette(int(one.max(initial=0)) + 1)
        inside = one > 0
        canvas[inside] = colours[one[inside]]
    return canvas


def _objects(picture: Image, found: MaskReading) -> Image:
    """Return the picture with its objects in colours, those that are too small in grey, and the boxes."""
    canvas = (picture * _BEHIND).astype(np.uint8)
    width = max(1, round(max(found.size) / 400))
    for _, one in found.layers:
        colours = _colours_of(one)
        inside = (one.labels > 0) & (one.mask > 0)
        canvas[inside] = colours[one.labels[inside]]
        for x0, y0, x1, y1 in one.boxes.tolist():
            cv2.rectangle(canvas, (x0, y0), (x1 - 1, y1 - 1), _BOX, width)
    return canvas


def _colours_of(objects: Objects) -> NDArray[np.uint8]:
    count = int(objects.labels.max(initial=0)) + 1
    colours = np.full((count, 3), _SMALL, np.uint8)
    colours[objects.numbers] = palette(count)[objects.numbers]
    return colours
