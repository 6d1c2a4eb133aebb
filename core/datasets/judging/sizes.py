"""Annotated sizes that are not those of the picture: exchanged, or of the same picture at another size."""

import math
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from core.boxes import Boxes
from core.images import Header

Size = tuple[int, int]

# The aspects of a picture and of its resized copy differ by rounding to pixels alone, and not by more.
_MOST = 0.03


class Relation(StrEnum):
    """How the annotated size and that of the picture are related."""

    EQUAL = "equal"
    MISSING = "missing"
    EXCHANGED = "exchanged"
    SCALED = "scaled"
    OTHER = "other"


class SizeMatch(NamedTuple):
    """The relation of an annotated size to a picture, and the size that would be right.

    Attributes
    ----------
    relation : Relation
    size : (width, height)
        Of the picture as it is read once the annotations say so.
    """

    relation: Relation
    size: Size


def match_size(annotated: Size | None, header: Header) -> SizeMatch:
    """Return how an annotated size is related to the picture with a header."""
    actual, stored = header.size(annotated), (header.width, header.height)
    if annotated is None:
        return SizeMatch(Relation.MISSING, actual)
    if annotated == actual:
        return SizeMatch(Relation.EQUAL, actual)
    if annotated == actual[::-1]:  # no EXIF orientation explains it: `header.size` would have applied that
        return SizeMatch(Relation.EXCHANGED, actual)
    for size in (actual, stored):
        if same_aspect(annotated, size):
            return SizeMatch(Relation.SCALED, size)
    return SizeMatch(Relation.OTHER, actual)


def same_aspect(first: Size, second: Size) -> bool:
    """Return whether one size is the other times a factor, each side rounded to pixels up or down."""
    aspects = abs(math.log(first[0] * second[1] / (first[1] * second[0])))
    return aspects < _MOST and (_is_scaled(first, second) or _is_scaled(second, first))


def _is_scaled(size: Size, by: Size) -> bool:
    """Return whether there is a factor by which both sides of a size are less than a pixel from another."""
    least = max((by[n] - 1) / size[n] for n in (0, 1))
    return least < min((by[n] + 1) / size[n] for n in (0, 1))


def fits(boxes: Boxes, size: Size) -> bool:
    """Return whether all boxes lie in a picture of a size, but for a pixel."""
    return bool((np.asarray(boxes)[:, 2:] <= np.add(size, 1)).all())


def describe_sizes(annotated: Size, header: Header, boxes: Boxes, name: str) -> str:
    """Return both sizes, and the command that mends the annotations where there is one.

    Parameters
    ----------
    annotated : (width, height)
    header : Header
        Of the picture.
    boxes : float32 (G, 4)
        The objects of the image.
    name : str
        Of the annotation file, for the command.
    """
    relation, size = match_size(annotated, header)
    text = f"is {_text(header.size(annotated))}, the annotations say {_text(annotated)}"
    command = f"`convert {name} OUT.json --sizes`"
    if relation == Relation.EXCHANGED and fits(boxes, size):
        return f"{text}: width and height are exchanged, {command} corrects them"
    if relation == Relation.EXCHANGED:
        return f"{text}: width and height are exchanged, but its boxes do not fit the picture"
    if relation == Relation.SCALED:
        factor = f"{size[0] / annotated[0]:.3g}"
        return f"{text}: the same aspect, {factor} times the size, {command} scales its boxes"
    return text


def _text(size: Size) -> str:
    return f"{size[0]}x{size[1]}"
