"""The values of JSON in a text of bytes, passed over: what stands there must be right, but is not kept.

A place in the text is an index, see :mod:`core.datasets.scanning.numbers`. Strings with a backslash, and what
lies deeper than ``_DEEPEST``, are not known here.
"""

import numpy as np

from core.datasets.scanning.numbers import NOWHERE, inlined, number

QUOTE, BACKSLASH, COMMA, COLON = b'"\\,:'
OPEN, CLOSE, BEGIN, END = b"[]{}"
_SPACE, _TAB, _LINE, _RETURN = b" \t\n\r"
NULL = np.frombuffer(b"null", np.uint8)
_WORDS = (NULL, np.frombuffer(b"true", np.uint8), np.frombuffer(b"false", np.uint8))
# So deep may lists and objects lie in each other.
_DEEPEST = 60


@inlined
def blank(text, at):  # type: ignore[no-untyped-def]
    """Return the first place that holds no space."""
    while text[at] == _SPACE or text[at] == _LINE or text[at] == _RETURN or text[at] == _TAB:
        at += 1
    return at


@inlined
def string(text, at, last):  # type: ignore[no-untyped-def]
    """Return the place behind a string without a backslash."""
    if text[at] != QUOTE:
        return NOWHERE
    at += 1
    while at < last and text[at] >= _SPACE and text[at] != BACKSLASH:
        if text[at] == QUOTE:
            return at + 1
        at += 1
    return NOWHERE


@inlined
def skipped(text, at, last):  # type: ignore[no-untyped-def]
    """Return the place behind a value of any kind."""
    depth, objects = 0, 0  # a bit for each level, the lowest for the innermost: whether it is an object
    while True:
        if text[at] == OPEN or text[at] == BEGIN:
            is_object = text[at] == BEGIN
            at = blank(text, at + 1)
            if text[at] != (END if is_object else CLOSE):
                depth, objects = depth + 1, objects << 1 | is_object
                at = _to_value(text, at, last) if is_object else at
                if at == NOWHERE or depth > _DEEPEST:
                    return NOWHERE
                continue
            at += 1
        else:
            at = _scalar(text, at, last)
        while depth:
            if at == NOWHERE or at > last:
                return NOWHERE
            at = blank(text, at)
            if text[at] != (END if objects & 1 else CLOSE):
                break
            at, depth, objects = at + 1, depth - 1, objects >> 1
        if depth == 0:
            return at
        if text[at] != COMMA:
            return NOWHERE
        at = blank(text, at + 1)
        if objects & 1:
            at = _to_value(text, at, last)
            if at == NOWHERE:
                return NOWHERE


@inlined
def _to_value(text, at, last):  # type: ignore[no-untyped-def]
    """Return the place of the value whose key is at a place."""
    at = string(text, at, last)
    if at == NOWHERE:
        return NOWHERE
    at = blank(text, at)
    return blank(text, at + 1) if text[at] == COLON else NOWHERE


@inlined
def _scalar(text, at, last):  # type: ignore[no-untyped-def]
    """Return the place behind a string, a number or a word."""
    if text[at] == QUOTE:
        return string(text, at, last)
    for word in _WORDS:
        if is_word(text, at, word):
            return at + len(word)
    return number(text, at)[1]


@inlined
def is_word(text, at, word):  # type: ignore[no-untyped-def]
    """Return whether a word begins at a place."""
    n = 0
    while n < len(word) and text[at + n] == word[n]:
        n += 1
    return n == len(word)
