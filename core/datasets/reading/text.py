"""The text of a JSON file: what is no text, and errors with line and column."""

import codecs
import json
import re
from typing import Any

from core.errors import BoxscopeError
from core.files import AnyPath, read_regular

MARK = codecs.BOM_UTF8

_PACKED = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}
_OTHER_ENCODINGS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"{\0", b"\0{", b"\0\0\0{")

_CHUNK = 1 << 20
_BYTE = re.compile(r" \(byte (\d+)\)$")

# Digits of a number that Python makes an integer of; it refuses those of thousands.
_MOST_DIGITS = 40


def no_json(path: AnyPath, reason: str) -> BoxscopeError:
    """Return the error of a file that is no JSON."""
    return BoxscopeError(f"not JSON ({reason})", path)


def too_deep(path: AnyPath) -> BoxscopeError:
    """Return the error of a file whose lists or objects lie so deep in each other that no parser follows."""
    return no_json(path, "lists or objects are nested too deeply")


def expect_text(path: AnyPath, text: bytes) -> None:
    """Raise if a file is empty, packed, or no UTF-8, where a parser passes over it or says less.

    Raises
    ------
    BoxscopeError
    """
    if not text or text.isspace():
        raise no_json(path, "the file is empty")
    for start, name in _PACKED.items():
        if text.startswith(start):
            raise no_json(path, f"packed by {name}, expected the unpacked file")
    if text.startswith(_OTHER_ENCODINGS):
        raise no_json(path, "UTF-16 or UTF-32, expected UTF-8")
    if text.isascii():
        return
    decoder, at = codecs.getincrementaldecoder("utf-8")(), 0
    try:
        for at in range(0, len(text), _CHUNK):
            pending = len(decoder.getstate()[0])
            decoder.decode(text[at : at + _CHUNK], final=at + _CHUNK >= len(text))
    except UnicodeDecodeError as error:
        offset = at - pending + error.start
        raise no_json(path, f"byte 0x{text[offset]:02x} is no UTF-8, {_position(text, offset)}") from error


def syntax_error(path: AnyPath, text: bytes | bytearray, error: Exception) -> BoxscopeError:
    """Return the error of a text that a decoder refuses, with line and column where it says the byte."""
    reason = str(error).removeprefix("JSON is malformed: ")
    if byte := _BYTE.search(reason):
        reason = f"{reason[: byte.start()]}, {_position(text, int(byte[1]))}"
    return no_json(path, "it ends too early" if reason == "Input data was truncated" else reason)


def _position(text: bytes | bytearray, at: int) -> str:
    line, column = text.count(b"\n", 0, at) + 1, at - text.rfind(b"\n", 0, at)
    return f"line {line}, column {column}"


def untyped(piece: bytes | bytearray | memoryview) -> Any:
    """Return the value of a piece of JSON, NaN and Infinity allowed; integers of many digits as texts.

    Raises
    ------
    ValueError, RecursionError
        It is none.
    """
    return _decoder.decode(str(piece, "utf-8"))


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) < _MOST_DIGITS else digits


_decoder = json.JSONDecoder(parse_int=_integer)


def read_document(path: AnyPath) -> dict[str, Any]:
    """Return the whole content of a JSON file that is an object, untyped.

    Raises
    ------
    BoxscopeError
        It is none.
    """
    text = read_regular(path).removeprefix(MARK)
    expect_text(path, text)
    try:
        content = untyped(text)
    except RecursionError as error:
        raise too_deep(path) from error
    except ValueError as error:
        raise no_json(path, str(error)) from error
    if not isinstance(content, dict):
        raise BoxscopeError("got no object, expected COCO detection annotations", path)
    return content
