"""Typed decoding of a COCO file some megabytes at a time: its annotations are never in memory all at once.

A file of 440 MB takes 450 MB less so than decoded as one.
"""

import re
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

import msgspec

from core.datasets.records import Annotation, Coco
from core.kernels import no_collection

T = TypeVar("T")

# Bytes of annotations that are decoded at once; a file of less than two chunks is decoded as one.
CHUNK = 4 << 20

# So many places behind a chunk's length are tried as its end.
_TRIES = 8

_START = re.compile(rb'"annotations"\s*:\s*\[\s*(?=\{)')
BETWEEN = re.compile(rb"\}(\s*,\s*)(?=\{)")
_TRAILING = re.compile(r"trailing characters \(byte ([0-9]+)\)")

# Stands in the place of all annotations while the rest of the file is decoded, known by its id.
_MARK = -(1 << 62)
_MARK_TEXT = b'{"image_id":0,"id":%d}' % _MARK

_annotations = msgspec.json.Decoder(list[Annotation])


class Decoded(NamedTuple, Generic[T]):
    """The result of :func:`decode`.

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


def decode(text: bytes, take: Callable[[list[Annotation]], T], scan: Scan[T] | None = None) -> Decoded[T]:
    """Return the content of a COCO file, with what a function makes of its annotations.

    Parameters
    ----------
    text : bytes
    take : callable
        Called with the annotations, some thousand at a time, in their order.
    scan : callable or None
        Asked first for each chunk of a large file.

    Raises
    ------
    msgspec.DecodeError, UnicodeDecodeError
        The file is no JSON, or not as the records demand.
    """
    if len(text) > 2 * CHUNK:
        with no_collection():  # of lists of numbers, which are in no circle: a twentieth of the time
            found = _in_chunks(text, take, scan or _decode_all)
        if found is not None:
            return found
    coco = msgspec.json.decode(text, type=Coco)
    taken, coco.annotations = [take(coco.annotations)], []
    return Decoded(coco, taken, text)


def _decode_all(start: int) -> None:
    """Scan nothing."""


def _in_chunks(text: bytes, take: Callable[[list[Annotation]], T], scan: Scan[T]) -> Decoded[T] | None:
    """Return the result of :func:`decode`; None where the file is to be decoded as one.

    A chunk that begins with a record, ends behind a brace and decodes as a list holds whole records, whatever
    is in their strings: it is what the decoder of the whole would find there. That the list is that of the
    file, and not one of the same name elsewhere, is seen in the rest, where the mark must take its place.
    """
    start = _START.search(text)
    if start is None:
        return None
    view, at = memoryview(text), start.end()
    taken: list[T] = []
    try:
        while True:
            chunk = scan(at) or _next(text, view, at, take)
            taken.append(chunk.taken)
            at = chunk.end
            if chunk.is_last:
                break
            if at == len(text):  # the file is cut behind an annotation
                return None
        rest = b"".join([view[: start.end()], _MARK_TEXT, view[at:]])
        coco = msgspec.json.decode(rest, type=Coco)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if [annotation.id for annotation in coco.annotations] != [_MARK]:
        return None
    coco.annotations = []
    return Decoded(coco, taken, rest)


def _next(text: bytes, view: memoryview, start: int, take: Callable[[list[Annotation]], T]) -> Chunk[T]:
    """Return what is made of the annotations from a place on, up to what looks like the end of one."""
    stop = start + CHUNK
    for tries in range(_TRIES):
        between = BETWEEN.search(text, stop)
        end = between.start(1) if between else len(text)
        chunk = b"".join([b"[", view[start:end], b"]"])
        try:
            return Chunk(take(_annotations.decode(chunk)), between.end() if between else end, False)
        except msgspec.DecodeError as error:
            if trailing := _TRAILING.search(str(error)):
                closing = chunk.rindex(b"]", 0, int(trailing[1]) - 1)
                return Chunk(take(_annotations.decode(chunk[: closing + 1])), start + closing - 1, True)
            # The place was in a string, or between parts of an annotation.
            if between is None or tries + 1 == _TRIES or "truncated" not in str(error):
                raise
            stop = between.end()
    raise AssertionError
