"""Typed decoding of a COCO file some megabytes at a time: its annotations are never in memory all at once.

A file of 440 MB takes 450 MB less so than decoded as one.
"""

import re
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

import msgspec

from core.datasets.reading.sources import Text
from core.datasets.records import Annotation, Coco
from core.kernels import no_collection

T = TypeVar("T")

# Bytes of annotations that are decoded at once.
CHUNK = 4 << 20

# So many places behind a chunk's length are tried as its end.
_TRIES = 8

_START = re.compile(rb'"annotations"\s*:\s*\[\s*(?=\{)')
BETWEEN = re.compile(rb"(?<=\})\s*,\s*(?=\{)")
_TRAILING = re.compile(r"trailing characters \(byte ([0-9]+)\)")

# Stands in the place of all annotations while the rest of the file is decoded, known by its id.
_MARK = -(1 << 62)
_MARK_TEXT = b'{"image_id":0,"id":%d}' % _MARK

_annotations = msgspec.json.Decoder(list[Annotation])


class Decoded(NamedTuple, Generic[T]):
    """The result of :func:`decode_in_chunks`.

    Attributes
    ----------
    coco : Coco
        Without annotations.
    taken : list
        What was made of the annotations, chunk by chunk; at least one.
    rest : bytes
        The text of the file, of which most annotations may have been cut out.
    """

    coco: Coco
    taken: list[T]
    rest: bytes


class Chunk(NamedTuple, Generic[T]):
    """What was made of some annotations, and where the text goes on behind them.

    Attributes
    ----------
    taken : T
    end : int
        Where the next annotation begins, or the bracket behind the last of all.
    is_last : bool
    """

    taken: T
    end: int
    is_last: bool


# Makes the same of the annotations from a place on, in its own way; None where they are to be decoded.
Scan = Callable[[int], Chunk[T] | None]


def decode_whole(text: bytes, take: Callable[[list[Annotation]], T]) -> Decoded[T]:
    """Return the content of a COCO file decoded as one, with what a function makes of its annotations.

    Raises
    ------
    msgspec.DecodeError
        The file is no JSON, or not as the records demand.
    """
    coco = msgspec.json.decode(text, type=Coco)
    taken, coco.annotations = [take(coco.annotations)], []
    return Decoded(coco, taken, text)


def decode_in_chunks(
    text: Text, take: Callable[[list[Annotation]], T], scan: Scan[T] | None = None
) -> Decoded[T] | None:
    """Return the content of a COCO file, some megabytes at a time; None where it is to be decoded as one.

    A chunk that begins with a record, ends behind a brace and decodes as a list holds whole records, whatever
    is in their strings: it is what the decoder of the whole would find there. That the list is that of the
    file, and not one of the same name elsewhere, is seen in the rest, where the mark must take its place.

    Parameters
    ----------
    text : Text
    take : callable
        Called with the annotations, some thousand at a time, in their order.
    scan : callable or None
        Asked first for each chunk.
    """
    start = text.search(_START, 0)
    if start is None:
        return None
    try:
        with no_collection():  # of lists of numbers, which are in no circle: a twentieth of the time
            taken, end = _chunks(text, start.end, take, scan or _decode_all)
        if end is None:
            return None
        rest = b"".join([text.part(0, start.end), _MARK_TEXT, text.part(end, text.size)])
        coco = msgspec.json.decode(rest, type=Coco)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if [annotation.id for annotation in coco.annotations] != [_MARK]:
        return None
    coco.annotations = []
    return Decoded(coco, taken, rest)


def _decode_all(start: int) -> None:
    """Scan nothing."""


def _chunks(
    text: Text, start: int, take: Callable[[list[Annotation]], T], scan: Scan[T]
) -> tuple[list[T], int | None]:
    """Return what is made of the annotations from a place on, and where they end: None in a cut file."""
    taken: list[T] = []
    while start < text.size:
        chunk = scan(start) or _next(text, start, take)
        taken.append(chunk.taken)
        start = chunk.end
        if chunk.is_last:
            return taken, start
    return taken, None


def _next(text: Text, start: int, take: Callable[[list[Annotation]], T]) -> Chunk[T]:
    """Return what is made of the annotations from a place on, up to what looks like the end of one."""
    stop = start + CHUNK
    for tries in range(_TRIES):
        between = text.search(BETWEEN, stop)
        chunk = b"".join([b"[", text.part(start, between.start if between else text.size), b"]"])
        try:
            return Chunk(take(_annotations.decode(chunk)), between.end if between else text.size, False)
        except msgspec.DecodeError as error:
            if trailing := _TRAILING.search(str(error)):
                closing = chunk.rindex(b"]", 0, int(trailing[1]) - 1)
                return Chunk(take(_annotations.decode(chunk[: closing + 1])), start + closing - 1, True)
            # The place was in a string, or between parts of an annotation.
            if between is None or tries + 1 == _TRIES or "truncated" not in str(error):
                raise
            stop = between.end
    raise AssertionError
