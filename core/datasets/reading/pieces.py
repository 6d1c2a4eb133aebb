"""The records of a COCO file as pieces of its text: what is wrong in one costs the time of one.

Decoding 430 MB without types takes 30 s and 3 GB; splitting them takes 1 s and 100 MB.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from core import wording
from core.datasets.reading.beyond_json import StoodIn, has_stand_ins, restored, stand_in
from core.datasets.reading.text import syntax_error
from core.errors import BoxscopeError
from core.files import AnyPath

Piece = msgspec.Raw | bytes

_LISTS = ("images", "annotations", "categories")
_COLON = re.compile(rb"\s*:")
_EXPECTED = "expected COCO detection annotations"


class Pieces(NamedTuple):
    """The records of a file, each as JSON; :func:`split` makes it.

    Attributes
    ----------
    images, annotations, categories : list of Raw or bytes
    beyond : str
        What the text has that JSON does not, such as ``NaN or Infinity in 3 places``; empty where nothing.
    """

    images: list[Piece]
    annotations: list[Piece]
    categories: list[Piece]
    beyond: str


class _Lists(msgspec.Struct, gc=False):
    images: list[msgspec.Raw]
    annotations: list[msgspec.Raw] | None = None
    categories: list[msgspec.Raw] | None = None


def split(path: AnyPath, text: bytes) -> Pieces:
    """Return the records of a COCO file.

    Parameters
    ----------
    path : Path or RemotePath
        Named in errors.
    text : bytes

    Raises
    ------
    BoxscopeError
        The file is not JSON, has no list of images, or one of its lists twice.
    """
    stood_in = stand_in(text)
    try:
        lists = msgspec.json.decode(stood_in.text, type=_Lists)
    except msgspec.ValidationError as error:
        wrong = next((key for key in _LISTS if f"`$.{key}`" in str(error)), "images")
        raise BoxscopeError(f"got no list {wrong!r}, {_EXPECTED}", path) from error
    except msgspec.DecodeError as error:
        raise syntax_error(path, stood_in.text, error) from error
    images, annotations, categories = lists.images, lists.annotations or [], lists.categories or []
    expect_lists_once(path, stood_in.text, [*annotations[:1], *annotations[-1:]])
    return Pieces(
        _as_written(images, stood_in),
        _as_written(annotations, stood_in),
        _as_written(categories, stood_in),
        _beyond(stood_in),
    )


def _as_written(pieces: list[msgspec.Raw], stood_in: StoodIn) -> list[Piece]:
    if not (stood_in.numbers or stood_in.halves):
        return [*pieces]
    return [restored(text) if has_stand_ins(text := bytes(piece)) else piece for piece in pieces]


def _beyond(stood_in: StoodIn) -> str:
    kinds = {"NaN or Infinity": stood_in.numbers, "half a character": stood_in.halves}
    return ", ".join(f"{kind} in {wording.count(count, 'place')}" for kind, count in kinds.items() if count)


def expect_lists_once(path: AnyPath, text: bytes | bytearray, known: Sequence[msgspec.Raw] = ()) -> None:
    """Raise if a file has one of its lists twice, of which a parser takes the last without a word.

    Parameters
    ----------
    path : Path or RemotePath
    text : bytes or bytearray
        Valid JSON.
    known : sequence of Raw
        Pieces of the text within one of its lists. What lies between them need not be searched: most of it.

    Raises
    ------
    BoxscopeError
    """
    start, end = _span(text, known)
    found = [
        (key, at) for key in _LISTS for at in (*_keys(text, key, 0, start), *_keys(text, key, end, len(text)))
    ]
    if len({key for key, _ in found}) == len(found):
        return
    values = [
        _offsets(text, value) for value in msgspec.json.decode(text, type=dict[str, msgspec.Raw]).values()
    ]
    outside = Counter(key for key, at in found if not any(first <= at < last for first, last in values))
    for key, count in outside.items():
        if count > 1:
            raise BoxscopeError(f"has {count} lists {key!r}, {_EXPECTED} with one", path)


def _keys(text: bytes | bytearray, key: str, start: int, end: int) -> Iterator[int]:
    """Yield where a part of a text has a key."""
    word = f'"{key}"'.encode()
    at = text.find(word, start, end)
    while at >= 0:
        if _COLON.match(text, at + len(word)):
            yield at
        at = text.find(word, at + 1, end)


def _span(text: bytes | bytearray, known: Sequence[msgspec.Raw]) -> tuple[int, int]:
    """Return where the first of some pieces begins and the last ends; 0, 0 where none is of the text."""
    spans = [_offsets(text, piece) for piece in known]
    spans = [(start, end) for start, end in spans if 0 <= start < end <= len(text)]
    return (min(start for start, _ in spans), max(end for _, end in spans)) if spans else (0, 0)


def _offsets(text: bytes | bytearray, piece: msgspec.Raw) -> tuple[int, int]:
    """Return where a piece begins and ends in its text, of which it is a view."""
    first, start = (np.frombuffer(buffer, np.uint8).ctypes.data for buffer in (text, piece))
    return start - first, start - first + memoryview(piece).nbytes
