"""How one crop comes back from disk: a small reader a format, without torch.

Readers can be pickled and forked: they open files when a crop is asked for, and read without moving a
position that another process might share.
"""

import os
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import pyarrow.parquet as pq

from core.errors import BoxscopeError
from core.files import atomic
from core.files.paths import reason, remote

# Below the 1,024 files that a process may have open by default, with room for the rest.
_OPEN = 256

# Of files from elsewhere, each with a copy on this machine's disk.
_COPIED = 64

T = TypeVar("T")


class Opened(Generic[T]):
    """The files opened last; the one not used for longest is closed when there are too many.

    Of a file behind a URL a copy is opened, which has no name any more and goes when it is closed.
    """

    def __init__(self, open: Callable[[Path], T], close: Callable[[T], object]) -> None:
        self.open = open
        self.close = close
        self.files: OrderedDict[str, T] = OrderedDict()

    def get(self, folder: Path, name: str) -> T:
        """Give an open file."""
        if name not in self.files:
            if len(self.files) >= (_OPEN if remote(folder) is None else _COPIED):
                self.close(self.files.popitem(last=False)[1])
            with atomic.near(folder / name) as path:
                self.files[name] = self.open(path)
        self.files.move_to_end(name)
        return self.files[name]

    def close_all(self) -> None:
        """Close every file."""
        while self.files:
            self.close(self.files.popitem()[1])


class Reader(ABC):
    """Reads crops by their row of the manifest.

    Parameters
    ----------
    folder : Path
        OUT/SPLIT.
    """

    columns: ClassVar[tuple[str, ...]]
    """Of the manifest: what :meth:`read` is given, in this order."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, *place: Any) -> bytes:
        """Read the JPEG of a crop.

        Raises
        ------
        BoxscopeError
            Its file is missing, or ends too early.
        """
        try:
            return self._read(*place)
        except (OSError, IndexError, ValueError) as error:
            raise BoxscopeError(f"cannot be read ({reason(error)})", self.folder / str(place[0])) from error

    @abstractmethod
    def _read(self, *place: Any) -> bytes: ...

    @abstractmethod
    def close(self) -> None:
        """Let go of open files; they open again when needed."""


class NoReader(Reader):
    """Of a manifest alone."""

    columns = ()

    def _read(self, *place: Any) -> bytes:
        raise BoxscopeError("holds a manifest alone, expected a --format with crops", self.folder)

    def close(self) -> None:
        """Nothing is open."""


class FileReader(Reader):
    """Of a file a crop."""

    columns = ("path",)

    def _read(self, path: str) -> bytes:
        return (self.folder / path).read_bytes()

    def close(self) -> None:
        """Nothing stays open."""


class ShardReader(Reader):
    """Of shards, which stay open."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._opened = self._open()

    @staticmethod
    @abstractmethod
    def _open() -> Opened[Any]: ...

    def __getstate__(self) -> dict[str, Any]:
        return {"folder": self.folder}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.folder = state["folder"]
        self._opened = self._open()

    def close(self) -> None:
        """Let go of open files; they open again when needed."""
        self._opened.close_all()


class TarReader(ShardReader):
    """Of tar shards: the manifest knows where in the file a JPEG begins."""

    columns = ("shard", "offset", "size")

    @staticmethod
    def _open() -> Opened[Any]:
        return Opened(lambda path: os.open(path, os.O_RDONLY), os.close)

    def _read(self, shard: str, offset: int, size: int) -> bytes:
        data = os.pread(self._opened.get(self.folder, shard), size, offset)
        if len(data) < size:
            raise ValueError(f"it ends at byte {offset + len(data)}")
        return data


class ParquetReader(ShardReader):
    """Of Parquet shards, mapped into memory: a row group is read to get one of its crops."""

    columns = ("shard", "row")
    _group: tuple[str, int, Any] = ("", -1, None)

    @staticmethod
    def _open() -> Opened[Any]:
        return Opened(_mapped, pq.ParquetFile.close)

    def _read(self, shard: str, row: int) -> bytes:
        file = self._opened.get(self.folder, shard)
        size = file.metadata.row_group(0).num_rows
        number = row // size
        if self._group[:2] != (shard, number):
            # No threads: this may run in a forked process, which has none of its parent's.
            self._group = (shard, number, file.read_row_group(number, ["jpeg"], use_threads=False)["jpeg"])
        data: bytes = self._group[2][row % size].as_py()
        return data


def _mapped(path: Path) -> pq.ParquetFile:
    return pq.ParquetFile(path, memory_map=True, pre_buffer=False)
