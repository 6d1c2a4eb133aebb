"""The text of a JSON file: in memory, or on a disk, of which parts are read when they are asked for.

Nobody waits for a large file to be in memory as a whole: to copy 440 MB into fresh memory takes as long as to
scan them.
"""

import codecs
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeVar

from core.datasets.reading.text import MARK
from core.errors import BoxscopeError, Unreachable
from core.files import AnyPath, open_regular, os_reason

R = TypeVar("R", bytes, int)

# Bytes that are looked through at once; what is searched may lie across two of them, in so many bytes.
_WINDOW, _ACROSS = 1 << 16, 1 << 10


class Span(NamedTuple):
    """Where something is in a text."""

    start: int
    end: int


class Text(ABC):
    """A text without its byte-order mark.

    Attributes
    ----------
    size : int
        In bytes.
    marked : bool
        Whether there is a byte-order mark.
    is_ascii : bool
        Whether all is ASCII of what has been read.
    """

    size: int
    marked: bool
    is_ascii: bool = True

    @abstractmethod
    def part(self, start: int, end: int) -> bytes:
        """Return what lies between two places, as far as there is text."""

    @abstractmethod
    def read_into(self, room: bytearray, start: int) -> int:
        """Fill a buffer with the text from a place on, as far as there is text; return how many bytes."""

    def whole(self) -> bytes:
        """Return all of it."""
        return self.part(0, self.size)

    def search(self, pattern: re.Pattern[bytes], start: int) -> Span | None:
        """Return where a pattern is found first behind a place; see ``_ACROSS``."""
        width = _WINDOW
        while start < self.size:
            window = self.part(start, start + width)
            is_last = start + len(window) == self.size
            match = pattern.search(window)
            if match and (is_last or match.end() < len(window)):
                return Span(start + match.start(), start + match.end())
            if is_last:
                return None
            start, width = start + len(window) - _ACROSS, 2 * width
        return None

    def is_utf8(self) -> bool:
        """Return whether it is UTF-8, as JSON must be."""
        decoder, step = codecs.getincrementaldecoder("utf-8")(), 1 << 20
        try:
            for start in range(0, self.size, step):
                decoder.decode(self.part(start, start + step), final=start + step >= self.size)
        except UnicodeDecodeError:
            return False
        return True


class MemoryText(Text):
    """A text in memory."""

    def __init__(self, text: bytes) -> None:
        self.marked = text.startswith(MARK)
        self._text = text.removeprefix(MARK)
        self.size = len(self._text)

    def part(self, start: int, end: int) -> bytes:
        """Return what lies between two places, see :class:`Text`."""
        part = self._text[start:end]
        self.is_ascii &= part.isascii()
        return part

    def read_into(self, room: bytearray, start: int) -> int:
        """Fill a buffer, see :class:`Text`."""
        part = self.part(start, start + len(room))
        room[: len(part)] = part
        return len(part)


class _FileText(Text):
    """A text on a disk."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path = path
        self._file = file
        self.marked = os.pread(file.fileno(), len(MARK), 0) == MARK
        self._first = len(MARK) if self.marked else 0
        self.size = os.fstat(file.fileno()).st_size - self._first

    def part(self, start: int, end: int) -> bytes:
        """Return what lies between two places, see :class:`Text`."""
        parts, end = [], min(end, self.size)
        while start < end:
            parts.append(self._expect(os.pread(self._file.fileno(), end - start, start + self._first)))
            start += len(parts[-1])
        part = b"".join(parts)  # of one it is this one
        self.is_ascii &= part.isascii()
        return part

    def read_into(self, room: bytearray, start: int) -> int:
        """Fill a buffer, see :class:`Text`."""
        count = max(min(len(room), self.size - start), 0)
        view, at = memoryview(room)[:count], start + self._first
        while view:
            read = self._expect(os.preadv(self._file.fileno(), [view], at))
            view, at = view[read:], at + read
        self.is_ascii &= room.isascii()
        return count

    def _expect(self, read: R) -> R:
        if not read:
            raise BoxscopeError("became shorter while it was read", self._path)
        return read


@contextmanager
def open_text(path: AnyPath) -> Iterator[Text]:
    """Yield the text of a file, which can be read until it is closed.

    Raises
    ------
    BoxscopeError
        There is no such file, or it cannot be read; while it is open too.
    """
    try:
        if not isinstance(path, Path):
            yield MemoryText(path.read_bytes())
            return
        with open_regular(path) as file:
            yield _FileText(path, file)
    except Unreachable as error:
        raise BoxscopeError(str(error)) from error
    except OSError as error:
        raise BoxscopeError(f"cannot be read ({os_reason(error)})", path) from error
