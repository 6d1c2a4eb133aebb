"""Columns that were computed from a large file, kept on disk for the next time that it is opened.

They are in ``columns/`` of the folder for caches, see :mod:`core.caching.disk`. An entry that was made by
other code, of a file in another state, or that is damaged counts as none.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.caching import disk
from core.files.hashing import joined_sha256
from core.threads import in_threads

T = TypeVar("T")
Arrays = Mapping[str, NDArray[Any]]

# Bytes in all: some thirty sets of the size of COCO's training set.
LIMIT = 1_000_000_000
# Bytes of a file from which its columns are kept: a smaller one is read in some 20 ms.
LEAST = 1_000_000

_SIZE = 8
_PART = 8 << 20
_DIGEST = hashlib.sha256().digest_size


class Entry(NamedTuple):
    """What is kept: the state of the file, plain values as JSON, and arrays."""

    state: str
    values: bytes
    arrays: Arrays


class _Head(msgspec.Struct):
    version: str
    state: str
    values: int
    arrays: list[tuple[str, str, list[int]]]


def load(key: str) -> Entry | None:
    """Return the entry of a key; None where there is none that can be used.

    One that is being saved by this process is waited for.
    """
    settle()
    body = _cache().read_writable(key)
    if body is None or body[:_DIGEST] != _digest(body[_DIGEST:], in_threads):
        return None
    start = _DIGEST + _SIZE
    end = start + int.from_bytes(body[_DIGEST:start], "little")
    try:
        head = msgspec.json.decode(body[start:end], type=_Head)
    except msgspec.DecodeError:  # one of another version
        return None
    if head.version != _version():
        return None
    values = bytes(body[end : end + head.values])
    at = end + head.values
    arrays = {}
    for name, kind, shape in head.arrays:
        dtype, count = np.dtype(kind), int(np.prod(shape))
        arrays[name] = np.frombuffer(body, dtype, count, at).reshape(shape)
        at += dtype.itemsize * count
    return Entry(head.state, values, arrays)


def save(key: str, entry: Entry) -> None:
    """Keep an entry, in place of the former one of this key."""
    described = [(name, array.dtype.str, list(array.shape)) for name, array in entry.arrays.items()]
    head = msgspec.json.encode(_Head(_version(), entry.state, len(entry.values), described))
    body: list[bytes | memoryview] = [len(head).to_bytes(_SIZE, "little"), head, entry.values]
    body += map(_bytes, entry.arrays.values())
    whole = b"".join(body)
    _cache().write(key, _digest(memoryview(whole), map), whole)


def _digest(body: memoryview, each: Callable[..., Iterable[bytes]]) -> bytes:
    """Return the SHA-256 of those of the parts of an entry.

    `each` maps a function to them: one after the other where an entry is saved, since a process that ends
    begins no threads, and side by side where somebody waits.
    """
    parts = [body[start : start + _PART] for start in range(0, len(body), _PART)]
    return hashlib.sha256(b"".join(each(lambda part: hashlib.sha256(part).digest(), parts))).digest()


def save_later(save: Callable[[], None]) -> None:
    """Run a function that saves entries in a thread; a process that ends waits for it."""
    thread = Thread(target=save, name="columns")
    thread.start()
    _saving.add(thread)


def settle() -> None:
    """Wait for all that :func:`save_later` has begun."""
    for thread in [*_saving]:
        thread.join()
        _saving.discard(thread)


_saving: set[Thread] = set()


def _bytes(array: NDArray[Any]) -> memoryview:
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data


def _cache() -> disk.DiskCache:
    return _of_folder(disk.folder())


@cache
def _of_folder(folder: Path) -> disk.DiskCache:
    return disk.DiskCache(folder / "columns", LIMIT, ".bin")


@cache
def _version() -> str:
    """Return a hash of the code that makes entries, and of what it decodes with."""
    core = Path(__file__).parents[1]
    sources = [*core.glob("*.py"), *core.glob("datasets/**/*.py"), *core.glob("files/*.py")]
    return f"{joined_sha256(sorted(sources))} {msgspec.__version__} {np.__version__}"
