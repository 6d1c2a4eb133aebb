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
_CHUNK = 4 << 20

# So many places behind a chunk's length are tried as its end.
_TRIES = 8

_START = re.compile(rb'"annotations"\s*:\s*\[\s*(?=\{)')
_BETWEEN = re.compile(rb"\}(\s*,\s*)(?=\{)")
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


def decode(text: bytes, take: Callable[[list[Annotation]], T]) -> Decoded[T]:
    """Return the content of a COCO file, with what a function makes of its annotations.

    Parameters
    ----------
    text : bytes
    take : callable
        Called with the annotations, some thousand at a time, in their order.

    Raises
    ------
    msgspec.DecodeError, UnicodeDecodeError
        The file is no JSON, or not as the records demand.
    """
    if len(text) > 2 * _CHUNK:
        with no_collection():  # of lists of numbers, which are in no circle: a twentieth of the time
            found = _in_chunks(text, take)
        if found is not None:
            return found
    coco = msgspec.json.decode(text, type=Coco)
    taken, coco.annotations = [take(coco.annotations)], []
    return Decoded(coco, taken, text)


def _in_chunks(text: bytes, take: Callable[[list[Annotation]], T]) -> Decoded[T] | None:
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
            chunk = _next(text, view, at)
            taken.append(take(chunk.annotations))
            at = chunk.end
            if chunk.is_last:
                break
        rest = b"".join([view[: start.end()], _MARK_TEXT, view[at:]])
        coco = msgspec.json.decode(rest, type=Coco)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if [annotation.id for annotation in coco.annotations] != [_MARK]:
        return None
    coco.annotations = []
    return Decoded(coco, taken, rest)


class _Chunk(NamedTuple):
    """Some annotations, and where the text goes on behind them: at the bracket behind the last of all."""

    annotations: list[Annotation]
    end: int
    is_last: bool


def _next(text: bytes, view: memoryview, start: int) -> _Chunk:
    """Return the annotations from a place on, up to the next that looks like one between two of them."""
    stop = start + _CHUNK
    for tries in range(_TRIES):
        between = _BETWEEN.search(text, stop)
        end = between.start(1) if between else len(text)
        chunk = b"".join([b"[", view[start:end], b"]"])
        try:
            return _Chunk(_annotations.decode(chunk), between.end() if between else end, False)
        except msgspec.DecodeError as error:
            if trailing := _TRAILING.search(str(error)):
                closing = chunk.rindex(b"]", 0, int(trailing[1]) - 1)
                return _Chunk(_annotations.decode(chunk[: closing + 1]), start + closing - 1, True)
            # The place was in a string, or between parts of an annotation.
            if between is None or tries + 1 == _TRIES or "truncated" not in str(error):
                raise
            stop = between.end()
    raise AssertionError
