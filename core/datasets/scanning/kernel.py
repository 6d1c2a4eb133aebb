"""The walk over the annotations of a COCO file: each byte is looked at once, values are written into columns.

It knows plain JSON, and gives up where anything is unusual: a string with a backslash, a number that it
cannot round, a value of another type than the format demands. What it does read, it reads as a decoder does.
"""

from typing import Any

import numpy as np
from numba import cfunc, types

from core.datasets.scanning.ends import DOUBT, LAST, STOPPED
from core.datasets.scanning.numbers import MINUS, NOWHERE, ZERO, inlined, is_digit, number
from core.datasets.scanning.polygons import polygons
from core.datasets.scanning.runs import run_lengths
from core.datasets.scanning.values import (
    BEGIN,
    CLOSE,
    COLON,
    COMMA,
    END,
    NULL,
    OPEN,
    blank,
    is_word,
    skipped,
    string,
)

# The rows of the arrays that are filled.
_IMAGE, _ID, _CATEGORY = range(3)
_WITHOUT_ID, _EMPTY, _CROWD, _SEGMENTED = range(4)

_KEYS = (b"image_id", b"id", b"category_id", b"bbox", b"area", b"iscrowd", b"segmentation")
_LENGTHS = np.array([len(key) for key in _KEYS])
_TEXTS = np.array([list(key.ljust(12)) for key in _KEYS], np.uint8)
_BBOX, _AREA, _ISCROWD, _SEGMENTATION, _OTHER = range(3, 8)


def scan(text, start, stop, last, ids, boxes, areas, outlines, flags, sizes, later, found):  # type: ignore[no-untyped-def]
    """Fill in the columns of the annotations from a place on; all arrays are given by their addresses.

    Parameters
    ----------
    text : uint8 (N,)
    start : int
        Where an annotation begins.
    stop : int
        The first annotation that begins here or behind is left.
    last : int
        Where the last ``}`` of the text is.
    ids : int64 (A, 3)
        Of the image, of the annotation, of the category; A is enough for all.
    boxes : float64 (A, 4), areas : float64 (A,), outlines : float64 (A, 4)
    flags : uint8 (A, 4)
        Whether it has no id, an empty box, is a crowd region, has a segmentation.
    sizes : int64 (A, 2)
        Width and height of the picture that run lengths are for, 0 otherwise.
    later : int64 (A, 3)
        Filled with the segmentations that are neither polygons nor lists of run lengths: row, begin and end.
    found : int64 (4,)
        Filled with the number of annotations, that of segmentations in `later`, the first annotation that is
        left, or the bracket behind all, and ``STOPPED``, ``LAST`` or ``DOUBT``.
    """
    row, laters, at, state = 0, 0, start, STOPPED
    while state == STOPPED and at < stop:
        begin, end, at = _annotation(text, at, last, ids, boxes, areas, outlines, flags, sizes, row)
        if at == NOWHERE or at > last:
            state = DOUBT
        else:
            if begin:
                later[3 * laters], later[3 * laters + 1], later[3 * laters + 2] = row, begin, end
                laters += 1
            row += 1
            at = blank(text, at)
            if text[at] == COMMA:
                at = blank(text, at + 1)
            else:
                state = LAST if text[at] == CLOSE else DOUBT
    found[0], found[1], found[2], found[3] = row, laters, at, state


