"""The walk over the annotations of a COCO file: each byte is looked at once, values are written into columns.

It knows plain JSON, and gives up where anything is unusual: a string with a backslash, a number that it
cannot round, a value of another type than the format demands. What it does read, it reads as a decoder does.
"""

import numpy as np
from numba import njit

from core.datasets.records import LARGEST_SIDE
from core.datasets.scanning.numbers import MINUS, NOWHERE, ZERO, is_digit, number
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

# How a walk ends: at its stop, at the bracket behind the last annotation, or before one that it cannot read.
STOPPED, LAST, DOUBT = 0, 1, 2

# The columns of the arrays that are filled.
IDS = ("image_id", "id", "category_id")
BOX, AREA, OUTLINE = slice(0, 4), 4, slice(5, 9)
FLAGS = ("without_id", "empty", "crowd", "unsegmented")

_KEYS = (b"image_id", b"id", b"category_id", b"bbox", b"area", b"iscrowd", b"segmentation")
_LENGTHS = np.array([len(key) for key in _KEYS])
_TEXTS = np.array([list(key.ljust(12)) for key in _KEYS], np.uint8)
_BBOX, _AREA, _CROWD, _SEGMENTATION, _OTHER = range(3, 8)


@njit(cache=True, nogil=True)
def scan(text, start, stop, last, ids, numbers, flags, sizes, later):  # type: ignore[no-untyped-def]
    """Fill in the columns of the annotations from a place on.

    Parameters
    ----------
    text : uint8 (N,)
    start : int
        Where an annotation begins.
    stop : int
        The first annotation that begins here or behind is left.
    last : int
        Where the last ``}`` of the text is.
    ids : int64 (A, 3), numbers : float64 (A, 9), flags : bool (A, 4)
        See ``IDS``, ``BOX``, ``AREA``, ``OUTLINE`` and ``FLAGS``; A is enough for all.
    sizes : int64 (A, 2)
        Width and height of the picture that run lengths are for, 0 otherwise.
    later : int64 (A, 3)
        Filled with the segmentations that are neither polygons nor lists of run lengths: row, begin and end.

    Returns
    -------
    rows, laters : int
        How many annotations there are, and how many of their segmentations are in `later`.
    at : int
        The first annotation that is left, or the bracket behind all.
    state : int
        ``STOPPED``, ``LAST`` or ``DOUBT``.
    """
    row, laters, at = 0, 0, start
    while at < stop:
        ids[row], numbers[row], flags[row], sizes[row] = 0, np.nan, False, 0
        begin, end, at = _annotation(text, at, last, ids[row], numbers[row], flags[row], sizes[row])
        if at == NOWHERE or at > last:
            return row, laters, at, DOUBT
        if begin:
            later[laters, 0], later[laters, 1], later[laters, 2] = row, begin, end
            laters += 1
        row += 1
        at = blank(text, at)
        if text[at] == CLOSE:
            return row, laters, at, LAST
        if text[at] != COMMA:
            return row, laters, at, DOUBT
        at = blank(text, at + 1)
    return row, laters, at, STOPPED


@njit(cache=True, nogil=True)
def _annotation(text, at, last, ids, numbers, flags, size):  # type: ignore[no-untyped-def]
    """Fill in the row of an annotation; return the span of a segmentation left for later, and its end."""
    if text[at] != BEGIN:
        return 0, 0, NOWHERE
    seen, begin, end = 0, 0, 0
    ids[2], flags[0], flags[3] = -1, True, True
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
        elif field < len(IDS):
            at = _integer(text, at, ids, field, flags)
        elif field == _BBOX:
            at = _box(text, at, numbers, flags)
        elif field == _AREA:
            numbers[AREA], at = number(text, at)
        elif field == _CROWD:
            flags[2] = text[at] == ZERO + 1
            at = at + 1 if flags[2] or text[at] == ZERO else NOWHERE
        else:
            behind, flags[3] = _polygons(text, at, numbers[OUTLINE]), False
            if behind == NOWHERE:
                behind = run_lengths(text, at, numbers[OUTLINE], size)
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


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def _integer(text, at, ids, field, flags):  # type: ignore[no-untyped-def]
    """Fill in an id of at most 18 digits; null is none where an annotation needs no id."""
    if field == 1 and is_word(text, at, NULL):
        return at + 4
    negative = text[at] == MINUS
    at += negative
    first, value = at, 0
    while is_digit(text[at]):
        value = 10 * value + (text[at] - 48)
        at += 1
    if not 0 < at - first < 19 or (text[first] == ZERO and at > first + 1):
        return NOWHERE
    ids[field] = -value if negative else value
    if field == 1:
        flags[0] = False
    return at


@njit(cache=True, nogil=True)
def _box(text, at, numbers, flags):  # type: ignore[no-untyped-def]
    """Fill in four numbers; other lists of numbers are no box."""
    if is_word(text, at, NULL):
        return at + 4
    if text[at] != OPEN:
        return NOWHERE
    at, count = blank(text, at + 1), 0
    if text[at] == CLOSE:
        flags[1] = True
        return at + 1
    while True:
        value, at = number(text, at)
        if at == NOWHERE:
            return NOWHERE
        if count < 4:
            numbers[count] = value
        count += 1
        at = blank(text, at)
        if text[at] == CLOSE:
            break
        if text[at] != COMMA:
            return NOWHERE
        at = blank(text, at + 1)
    if count != 4:
        numbers[BOX] = np.nan
    return at + 1


@njit(cache=True, nogil=True)
def _polygons(text, at, outline):  # type: ignore[no-untyped-def]
    """Fill in the box around polygons of three points or more; return ``NOWHERE`` where they are no such."""
    if text[at] != OPEN:
        return NOWHERE
    x0, y0, x1, y1 = np.inf, np.inf, -np.inf, -np.inf
    while text[at] != CLOSE:  # at the bracket of all, or a comma: a polygon follows
        at, count = blank(text, at + 1), 0
        if text[at] != OPEN:
            return NOWHERE
        while text[at] != CLOSE:  # at its bracket, or a comma: a point follows
            x, at = number(text, blank(text, at + 1))
            if at == NOWHERE:
                return NOWHERE
            at = blank(text, at)
            if text[at] != COMMA:
                return NOWHERE
            y, at = number(text, blank(text, at + 1))
            if at == NOWHERE:
                return NOWHERE
            at = blank(text, at)
            if text[at] != COMMA and text[at] != CLOSE:
                return NOWHERE
            x0, y0, x1, y1 = min(x0, x), min(y0, y), max(x1, x), max(y1, y)
            count += 1
        if count < 3:
            return NOWHERE
        at = blank(text, at + 1)
        if text[at] != COMMA and text[at] != CLOSE:
            return NOWHERE
    if min(x0, y0) >= -LARGEST_SIDE and max(x1, y1) <= LARGEST_SIDE:  # else beyond all pictures
        outline[0], outline[1], outline[2], outline[3] = x0, y0, x1, y1
    return at + 1
