"""Formats with one file per shard: its name, its checksum, and how it is written again with new labels."""

import re
import tarfile
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

import pyarrow as pa

from core.errors import BoxscopeError
from core.export import manifest
from core.export.formats.base import Crop, Format, Reader, Relabelled, Writer
from core.export.formats.open_files import OpenFiles
from core.files import AnyPath, files_at
from core.files.hashing import sha256

SHARD, ROW = pa.field("shard", pa.string()), pa.field("row", pa.int32())
"""Columns of the manifest: the name of the file, and the number of the crop in it, from 0."""


class ShardWriter(Writer):
    """Writes a shard's file under a temporary name; :meth:`finish` moves it to its final path.

    Parameters
    ----------
    path : Path or RemotePath
        Its final path.
    work : Path or RemotePath
        See :meth:`Format.writer`.
    """

    def __init__(self, path: AnyPath, work: AnyPath) -> None:
        self.path = path
        self.temporary = files_at(work).temporary_file(path.name)
        self.file = self.temporary.open("wb")
        self.crops = 0

    def next_row(self) -> dict[str, Any]:
        """Count a crop, and return its values of ``SHARD`` and ``ROW``."""
        self.crops += 1
        return {"shard": self.path.name, "row": self.crops - 1}

    def finish(self) -> dict[str, Any]:
        """See :class:`Writer`."""
        self.end()
        self.file.close()
        digest, size = sha256(self.temporary), self.temporary.stat().st_size
        files_at(self.path).commit(self.temporary)
        files_at(self.path.parent).sync_names()
        return {"name": self.path.name, "crops": self.crops, "bytes": size, "sha256": digest}

    @abstractmethod
    def end(self) -> None:
        """Write what the file needs after the last crop."""

    def close(self) -> None:
        """Close the file, and remove it unless it is finished."""
        self.file.close()
        self.temporary.unlink(missing_ok=True)


class ShardReader(Reader):
    """Reads crops from shards, whose files stay open."""

    def __init__(self, folder: AnyPath) -> None:
        super().__init__(folder)
        self._opened = self._open()

    @staticmethod
    @abstractmethod
    def _open() -> OpenFiles[Any]: ...

    def __getstate__(self) -> dict[str, Any]:
        return {"folder": self.folder}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.folder = state["folder"]
        self._opened = self._open()

    def close(self) -> None:
        """Close open files; they are opened again when needed."""
        self._opened.close_all()


class ShardedFormat(Format):
    """One file per shard, ``shard-00007.tar``; the first of its columns is ``SHARD``."""

    sharded = True
    suffix: ClassVar[str]
    """Of the file, without the dot."""
    shard_writer: ClassVar[type[ShardWriter]]
    shard_reader: ClassVar[type[ShardReader]]

    def writer(self, folder: AnyPath, work: AnyPath, number: int) -> Writer:
        """See :class:`Format`."""
        return self.shard_writer(folder / self.shard_name(number), work)

    def reader(self, folder: AnyPath) -> Reader:
        """See :class:`Format`."""
        return self.shard_reader(folder)

    def shard_name(self, number: int) -> str:
        """Return the name of a shard's file: ``shard-00007.tar``."""
        return f"shard-{number:05d}.{self.suffix}"

    def is_shard_name(self, name: str) -> bool:
        """Return whether a file's name is one that :meth:`shard_name` returns."""
        return re.fullmatch(rf"shard-\d{{5,}}\.{self.suffix}", name) is not None

    def shard_number(self, name: str) -> int:
        """Return the number in a shard's name, the inverse of :meth:`shard_name`.

        Raises
        ------
        BoxscopeError
            It is not the name of a shard.
        """
        if not self.is_shard_name(name):
            raise BoxscopeError(f"no name of a shard, expected {self.shard_name(7)}", name)
        return int(name.removeprefix("shard-").removesuffix(f".{self.suffix}"))

    def stem(self, row: dict[str, Any]) -> str:
        """Return the stem that a crop was written with, from its row; empty where the format stores none."""
        return ""

    def written(self, folder: AnyPath) -> Iterator[str]:
        """Yield the shards, known by their names."""
        return filter(self.is_shard_name, sorted(files_at(folder).entries(strict=True).files))

    def clear(self, folder: AnyPath) -> None:
        """Remove all shards, known by their names."""
        files_at(folder).remove_matching("shard-*", self.is_shard_name)

    def check_relabel(
        self, folder: AnyPath, shards: Iterable[Relabelled], files: Mapping[str, dict[str, Any]]
    ) -> None:
        """Check the checksum of every shard that has a crop with a new label."""
        for rows, changed, _ in shards:
            if changed.any():
                name = rows["shard"][0].as_py()
                _check_sha256(folder / name, files[name]["sha256"])

    def relabel(
        self, folder: AnyPath, work: AnyPath, shard: Relabelled
    ) -> tuple[pa.Table, dict[str, Any] | None]:
        """Write the shard again and replace the old one; leave it as it is if no label changes."""
        if not shard.changed.any():
            return shard.rows, None
        rows = shard.rows.to_pylist()
        path = folder / rows[0]["shard"]
        with _reading(path), self.rewriter(path, work) as writer:
            for row, data in zip(rows, self.read_all(path, rows), strict=True):
                facts = {name: row[name] for name in manifest.FACTS.names}
                row |= writer.add(Crop(data, facts, self.stem(row)))
            file = writer.finish()
        return pa.Table.from_pylist(rows, shard.rows.schema), file

    def rewriter(self, path: AnyPath, work: AnyPath) -> Writer:
        """Return the writer that takes a shard's place, with other labels."""
        return self.writer(path.parent, work, self.shard_number(path.name))

    def read_all(self, path: AnyPath, rows: list[dict[str, Any]]) -> Iterator[bytes]:
        """Yield the bytes of all crops of a shard in their order.

        Parameters
        ----------
        path : Path or RemotePath
            Of the shard's file.
        rows : list of dict
            Of the manifest.
        """
        reader = self.reader(path.parent)
        for row in rows:
            yield reader.read(*(row[column] for column in reader.columns))
        reader.close()


@contextmanager
def _reading(path: AnyPath) -> Iterator[None]:
    """Return a context in which a shard that is no archive, or of other crops, is an error that names it."""
    try:
        yield
    except (tarfile.TarError, ValueError) as error:
        raise BoxscopeError(f"cannot be read ({error})", path) from error


def _check_sha256(path: AnyPath, expected: str) -> None:
    digest = sha256(path)
    if digest != expected:
        raise BoxscopeError(
            f"SHA-256 {digest[:12]}…, export.json says {expected[:12]}…: it was changed", path
        )