@inlined
def _annotation(text, at, last, ids, boxes, areas, outlines, flags, sizes, row):  # type: ignore[no-untyped-def]
    """Fill in the row of an annotation; return the span of a segmentation left for later, and its end."""
    if text[at] != BEGIN:
        return 0, 0, NOWHERE
    seen, begin, end = 0, 0, 0
    ids[3 * row + _IMAGE], ids[3 * row + _ID], ids[3 * row + _CATEGORY] = 0, 0, -1
    flags[4 * row + _WITHOUT_ID], flags[4 * row + _EMPTY] = True, False
    flags[4 * row + _CROWD], flags[4 * row + _SEGMENTED] = False, False
    areas[row], sizes[2 * row + 0], sizes[2 * row + 1] = np.nan, 0, 0
    for side in range(4):
        boxes[4 * row + side], outlines[4 * row + side] = np.nan, np.nan
    while text[at] != END:  # at a brace or a comma: a field follows
        key = blank(text, at + 1)
        behind = string(text, key, last)
        if behind == NOWHERE:
            return 0, 0, NOWHERE
        field = _field(text, key + 1, behind - key - 2)
        at = blank(text, behind)
        if text[at] != COLON:
            return 0, 0, NOWHERE
        at = blank(text, at + 1)
        if field == _OTHER:
            at = skipped(text, at, last)
        elif seen >> field & 1:
            return 0, 0, NOWHERE
        elif field <= _CATEGORY:
            at = _integer(text, at, ids, field, flags, row)
        elif field == _BBOX:
            at = _box(text, at, boxes, flags, row)
        elif field == _AREA:
            areas[row], at = number(text, at)
        elif field == _ISCROWD:
            flags[4 * row + _CROWD] = text[at] == ZERO + 1
            at = at + 1 if text[at] == ZERO or text[at] == ZERO + 1 else NOWHERE
        else:
            behind, flags[4 * row + _SEGMENTED] = polygons(text, at, outlines, row), True
            if behind == NOWHERE:
                behind = run_lengths(text, at, outlines, sizes, row)
            if behind == NOWHERE:
                begin, behind = at, skipped(text, at, last)
                end = behind
            at = behind
        seen |= 1 << field & 127
        if at == NOWHERE or at > last:
            return 0, 0, NOWHERE
        at = blank(text, at)
        if text[at] != COMMA and text[at] != END:
            return 0, 0, NOWHERE
    return begin, end, (at + 1 if seen & 1 else NOWHERE)


@inlined
def _field(text, start, length):  # type: ignore[no-untyped-def]
    """Return which of ``_KEYS`` a key is."""
    for key in range(len(_LENGTHS)):
        if _LENGTHS[key] == length:
            same = True
            for n in range(length):
                same &= text[start + n] == _TEXTS[key, n]
            if same:
                return key
    return _OTHER


@inlined
def _integer(text, at, ids, field, flags, row):  # type: ignore[no-untyped-def]
    """Fill in an id of at most 18 digits; null is none where an annotation needs no id."""
    if field == _ID and is_word(text, at, NULL):
        return at + 4
    negative = text[at] == MINUS
    at += negative
    first, value = at, 0
    while is_digit(text[at]):
        value = 10 * value + (text[at] - 48)
        at += 1
    if not 0 < at - first < 19 or (text[first] == ZERO and at > first + 1):
        return NOWHERE
    ids[3 * row + field] = -value if negative else value
    if field == _ID:
        flags[4 * row + _WITHOUT_ID] = False
    return at


@inlined
def _box(text, at, boxes, flags, row):  # type: ignore[no-untyped-def]
    """Fill in four numbers; other lists of numbers are no box."""
    if is_word(text, at, NULL):
        return at + 4
    if text[at] != OPEN:
        return NOWHERE
    at, count = blank(text, at + 1), 0
    if text[at] == CLOSE:
        flags[4 * row + _EMPTY] = True
        return at + 1
    while True:
        value, at = number(text, at)
        if at == NOWHERE:
            return NOWHERE
        if count < 4:
            boxes[4 * row + count] = value
        count += 1
        at = blank(text, at)
        if text[at] == CLOSE:
            break
        if text[at] != COMMA:
            return NOWHERE
        at = blank(text, at + 1)
    if count != 4:
        for side in range(4):
            boxes[4 * row + side] = np.nan
    return at + 1


def compiled() -> Any:
    """Return :func:`scan` as a function of addresses, compiled."""
    integers, numbers = types.CPointer(types.int64), types.CPointer(types.float64)
    text = flags = types.CPointer(types.uint8)
    arrays = (integers, numbers, numbers, numbers, flags, integers, integers, integers)
    signature = types.void(text, types.int64, types.int64, types.int64, *arrays)
    return cfunc(signature, error_model="numpy", forceinline=True)(scan)
