"""The smallest box around polygons in a text of bytes.

A place in the text is an index, see :mod:`core.datasets.scanning.numbers`.
"""

import numpy as np

from core.datasets.records import LARGEST_SIDE
from core.datasets.scanning.numbers import NOWHERE, POINT, ZERO, inlined, number
from core.datasets.scanning.values import CLOSE, COMMA, OPEN, blank

# Coordinates are compared as integers, of which only the four of the box become floats: those with up to so
# many digits before the point and behind it. All are below 2**53, and so is the quotient rounded once.
_BEFORE, _BEHIND = 9, 6
_UNIT = 10**_BEHIND
_TENS = np.array([10**power for power in range(_BEHIND + 1)])
_LARGEST = 10**_BEFORE * _UNIT


@inlined
def polygons(text, at, outlines, row):  # type: ignore[no-untyped-def]
    """Fill in the box around polygons of three points or more; return ``NOWHERE`` where they are no such."""
    x0, y0, x1, y1, behind = _box(text, at, _plain, _LARGEST, 0)
    if behind != NOWHERE:
        outlines[4 * row + 0], outlines[4 * row + 1] = x0 / _UNIT, y0 / _UNIT
        outlines[4 * row + 2], outlines[4 * row + 3] = x1 / _UNIT, y1 / _UNIT
        return behind
    left, top, right, bottom, behind = _box(text, at, number, np.inf, -np.inf)
    is_beyond_pictures = min(left, top) < -LARGEST_SIDE or max(right, bottom) > LARGEST_SIDE
    if behind != NOWHERE and not is_beyond_pictures:
        outlines[4 * row + 0], outlines[4 * row + 1] = left, top
        outlines[4 * row + 2], outlines[4 * row + 3] = right, bottom
    return behind


@inlined
def _box(text, at, read, most, least):  # type: ignore[no-untyped-def]
    """Return the box of coordinates that a function reads, and the place behind the polygons or ``NOWHERE``.

    `most` and `least` are above and below all coordinates, and of their type.
    """
    x0, y0, x1, y1 = most, most, least, least
    if text[at] != OPEN:
        return x0, y0, x1, y1, NOWHERE
    while text[at] != CLOSE:  # at the bracket of all, or a comma: a polygon follows
        at, count = blank(text, at + 1), 0
        if text[at] != OPEN:
            return x0, y0, x1, y1, NOWHERE
        while text[at] != CLOSE:  # at its bracket, or a comma: a point follows
            x, at = read(text, blank(text, at + 1))
            if at == NOWHERE:
                return x0, y0, x1, y1, NOWHERE
            at = blank(text, at)
            if text[at] != COMMA:
                return x0, y0, x1, y1, NOWHERE
            y, at = read(text, blank(text, at + 1))
            if at == NOWHERE:
                return x0, y0, x1, y1, NOWHERE
            at = blank(text, at)
            if text[at] != COMMA and text[at] != CLOSE:
                return x0, y0, x1, y1, NOWHERE
            x0, y0 = x if x < x0 else x0, y if y < y0 else y0
            x1, y1 = x if x > x1 else x1, y if y > y1 else y1
            count += 1
        if count < 3:
            return x0, y0, x1, y1, NOWHERE
        at = blank(text, at + 1)
        if text[at] != COMMA and text[at] != CLOSE:
            return x0, y0, x1, y1, NOWHERE
    return x0, y0, x1, y1, at + 1


@inlined
def _plain(text, at):  # type: ignore[no-untyped-def]
    """Return :func:`number` where it is not negative and has few digits, in units of ``1 / _UNIT``."""
    first, value = at, 0
    digit = text[at] - ZERO
    while 0 <= digit <= 9:
        value = 10 * value + digit
        at += 1
        digit = text[at] - ZERO
    length = at - first
    if not 0 < length <= _BEFORE or (text[first] == ZERO and length > 1):
        return 0, NOWHERE
    behind = 0
    if text[at] == POINT:
        start = at + 1
        at = start
        digit = text[at] - ZERO
        while 0 <= digit <= 9:
            value = 10 * value + digit
            at += 1
            digit = text[at] - ZERO
        behind = at - start
        if not 0 < behind <= _BEHIND:
            return 0, NOWHERE
    return value * _TENS[_BEHIND - behind], at
