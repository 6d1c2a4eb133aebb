"""Large PNG decoded in strips: one thread inflates the next rows while another takes back their filters.

Pillow does both in one thread, lets others run behind each of some thousand chunks, for which it waits where
they are busy, and copies all pixels twice into an array. Here zlib inflates, and OpenCV decodes each strip as
a PNG of its own that is not compressed, whose first row is the last one above.
"""

import os
import struct
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO, NamedTuple

import cv2
import numpy as np
from PIL import Image as PILImage

from core import threads
from core.images.grey_levels import Image

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER = ">IIBBBBB"  # width, height, bits, colours, and the methods: compression, filters, interlacing
# The colours of a file and their channels, by Pillow's name.
_COLOURS = {"L": (0, 1), "RGB": (2, 3)}
_FILTERS = 5
# Pixels from which it is quicker with a second thread.
_LARGE = 4_000_000
# Bytes: compressed ones given to zlib at a time, and those of a strip.
_PIECE, _STRIP = 1 << 17, 1 << 20

_threads = 2


@threads.register
def _limit(count: int) -> None:
    global _threads
    _threads = count


class _Unusual(Exception):
    """The file is broken, or not of the kind that is decoded here."""


class _Shape(NamedTuple):
    width: int
    height: int
    colours: int
    channels: int

    @property
    def row(self) -> int:
        """Bytes of a row and of its filter."""
        return 1 + self.width * self.channels

    def header(self, height: int) -> bytes:
        """Return what the chunk IHDR of a PNG of so many rows holds."""
        return struct.pack(_HEADER, self.width, height, 8, self.colours, 0, 0, 0)


def decoded(picture: PILImage.Image) -> Image | None:
    """Return the pixels of a large PNG of 8 bits, grey or RGB; None for what Pillow has to decode.

    None too for a file that is broken in any way: Pillow decides whether it is refused, and says why.

    Parameters
    ----------
    picture : PIL.Image.Image
        Open and not decoded yet; it can be decoded afterwards.

    Returns
    -------
    uint8 (H, W, 3) or None
        RGB, as Pillow's: neither an orientation nor a profile is applied.
    """
    is_large = picture.format == "PNG" and picture.width * picture.height >= _LARGE
    if not is_large or picture.mode not in _COLOURS or _threads < 2:
        return None
    shape = _Shape(*picture.size, *_COLOURS[picture.mode])
    file: BinaryIO = picture.fp  # type: ignore[attr-defined]
    at = file.tell()
    try:
        return _joined(shape, _strips(shape, _compressed(shape, file)))
    except (struct.error, zlib.error, cv2.error, _Unusual):
        return None
    finally:
        file.seek(at)


def _joined(shape: _Shape, strips: Iterator[bytes]) -> Image:
    """Return the pixels of strips, the next of which is inflated while one is decoded."""
    pixels = np.empty((shape.height, shape.width, 3), np.uint8)
    top, above = 0, bytes(shape.row)
    with ThreadPoolExecutor(1, thread_name_prefix="boxscope png") as ahead:
        coming = ahead.submit(next, strips, None)
        while (strip := coming.result()) is not None:
            coming = ahead.submit(next, strips, None)
            rows = _decoded(shape, above + strip)
            pixels[top : top + len(rows)] = rows
            top += len(rows)
            above = b"\0" + rows[-1, :, : shape.channels].tobytes()
    return pixels


def _decoded(shape: _Shape, lines: bytes) -> Image:
    """Return the pixels of all rows but the first, by their filters."""
    height = len(lines) // shape.row
    filters = np.frombuffer(lines, np.uint8)[:: shape.row]
    _expect(int(filters.max()) < _FILTERS)
    chunks = {b"IHDR": shape.header(height), b"IDAT": zlib.compress(lines, 0), b"IEND": b""}
    file = b"".join([_SIGNATURE, *(part for chunk in chunks.items() for part in _chunk(*chunk))])
    pixels = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR_RGB)
    _expect(pixels is not None)
    return np.asarray(pixels, np.uint8)[1:]


def _chunk(kind: bytes, data: bytes) -> tuple[bytes, ...]:
    return struct.pack(">I", len(data)), kind, data, struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))


def _strips(shape: _Shape, compressed: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the rows of a picture with their filters, some at a time; raise where they are not all there."""
    left, inflater = shape.row * shape.height, zlib.decompressobj()
    parts, size = [b""], 0
    for piece in compressed:
        _expect(not inflater.eof)
        parts.append(inflater.decompress(piece, left + 1))
        left -= len(parts[-1])
        size += len(parts[-1])
        _expect(left >= 0 and not inflater.unconsumed_tail)
        if size >= max(_STRIP, shape.row):
            lines = b"".join(parts)
            whole = size - size % shape.row
            parts, size = [lines[whole:]], size - whole
            yield lines[:whole]
    _expect(inflater.eof and not inflater.unused_data and left == 0)
    if size:
        yield b"".join(parts)


def _compressed(shape: _Shape, file: BinaryIO) -> Iterator[bytes]:
    """Yield the compressed pixels of a file, some chunks at a time."""
    file.seek(len(_SIGNATURE))
    parts: list[bytes] = []
    size, kinds = 0, [b""]
    while kinds[-1] != b"IEND":
        length, kind = struct.unpack(">I4s", file.read(8))
        if kind != kinds[-1]:
            kinds.append(kind)
            # Pillow ends with the first run of IDAT.
            _expect(kinds.count(b"IDAT") <= 1)
        if kind == b"IHDR":
            _expect(file.read(length) == shape.header(shape.height))
            length = 0
        while kind == b"IDAT" and length:
            parts.append(file.read(min(length, _PIECE)))
            _expect(parts[-1] != b"")
            length -= len(parts[-1])
            size += len(parts[-1])
            if size >= _PIECE:
                yield b"".join(parts)
                parts, size = [], 0
        file.seek(length + 4, os.SEEK_CUR)
    if parts:
        yield b"".join(parts)


def _expect(usual: bool) -> None:
    if not usual:
        raise _Unusual
