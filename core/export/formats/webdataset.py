"""Tar shards as WebDataset reads them: the class, the JPEG and the facts of each crop under one key."""

import json
import os
import tarfile
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from core.export import manifest
from core.export.formats.base import Crop
from core.export.formats.open_files import OpenFiles
from core.export.formats.sharded import ROW, SHARD, ShardedFormat, ShardReader, ShardWriter
from core.files import AnyPath, files_at

_PLAIN_HEADER = tarfile.TarInfo("").tobuf(tarfile.PAX_FORMAT)


def sample_key(stem: str, rank: int) -> str:
    """Return the key of a crop, the name of its members but for their suffix; it has no dot."""
    return f"{stem}_{rank:06d}"


def key_stem(key: str) -> str:
    """Return the stem in a key, the inverse of :func:`sample_key`."""
    return key.rpartition("_")[0]


def tar_header(name: str, size: int) -> bytes:
    """Return the header of a member with a name and a size, all else as tarfile has it by default.

    The bytes are those of :meth:`tarfile.TarInfo.tobuf`, in 3 us instead of 22; a crop has three headers.
    """
    encoded = name.encode("utf-8", "surrogateescape")
    if len(encoded) > tarfile.LENGTH_NAME or not encoded.isascii() or size >= 8**11:
        member = tarfile.TarInfo(name)
        member.size = size
        return member.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
    front = encoded.ljust(tarfile.LENGTH_NAME, b"\0") + _PLAIN_HEADER[100:124] + b"%011o\0" % size
    front, back = front + _PLAIN_HEADER[136:148], _PLAIN_HEADER[156:]
    # The checksum counts its own field, bytes 148 to 155, as spaces.
    return front + b"%06o\0 " % (sum(front) + sum(back) + 8 * ord(" ")) + back


class TarWriter(ShardWriter):
    """Writes three members per crop. Headers hold no time or owner, so that equal crops give equal bytes."""

    def add(self, crop: Crop) -> dict[str, Any]:
        """Write the members of a crop."""
        key = sample_key(crop.stem, crop.row["rank"])
        facts = {name: crop.row.get(name) for name in manifest.FACTS.names}
        self._member(f"{key}.cls", str(crop.row["class"]).encode())
        offset = self._member(f"{key}.{crop.suffix}", crop.data)
        self._member(f"{key}.json", json.dumps(facts).encode())
        return {**self.next_row(), "key": key, "offset": offset, "size": len(crop.data)}

    def _member(self, name: str, data: bytes) -> int:
        self.file.write(tar_header(name, len(data)))
        offset = self.file.tell()
        self.file.write(data + bytes(-len(data) % tarfile.BLOCKSIZE))
        return offset

    def end(self) -> None:
        """Write two empty blocks, then fill the last record with zeros, as tar does."""
        self.file.write(bytes(2 * tarfile.BLOCKSIZE))
        self.file.write(bytes(-self.file.tell() % tarfile.RECORDSIZE))


class TarReader(ShardReader):
    """Reads a crop at its offset in the shard, which the manifest holds."""

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
        # Of the JPEG in the shard's file, so that a reader need not scan the headers.
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

    def read_all(self, path: AnyPath, rows: list[dict[str, Any]]) -> Iterator[bytes]:
        """See :class:`ShardedFormat`.

        Member by member, not at the offsets of the manifest: a relabelling that was broken off may have
        written the shard again with longer facts and other offsets, but not the manifest.
        """
        with files_at(path).local_copy() as copy, tarfile.open(copy, "r:") as shard:
            for member in shard:
                if member.name.endswith((".jpg", ".png")):
                    file = shard.extractfile(member)
                    yield b"" if file is None else file.read()
