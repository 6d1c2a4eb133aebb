"""The annotations of a large COCO file as columns without an object for each: compiled, in several threads.

What it cannot read beyond doubt, some megabytes or a segmentation, is left to the decoder.
"""

import ctypes
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from core import kernels, machine_code, threads
from core.datasets.annotation_columns import AnnotationColumns
from core.datasets.reading import chunks
from core.datasets.reading.chunks import BETWEEN, Chunk, Scan
from core.datasets.reading.sources import Text
from core.datasets.scanning.parts import Part, Room
from core.datasets.segmentations import outlines

# Bytes of a file from which it is scanned: with less, compiling the scanner once takes longer than it saves.
LEAST = 64 << 20


@contextmanager
def scanning(text: Text) -> Iterator[Scan[AnnotationColumns] | None]:
    """Yield the `scan` of :func:`core.datasets.reading.chunks.decode_in_chunks`; None for a small text."""
    if text.size < LEAST:
        yield None
        return
    warm()
    with ThreadPoolExecutor(threads.most(), thread_name_prefix="annotations") as pool:
        scanner = _Scanner(text, pool)
        yield scanner.scan
        scanner.forget()


class _Scanner:
    """Reads the annotations of a text in parts, the next ones ahead in other threads."""

    def __init__(self, text: Text, pool: ThreadPoolExecutor) -> None:
        self._text = text
        self._pool = pool
        self._room = room(text)
        self._ahead: dict[int, Future[Part | None]] = {}
        self._next = 0

    def scan(self, start: int) -> Chunk[AnnotationColumns] | None:
        """Return the annotations of the part that begins at a place; None where they are to be decoded.

        While it is read, others are begun where it looks as if an annotation ended. Of these, only those are
        used that prove to begin where one before them ends.
        """
        if start not in self._ahead:
            self.forget()
            self._next = start
        while len(self._ahead) <= threads.most() and self._next < self._text.size:
            between = self._text.search(BETWEEN, self._next + chunks.CHUNK)
            stop = between.end if between else self._text.size
            self._ahead[self._next] = self._pool.submit(self._room.read, self._next, stop)
            self._next = stop
        part = self._ahead.pop(start).result()
        return part and Chunk(completed(part), part.end, part.is_last)

    def forget(self) -> None:
        """Give up what was begun ahead."""
        for future in self._ahead.values():
            future.cancel()
        self._ahead = {}


def completed(part: Part) -> AnnotationColumns:
    """Return the columns of a part, with the segmentations that were left to the decoder."""
    columns, rows = part.columns, part.later
    found = outlines([*map(msgspec.Raw, part.texts)], np.isnan(columns.bbox[rows, 0]))
    columns.outline[rows], columns.segmented[rows] = found.boxes, found.given
    columns.mask_size[rows] = found.size
    return columns


def room(text: Text) -> Room:
    """Return the room of a text, for the kernel that :func:`warm` has loaded."""
    assert _scan is not None
    return Room(text, _scan)


_scan: Callable[..., None] | None = None


@kernels.register("annotations")
@kernels.once
def warm() -> None:
    """Load the kernel of scanning; compile it, with a message, where this machine has not yet."""
    global _scan

    def build() -> Any:
        from core.datasets.scanning import kernel  # importing numba takes 0.2 s

        return kernel.compiled()

    message = "compiling the scanner of annotations; this happens once and takes some 8 seconds"
    with kernels.no_collection():
        address = machine_code.load(Path(__file__).parent, build, message)
    places, arrays = [ctypes.c_int64] * 3, [ctypes.c_void_p] * 8
    _scan = machine_code.function(address, ctypes.c_void_p, *places, *arrays)
