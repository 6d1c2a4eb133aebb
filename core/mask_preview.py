"""One picture of a folder of masks shown through the stages to its objects, and what some of them give."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from core import boxes as bx
from core.datasets.mask_folders.meaning import Meaning
from core.datasets.mask_folders.objects import Objects
from core.datasets.mask_folders.pairing import Pair
from core.datasets.mask_folders.reading import MaskReading, read_pair
from core.datasets.mask_folders.settings import ALPHA, MaskSettings
from core.errors import BoxscopeError
from core.images import Image, read, shrink
from core.images.stored import Stored, read_stored
from core.proposers.stages import Stage, palette

# Colours of the closed gaps, of objects that are too small, and of boxes.
_GAP, _SMALL, _BOX = (255, 150, 0), (110, 110, 110), (255, 255, 255)
# How much of the picture shows behind its objects.
_BEHIND = 0.45
# Pixels of the pictures of a sample: 24 of 448 x 448, which take 50 ms.
_PIXELS = 24 * 448 * 448


class Preview(NamedTuple):
    """A picture through the stages.

    Attributes
    ----------
    stages : list of Stage
        Picture, mask as stored, foreground, closed, pieces, objects; the last with the boxes.
    objects : int
    areas : list of int
        Pixels of each object, the largest first.
    small : int
        Objects left out as too small.
    """

    stages: list[Stage]
    objects: int
    areas: list[int]
    small: int


class Sampled(NamedTuple):
    """What some pictures of a folder give.

    Attributes
    ----------
    pictures, empty : int
        Those that were read, and those of them without objects.
    objects : list of int
        Of each picture.
    areas : list of int
        Pixels of each object, ascending.
    small : int
        Objects left out as too small.
    failed : list of str
        Why pictures cannot be used, a line each.
    """

    pictures: int
    empty: int
    objects: list[int]
    areas: list[int]
    small: int
    failed: list[str]

    def text(self) -> str:
        """Return it as one line."""
        if not self.pictures:
            return "none of the pictures looked at can be used"
        mean = sum(self.objects) / self.pictures
        parts = [
            f"{mean:.1f} objects a picture, at most {max(self.objects)}",
            f"{self.empty} without objects",
        ]
        if self.areas:
            middle = self.areas[len(self.areas) // 2]
            parts.append(f"objects of {self.areas[0]:,} to {self.areas[-1]:,} px², median {middle:,}")
        parts += [f"{self.small} left out as too small"] if self.small else []
        parts += [f"{len(self.failed)} cannot be used"] if self.failed else []
        return "; ".join(parts)


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
    boxes = np.concatenate([bx.as_boxes([]), *(bx.as_boxes(one.boxes) for _, one in found.layers)])
    stages = [
        Stage("Picture", shrink(picture, side)),
        Stage("Mask as stored", shrink(as_picture(mask, meaning), side)),
        Stage("Foreground", shrink(_by_class(found, [one.mask for _, one in found.layers]), side)),
        Stage("Closed", shrink(_closed(found), side)),
        Stage("Pieces", shrink(_labelled(found, [one.pieces * one.mask for _, one in found.layers]), side)),
        Stage("Objects", shrink(_objects(picture, found), side), boxes),
    ]
    areas = sorted((int(area) for _, one in found.layers for area in one.areas), reverse=True)
    return Preview(stages, len(boxes), areas, sum(one.small for _, one in found.layers))


def sampled(
    root: Path, pairs: Sequence[Pair], settings: MaskSettings, meaning: Meaning, pixels: int = _PIXELS
) -> Sampled:
    """Return what some pictures give.

    Parameters
    ----------
    root, settings, meaning
        See :func:`preview`.
    pairs : sequence of Pair
    pixels : int
        The first of them are read that have so many pixels together, one at least.
    """
    objects, areas, failed, small = [], [], [], 0
    for pair in pairs:
        try:
            found = read_pair(root, pair, settings, meaning)
        except BoxscopeError as error:
            failed.append(f"{pair.image}: {error.without(pair.image)}")
            continue
        objects.append(sum(len(one.numbers) for _, one in found.layers))
        areas += [int(area) for _, one in found.layers for area in one.areas]
        small += sum(one.small for _, one in found.layers)
        pixels -= found.size[0] * found.size[1]
        if pixels <= 0:
            break
    return Sampled(len(objects), objects.count(0), objects, sorted(areas), small, failed)


def as_picture(mask: Stored, meaning: Meaning) -> Image:
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
