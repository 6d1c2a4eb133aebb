"""Tables on disk, mapped into memory: the processes that work on a file share one copy of its columns."""

import mmap
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.caching import disk
from core.files.hashing import joined_sha256
from core.proposers.from_file.table import Dropped, Table

# Bytes in all: some 60 million boxes with scores.
LIMIT = 2_000_000_000

_SIZE, _ALIGNED = 8, 64
_PLAIN = ("by", "dropped")


class _Head(msgspec.Struct):
    """What a file holds: the name, type, shape and place of each array behind the head."""

    by: str
    dropped: list[Dropped]
    arrays: list[tuple[str, str, list[int], int]]
    bytes: int


def load(key: str) -> Table | None:
    """Return the table of a key, None where there is none that can be used."""
    mapped = _cache().map(_versioned(key))
    if mapped is None:
        return None
    start = _SIZE + int.from_bytes(mapped[:_SIZE], "little")
    try:
        head = msgspec.json.decode(mapped[_SIZE:start], type=_Head)
    except msgspec.DecodeError:
        return None
    start = _aligned(start)
    if len(mapped) != start + head.bytes:
        return None
    arrays = {name: _array(mapped, start + at, kind, shape) for name, kind, shape, at in head.arrays}
    missing = dict.fromkeys(field.name for field in fields(Table))
    columns: dict[str, Any] = {**missing, **arrays}
    columns["by"], columns["dropped"] = head.by, tuple(head.dropped)
    return Table(**columns)


def save(key: str, table: Table) -> None:
    """Keep a table, in place of the former one of this key."""
    described: list[tuple[str, str, list[int], int]] = []
    parts: list[bytes | memoryview] = []
    at = 0
    for field in fields(Table):
        array = getattr(table, field.name)
        if field.name in _PLAIN or array is None:
            continue
        data = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
        padding = _aligned(data.nbytes) - data.nbytes
        described.append((field.name, array.dtype.str, list(array.shape), at))
        parts += [data.data, bytes(padding)]
        at += data.nbytes + padding
    head = msgspec.json.encode(_Head(table.by, list(table.dropped), described, at))
    start = _SIZE + len(head)
    beginning = len(head).to_bytes(_SIZE, "little") + head + bytes(_aligned(start) - start)
    _cache().write(_versioned(key), beginning, *parts)


def _array(mapped: mmap.mmap, at: int, kind: str, shape: list[int]) -> NDArray[Any]:
    return np.frombuffer(mapped, np.dtype(kind), int(np.prod(shape)), at).reshape(shape)


def _aligned(size: int) -> int:
    return -(-size // _ALIGNED) * _ALIGNED


def _versioned(key: str) -> str:
    return f"{key}\n{_version()}"


def _cache() -> disk.DiskCache:
    return _of_folder(disk.folder())


@cache
def _of_folder(folder: Path) -> disk.DiskCache:
    return disk.DiskCache(folder / "results", LIMIT, ".bin")


@cache
def _version() -> str:
    """Return a hash of the code that makes tables, and of what it reads with."""
    return (
        f"{joined_sha256(sorted(Path(__file__).parent.glob('*.py')))} {msgspec.__version__} {np.__version__}"
    )
