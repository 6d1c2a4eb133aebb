"""Parquet shards: the manifest's columns and the crop itself in a column ``jpeg``."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from core.export import manifest
from core.export.formats.base import Crop
from core.export.formats.open_files import OpenFiles
from core.export.formats.sharded import ROW, SHARD, ShardedFormat, ShardReader, ShardWriter
from core.files import AnyPath

# Rows of a Parquet row group, the least that a reader can read. From memory-mapped shards a random crop
# takes 38 us with 128 rows and 117 us with 512; decoding it takes 120 us.
ROW_GROUP = 128

_SCHEMA = pa.schema([*manifest.FACTS, SHARD, ROW, pa.field("jpeg", pa.binary(), nullable=False)])


class ParquetWriter(ShardWriter):
    """Writes one row per crop, a row group at a time."""

    def __init__(self, path: AnyPath, work: AnyPath) -> None:
        super().__init__(path, work)
        # JPEG does not compress further, and no two crops are equal, as a dictionary would need.
        compression = {name: "none" if name == "jpeg" else "snappy" for name in _SCHEMA.names}
        facts = [name for name in _SCHEMA.names if name != "jpeg"]
        self.table = pq.ParquetWriter(self.file, _SCHEMA, compression=compression, use_dictionary=facts)
        self.rows: list[dict[str, Any]] = []

    def add(self, crop: Crop) -> dict[str, Any]:
        """Add a crop to the row group, and write the group once it is full."""
        location = self.next_row()
        self.rows.append({**crop.row, **location, "jpeg": crop.data})
        if len(self.rows) == ROW_GROUP:
            self._write_group()
        return location

    def _write_group(self) -> None:
        self.table.write_table(pa.Table.from_pylist(self.rows, _SCHEMA))
        self.rows = []

    def end(self) -> None:
        """Write the last rows and the footer."""
        if self.rows:
            self._write_group()
        self.table.close()

    def close(self) -> None:
        """See :class:`ShardWriter`."""
        self.table.is_open = (
            False  # else its finalizer writes a footer into the closed file, and prints why not
        )
        super().close()


class ParquetReader(ShardReader):
    """Reads crops from memory-mapped shards, a row group at a time; it keeps the last one."""

    columns = ("shard", "row")
    _group: tuple[str, int, Any] = ("", -1, None)

    @staticmethod
    def _open() -> OpenFiles[Any]:
        return OpenFiles(_mapped, pq.ParquetFile.close)

    def _read(self, shard: str, row: int) -> bytes:
        file = self._opened.get(self.folder, shard)
        size = file.metadata.row_group(0).num_rows
        number = row // size
        if self._group[:2] != (shard, number):
            # No threads: in a forked process, the threads of Arrow's pool do not exist.
            self._group = (shard, number, file.read_row_group(number, ["jpeg"], use_threads=False)["jpeg"])
        data: bytes = self._group[2][row % size].as_py()
        return data


def _mapped(path: Path) -> pq.ParquetFile:
    return pq.ParquetFile(path, memory_map=True, pre_buffer=False)


class Parquet(ShardedFormat):
    """``shard-00000.parquet``."""

    summary = "Parquet shards, the JPEG in a column"
    columns = (SHARD, ROW)
    overhead = 100
    suffix = "parquet"
    shard_writer = ParquetWriter
    shard_reader = ParquetReader
