"""The smallest box around a mask that is written as a list of run lengths, as pycocotools finds it.

A place in the text is an index, see :mod:`core.datasets.scanning.numbers`.
"""

import numpy as np

from core.datasets.scanning.numbers import NOWHERE, inlined, is_digit
from core.datasets.scanning.values import BEGIN, CLOSE, COLON, COMMA, END, OPEN, blank, is_word

_COUNTS, _SIZE = (np.frombuffer(word, np.uint8) for word in (b'"counts"', b'"size"'))
# Pixels are counted in 32 bits; no run of a mask has more digits.
_MOST_PIXELS, _MOST_DIGITS = 1 << 31, 10


@inlined
def run_lengths(text, at, outlines, sizes, row):  # type: ignore[no-untyped-def]
    """Fill in the box around a mask and the width and height of its picture; return the place behind it.

    ``NOWHERE`` where it has other keys than ``counts`` and ``size``, its runs do not add up to its pixels, it
    has no object, or an object's run has no length.
    """
    if text[at] != BEGIN:
        return NOWHERE
    counts, height, width = 0, 0, 0
    at = blank(text, at + 1)
    for n in range(2):
        is_counts = is_word(text, at, _COUNTS)
        if not is_counts and not is_word(text, at, _SIZE):
            return NOWHERE
        at = blank(text, at + (len(_COUNTS) if is_counts else len(_SIZE)))
        at = blank(text, at + 1) if text[at] == COLON else at
        if text[at] != OPEN:
            return NOWHERE
        if is_counts:
            counts, at = at, _behind_list(text, at)
        else:
            height, at = _integer(text, blank(text, at + 1))
            if text[at] != COMMA:
                return NOWHERE
            width, at = _integer(text, blank(text, at + 1))
            at = at + 1 if text[at] == CLOSE else NOWHERE
        if at == NOWHERE:
            return NOWHERE
        at = blank(text, at)
        if text[at] != (END if n else COMMA):
            return NOWHERE
        at = blank(text, at + 1) if n == 0 else at
    if not counts or height < 1 or width < 1 or height * width >= _MOST_PIXELS:
        return NOWHERE
    if not _fill_box(text, counts, height, width, outlines, row):
        return NOWHERE
    sizes[2 * row + 0], sizes[2 * row + 1] = width, height
    return at + 1


@inlined
def _behind_list(text, at):  # type: ignore[no-untyped-def]
    """Return the place behind a list of integers."""
    while text[at] != CLOSE:  # at its bracket, or a comma
        value, at = _integer(text, blank(text, at + 1))
        if value < 0 or (text[at] != COMMA and text[at] != CLOSE):
            return NOWHERE
    return at + 1


@inlined
def _fill_box(text, at, height, width, outlines, row):  # type: ignore[no-untyped-def]
    """Fill in the box around the runs of a list; return whether they are sound and one is of the object."""
    x0, y0, x1, y1 = width, height, -1, -1
    seen, of_object = 0, False
    while text[at] != CLOSE:
        length, at = _integer(text, blank(text, at + 1))
        first, last = seen, seen + length - 1
        seen += length
        if seen > height * width or (of_object and not length):
            return False
        if of_object:
            left, right = first // height, last // height
            whole = right > left  # it reaches from the lower edge to the upper one
            x0, x1 = min(x0, left), max(x1, right)
            y0 = 0 if whole else min(y0, first % height)
            y1 = height - 1 if whole else max(y1, last % height)
        of_object = not of_object
    outlines[4 * row + 0], outlines[4 * row + 1], outlines[4 * row + 2], outlines[4 * row + 3] = (
        x0,
        y0,
        x1 + 1,
        y1 + 1,
    )
    return seen == height * width and x1 >= 0


@inlined
def _integer(text, at):  # type: ignore[no-untyped-def]
    """Return the integer at a place, -1 where there is none, and the first sign behind it."""
    first, value = at, 0
    while is_digit(text[at]) and at < first + _MOST_DIGITS:
        value = 10 * value + (text[at] - 48)
        at += 1
    right = at > first and (text[first] != 48 or at == first + 1)
    return (value if right else -1), blank(text, at)
