r"""Values that Python's json reads and writes though JSON does not have them: NaN, Infinity, half characters.

A text with them is decoded with stand-ins of the same length, so that the place of an error stays right, and
the pieces that are read one by one get back what they had.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

# A carriage return may stand between braces and is never written there; U+FFFF is no character.
_NUMBERS = {b"NaN": b"{\r}", b"Infinity": b"{\r\r\r\r\r\r}", b"-Infinity": b"{\r\r\r\r\r\r\r}"}
_NO_NUMBER, _NO_CHARACTER = b"{\r", b"\xef\xbf\xbf"

_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u([dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_HALF = re.compile(rb"(\xef[\x80-\x9f][\x80-\xbf])\xef\xbf\xbf")
# Halves are 0xD800-0xDFFF, their stand-ins this much higher, where characters mean nothing of their own.
_SHIFT = 0xF000 - 0xD800


class StoodIn(NamedTuple):
    r"""A text with stand-ins; :func:`stand_in` makes it.

    Attributes
    ----------
    text : bytes or bytearray
        As long as the text that it is for, which itself it is where nothing had to be replaced.
    numbers, halves : int
        How many were replaced: NaN and Infinity; halves of characters, such as ``\ud800`` alone.
    """

    text: bytes | bytearray
    numbers: int
    halves: int


def stand_in(text: bytes) -> StoodIn:
    """Return JSON with stand-ins for what JSON does not have."""
    numbers, halves = list(_numbers(text)), list(_halves(text))
    if not (numbers or halves):
        return StoodIn(text, 0, 0)
    changed = bytearray(text)
    for at, replacement in (*numbers, *halves):
        changed[at : at + len(replacement)] = replacement
    return StoodIn(changed, len(numbers), len(halves))


def has_stand_ins(piece: bytes) -> bool:
    """Return whether a piece of a text has stand-ins in place of what it had."""
    return _NO_NUMBER in piece or _NO_CHARACTER in piece


def restored(piece: bytes) -> bytes:
    """Return a piece of a text as it was before its values got stand-ins."""
    for value, replacement in _NUMBERS.items():
        piece = piece.replace(replacement, value)
    return _HALF.sub(lambda found: b"\\u%04x" % (ord(found[1].decode()) - _SHIFT), piece)


def _numbers(text: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield where NaN and Infinity stand outside of strings, with what stands in for them."""
    found = sorted(at for word in (b"NaN", b"Infinity") for at in _places(text, word))
    before, quotes = 0, 0
    for at in found:
        quotes += _quotes(text, before, at)
        before = at
        if quotes % 2 == 0:
            word = b"NaN" if text.startswith(b"NaN", at) else b"Infinity"
            signed = word == b"Infinity" and text[at - 1 : at] == b"-"
            yield (at - 1, _NUMBERS[b"-Infinity"]) if signed else (at, _NUMBERS[word])


def _places(text: bytes, word: bytes) -> Iterator[int]:
    """Yield where a word stands: by its first letter, which is found ten times as fast as the word."""
    at = text.find(word[:1])
    while at >= 0:
        if text.startswith(word, at):
            yield at
        at = text.find(word[:1], at + 1)


def _quotes(text: bytes, start: int, end: int) -> int:
    """Return how many quotes of a part of a text begin or end a string."""
    escaped = 0
    if text.find(b"\\", start, end) >= 0:
        escaped = sum(found[0] == b'\\"' for found in _ESCAPE.finditer(text, start, end))
    return text.count(b'"', start, end) - escaped


def _halves(text: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield where half a character is escaped without the other half, with what stands in for it."""
    if b"\\" not in text:
        return
    for found in _ESCAPE.finditer(text):
        if found[1]:
            yield found.start(), chr(int(found[1], 16) + _SHIFT).encode() + _NO_CHARACTER
