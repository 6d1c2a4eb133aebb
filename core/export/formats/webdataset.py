"""Tar shards as WebDataset reads them: of each crop its class, its JPEG and its facts, under one key."""

import json
import os
import tarfile
from typing import Any

import pyarrow as pa

from core.export import manifest
from core.export.formats.base import Crop
from core.export.formats.open_files import OpenFiles
from core.export.formats.sharded import ROW, SHARD, ShardedFormat, ShardReader, ShardWriter

_PLAIN_HEADER = tarfile.TarInfo("").tobuf(tarfile.PAX_FORMAT)


def sample_key(stem: str, rank: int) -> str:
    """Return the key of a crop: all its members are this and a suffix, so it has no dot of its own."""
    return f"{stem}_{rank:06d}"


def key_stem(key: str) -> str:
    """Return the stem that :func:`sample_key` was given."""
    return key.rpartition("_")[0]


def tar_header(name: str, size: int) -> bytes:
    """Return the header of a member that has a name and a size and nothing else.

    The same bytes as tarfile's: 3 us instead of 22, three times a crop.
    """
    encoded = name.encode("utf-8", "surrogateescape")
    if len(encoded) > tarfile.LENGTH_NAME or not encoded.isascii() or size >= 8**11:
        member = tarfile.TarInfo(name)
        member.size = size
        return member.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
    front = encoded.ljust(tarfile.LENGTH_NAME, b"\0") + _PLAIN_HEADER[100:124] + b"%011o\0" % size
    front, back = front + _PLAIN_HEADER[136:148], _PLAIN_HEADER[156:]
    # The sum counts its own field, 148:156, as spaces.
    return front + b"%06o\0 " % (sum(front) + sum(back) + 8 * ord(" ")) + back


class TarWriter(ShardWriter):
    """Writes three members a crop. Headers hold a name and a size, so that equal crops make equal bytes."""

    def add(self, crop: Crop) -> dict[str, Any]:
        """Write the members of a crop."""
        key = sample_key(crop.stem, crop.row["rank"])
        facts = {name: crop.row.get(name) for name in manifest.FACTS.names}
        self._member(f"{key}.cls", str(crop.row["label"]).encode())
        offset = self._member(f"{key}.{crop.suffix}", crop.data)
        self._member(f"{key}.json", json.dumps(facts).encode())
        return {**self.next_row(), "key": key, "offset": offset, "size": len(crop.data)}

    def _member(self, name: str, data: bytes) -> int:
        self.file.write(tar_header(name, len(data)))
        offset = self.file.tell()
        self.file.write(data + bytes(-len(data) % tarfile.BLOCKSIZE))
        return offset

    def end(self) -> None:
        """Write two empty blocks, and more up to a full record, as tar does."""
        self.file.write(bytes(2 * tarfile.BLOCKSIZE))
        self.file.write(bytes(-self.file.tell() % tarfile.RECORDSIZE))


class TarReader(ShardReader):
    """Reads a crop's bytes where the manifest says that they begin."""

    columns = ("shard", "offset", "size")

    @staticmethod
    def _open() -> OpenFiles[Any]:
        return OpenFiles(lambda path: os.open(path, os.O_RDONLY), os.close)

    def _read(self, shard: str, offset: int, size: int) -> bytes:
        data = os.pread(self._opened.get(self.folder, shard), size, offset)
        if len(data) < size:
            raise ValueError(f"it ends at byte {offset + len(data)}")
        return data


class WebDataset(ShardedFormat):
    """``shard-00000.tar`` with ``KEY.cls``, ``KEY.jpg`` and ``KEY.json``."""

    summary = "tar shards of JPEG, JSON and class"
    columns = (
        SHARD,
        ROW,
        pa.field("key", pa.string()),
        # Of the JPEG in the shard's file: a reader needs no walk over the headers.
        pa.field("offset", pa.int64()),
        pa.field("size", pa.int32()),
    )
    overhead = 2500
    suffix = "tar"
    shard_writer = TarWriter
    shard_reader = TarReader

    def stem(self, row: dict[str, Any]) -> str:
        """See :class:`ShardedFormat`."""
        return key_stem(row["key"])
