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
    behind = _plain(text, at, outlines, row)
    return _any(text, at, outlines, row) if behind == NOWHERE else behind


@inlined
def _plain(text, at, outlines, row):  # type: ignore[no-untyped-def]
    """Return :func:`polygons` of coordinates that are not negative and have few digits."""
    if text[at] != OPEN:
        return NOWHERE
    x0, y0, x1, y1 = _LARGEST, _LARGEST, 0, 0
    while text[at] != CLOSE:  # at the bracket of all, or a comma: a polygon follows
        at, count = blank(text, at + 1), 0
        if text[at] != OPEN:
            return NOWHERE
        while text[at] != CLOSE:  # at its bracket, or a comma: a point follows
            x, at = _coordinate(text, blank(text, at + 1))
            if text[at] != COMMA:
                return NOWHERE
            y, at = _coordinate(text, blank(text, at + 1))
            if x < 0 or y < 0 or (text[at] != COMMA and text[at] != CLOSE):
                return NOWHERE
            x0, y0 = x if x < x0 else x0, y if y < y0 else y0
            x1, y1 = x if x > x1 else x1, y if y > y1 else y1
            count += 1
        if count < 3:
            return NOWHERE
        at = blank(text, at + 1)
        if text[at] != COMMA and text[at] != CLOSE:
            return NOWHERE
    outlines[4 * row + 0], outlines[4 * row + 1] = x0 / _UNIT, y0 / _UNIT
    outlines[4 * row + 2], outlines[4 * row + 3] = x1 / _UNIT, y1 / _UNIT
    return at + 1


@inlined
def _coordinate(text, at):  # type: ignore[no-untyped-def]
    """Return a coordinate in units of ``1 / _UNIT`` and what place is behind it; -1 where it is not plain."""
    first, value = at, 0
    digit = text[at] - ZERO
    while 0 <= digit <= 9:
        value = 10 * value + digit
        at += 1
        digit = text[at] - ZERO
    length = at - first
    if not 0 < length <= _BEFORE or (text[first] == ZERO and length > 1):
        return -1, at
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
            return -1, at
    if text[at] <= 32:
        at = blank(text, at)
    return value * _TENS[_BEHIND - behind], at


@inlined
def _any(text, at, outlines, row):  # type: ignore[no-untyped-def]
    """Return :func:`polygons` of any coordinates."""
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
            x0, y0 = x if x < x0 else x0, y if y < y0 else y0
            x1, y1 = x if x > x1 else x1, y if y > y1 else y1
            count += 1
        if count < 3:
            return NOWHERE
        at = blank(text, at + 1)
        if text[at] != COMMA and text[at] != CLOSE:
            return NOWHERE
    if min(x0, y0) >= -LARGEST_SIDE and max(x1, y1) <= LARGEST_SIDE:  # else beyond all pictures
        outlines[4 * row + 0], outlines[4 * row + 1] = x0, y0
        outlines[4 * row + 2], outlines[4 * row + 3] = x1, y1
    return at + 1
