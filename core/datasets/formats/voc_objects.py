"""The objects of a Pascal VOC file in pixels, with a note on each that is odd or left out."""

from collections.abc import Iterator
from typing import NamedTuple

from core.datasets.formats.base import Object
from core.datasets.formats.voc_xml import VocFile, VocObject
from core.datasets.problems import Problem


class VocObjects(NamedTuple):
    """The objects of a picture, the notes on them, and how many boxes begin at 0, where none should."""

    objects: tuple[Object, ...]
    notes: list[Problem]
    at_zero: int

    @property
    def lost(self) -> int:
        """Number of objects that are left out though they show something."""
        return sum(note.lost for note in self.notes)


def objects_of(item: str, content: VocFile, first_pixel: int) -> VocObjects:
    """Return the objects of a file.

    Parameters
    ----------
    item : str
        The picture, for notes.
    content : VocFile
    first_pixel : int
        What xmin is of a box at the left border.
    """
    objects, notes = [], []
    at_zero = 0
    for n, one in enumerate(content.objects, start=1):
        odd = [
            Problem(kind, item, f"object {n} {text}", lost, "object") for kind, text, lost in _oddities(one)
        ]
        notes += odd
        if not (one.fault or one.is_background):
            objects.append(_object(one, first_pixel))
            at_zero += min(one.corners) <= 0
    return VocObjects(tuple(objects), notes, at_zero)


def _oddities(one: VocObject) -> Iterator[tuple[str, str, bool]]:
    """Yield the kind and text of what is odd about an object, and whether it is lost."""
    if one.parts:
        yield "part", f"has {one.parts} <part> with boxes of their own, left out", False
    if one.fault:
        yield "broken-object", f"{one.fault}, left out", True
        return
    if one.is_background:
        yield "background", "is declared background, no object: left out", False
        return
    x0, y0, x1, y1 = one.corners
    if x0 > x1 or y0 > y1:
        spelled = " ".join(f"{number:g}" for number in one.corners)
        yield "exchanged-corners", f"ends before it begins ({spelled}): its corners are exchanged", False
    if one.difficult:
        yield "difficult", "is difficult: a crowd region, neither positive nor negative nor missed", False


def _object(one: VocObject, first: int) -> Object:
    x0, y0, x1, y1 = one.corners
    x0, y0, x1, y1 = min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
    # A box that begins at 0 begins at the border, where one that begins at 1 does.
    box = (max(x0 - first, min(x0, 0)), max(y0 - first, min(y0, 0)), x1, y1)
    more = {"difficult": 1} if one.difficult else {}
    return Object(one.name, box, crowd=one.difficult, more=more)
