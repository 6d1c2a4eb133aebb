"""The content of a COCO file: some megabytes at a time, as one where it is short, or leniently."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

import msgspec

from core.datasets.reading import chunks
from core.datasets.reading.chunks import Decoded, Scan
from core.datasets.reading.lenient import Lenient, read_lenient
from core.datasets.reading.pieces import expect_lists_once
from core.datasets.reading.sources import Text, open_text
from core.datasets.reading.text import expect_text, too_deep
from core.datasets.records import Annotation, Remark
from core.files import AnyPath

T = TypeVar("T")
# Makes of a text what scans it, None where nothing does.
Scanning = Callable[[Text], AbstractContextManager[Scan[T] | None]] | None

_MARKED = Remark("read leniently: it begins with a byte-order mark")


def read_content(
    path: AnyPath, take: Callable[[list[Annotation]], T], scanning: Scanning[T] = None
) -> tuple[Lenient, list[T]]:
    """Return the content of a COCO file, and what is made of its annotations.

    Parameters
    ----------
    path : Path or RemotePath
    take : callable
        Called with the annotations, all or some thousand at a time, in their order.
    scanning : callable, optional
        Makes the same of the annotations of a large file without decoding them.

    Raises
    ------
    BoxscopeError
        The file cannot be read, is not JSON, or has no list of images.
    """
    try:
        return _read(path, take, scanning)
    except RecursionError as error:
        raise too_deep(path) from error


def _read(
    path: AnyPath, take: Callable[[list[Annotation]], T], scanning: Scanning[T]
) -> tuple[Lenient, list[T]]:
    with open_text(path) as text:
        found = _in_chunks(text, take, scanning)
        whole = b"" if found else text.whole()
    if found is None:
        expect_text(path, whole)
        try:
            found = chunks.decode_whole(whole, take)
        except msgspec.DecodeError as refusal:
            content = read_lenient(path, whole, str(refusal))
            return content, [take(content.coco.annotations)]
    expect_lists_once(path, found.rest)
    return Lenient(found.coco, [_MARKED] if text.marked else []), found.taken


def _in_chunks(text: Text, take: Callable[[list[Annotation]], T], scanning: Scanning[T]) -> Decoded[T] | None:
    """Return the content of a long text; None where it is to be read as one."""
    if text.size <= 2 * chunks.CHUNK:
        return None
    with scanning(text) if scanning else nullcontext() as scan:
        found = chunks.decode_in_chunks(text, take, scan)
    return found if text.is_ascii or text.is_utf8() else None
