"""A JSON list of results, decoded some megabytes at a time: its text is never in memory whole."""

import json
import re
from collections.abc import Iterator
from typing import Annotated, Any, BinaryIO, NamedTuple

import msgspec

from core.errors import BoxscopeError
from core.kernels import no_collection

# Bytes that are read at once, and the most that a single entry may have.
CHUNK, _LONGEST = 4 << 20, 256 << 20
# So many places, from the last on, are tried as the end of an entry.
_TRIES = 8
# Bytes at the end of a text in which such a place is looked for first.
_NEAR = 1 << 16

_BETWEEN = re.compile(rb"\}(\s*,\s*)(?=\{)")
_LIST = re.compile(rb'"annotations"\s*:\s*\[')
_TRAILING = re.compile(r"trailing characters \(byte ([0-9]+)\)")
_PLACE = re.compile(r"(?P<reason>.*) - at `\$\[(?P<entry>[0-9]+)\]\.?(?P<field>.*)`", re.DOTALL)

_Int = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class Entry(msgspec.Struct, gc=False):
    """A result: the box as x, y, width and height in pixels."""

    bbox: tuple[float, float, float, float]
    image_id: _Int | None = None
    file_name: str | None = None
    score: float | None = None
    category_id: _Int | None = None


class Listed(msgspec.Struct):
    """An image that an object with annotations lists."""

    id: Any = None


class _Rest(msgspec.Struct):
    """What an object holds around its annotations, which are cut out."""

    annotations: list[Any]
    images: list[Listed] = []


class _Truncated(Exception):
    """A text ends within an entry."""


class _Decoded(NamedTuple):
    """Entries, and where the list ends in the text; None where it goes on."""

    entries: list[Entry]
    end: int | None


_decoder, _MARK = msgspec.json.Decoder(list[Entry]), [-(1 << 62)]


def results(file: BinaryIO) -> Iterator[list[Entry] | list[Listed]]:
    """Yield the entries of a file, some thousand at a time, then the images that an object lists.

    Raises
    ------
    BoxscopeError
        The file is no JSON of this kind, or an entry is not as :class:`Entry`; the first such is named.
    """
    start = b""
    while not start.strip() and (block := file.read(CHUNK)):
        start = block.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"["):
        list_ = _List(file, start[1:])
        yield from list_
        if (list_.rest + file.read(CHUNK)).strip():
            raise BoxscopeError("text follows the list of results, expected its end")
    elif start.startswith(b"{"):
        yield from _of_object(file, start)
    elif start.startswith(b"\x80"):
        raise BoxscopeError("it is a pickle, which can run any code and is never read: expected JSON")
    else:
        raise BoxscopeError("expected COCO results JSON, Parquet or npz")


def _of_object(file: BinaryIO, start: bytes) -> Iterator[list[Entry] | list[Listed]]:
    while (found := _LIST.search(start)) is None:
        block = file.read(CHUNK)
        if not block:
            raise BoxscopeError('expected a list of results, or an object with a list "annotations"')
        start += block
    list_ = _List(file, start[found.end() :])
    yield from list_
    text = start[: found.end()] + str(_MARK[0]).encode() + b"]" + list_.rest + file.read()
    try:
        rest = msgspec.json.decode(text, type=_Rest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BoxscopeError(f"around its annotations: {error}") from error
    if rest.annotations != _MARK:
        raise BoxscopeError('it has more than one list "annotations", expected one')
    yield rest.images


class _List:
    """The entries of a list, whose text comes from a file behind a text that was read already."""

    def __init__(self, file: BinaryIO, text: bytes) -> None:
        self._file, self._text = file, text
        self._count = 0
        self.rest = b""
        """What is behind the list, as far as it was read."""

    def __iter__(self) -> Iterator[list[Entry] | list[Listed]]:
        is_over = False
        while not is_over:
            block = self._file.read(CHUNK)
            is_over = not block
            self._text += block
            with no_collection():
                found = self._decoded(is_over)
            if found is None:
                if len(self._text) > _LONGEST:
                    raise BoxscopeError(f"entry {self._count + 1} has no end")
                continue
            yield found.entries
            self._count += len(found.entries)
            if found.end is not None:
                return

    def _decoded(self, is_over: bool) -> _Decoded | None:
        """Return the entries of the text, which are taken from it; None where it has no whole one."""
        ends = [(len(self._text), len(self._text))] if is_over else []
        ends += _last_ends(self._text)
        for end, behind in ends:
            try:
                found = self._decode(b"[" + self._text[:end] + b"]")
            except _Truncated:
                continue
            if found.end is not None:
                self.rest = self._text[found.end :]  # one byte earlier than in the text with its bracket
            self._text = self._text[behind:]
            return found if found.end is not None or not is_over else _refuse_end(self._count)
        return _refuse_end(self._count) if is_over else None

    def _decode(self, text: bytes) -> _Decoded:
        try:
            return _Decoded(_decoder.decode(text), None)
        except msgspec.ValidationError as error:
            raise self._wrong(error) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            if trailing := _TRAILING.search(str(error)):
                closing = text.rindex(b"]", 0, int(trailing[1]) - 1)
                return _Decoded(_decoder.decode(text[: closing + 1]), closing)
            if "truncated" in str(error):
                raise _Truncated from error
            return self._decode_beyond(text)

    def _decode_beyond(self, text: bytes) -> _Decoded:
        """Return the same of a text with what Python's json writes and JSON does not have: NaN, Infinity."""
        try:
            decoded = text.decode()
            values, end = json.JSONDecoder().raw_decode(decoded)
            behind = len(decoded[:end].encode())
            return _Decoded(msgspec.convert(values, list[Entry]), behind - 1 if behind < len(text) else None)
        except msgspec.ValidationError as error:
            raise self._wrong(error) from error
        except json.JSONDecodeError as error:
            if error.pos >= len(decoded) - 1 or error.msg.startswith("Unterminated"):
                raise _Truncated from error
            near = self._count + decoded.count("{", 0, error.pos)
            raise BoxscopeError(f"it is no JSON near entry {near}: {error.msg}") from error
        except (UnicodeDecodeError, RecursionError) as error:
            raise BoxscopeError(f"it is no JSON behind entry {self._count} ({error})") from error

    def _wrong(self, error: msgspec.ValidationError) -> BoxscopeError:
        """Return the error of an entry that is not as it should be: which, and what of it."""
        place = _PLACE.fullmatch(str(error))
        if place is None:
            return BoxscopeError(str(error))
        field = f" {place['field']}" if place["field"] else ""
        reason = place["reason"].replace("`", "")
        return BoxscopeError(f"entry {self._count + int(place['entry']) + 1}{field}: {reason}")


def _last_ends(text: bytes) -> list[tuple[int, int]]:
    """Return where entries seem to end and the next ones begin: the last of these places first."""
    near = [(found.start(1), found.end()) for found in _BETWEEN.finditer(text, max(len(text) - _NEAR, 0))]
    places = near or [(found.start(1), found.end()) for found in _BETWEEN.finditer(text)]
    return places[-_TRIES:][::-1]


def _refuse_end(count: int) -> _Decoded:
    raise BoxscopeError(f"it ends within entry {count + 1}, expected the end of the list")
