"""Parquet shards: the manifest's columns, and the crop itself as Hugging Face's datasets show pictures.

Its column ``image`` is a struct of ``bytes`` and ``path``, and the schema's metadata say that it is an image.
In layout 4 the bytes were a column ``jpeg``: such shards are read, and keep it when they get other labels.
"""

import json
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from core.export import manifest
from core.export.formats.base import Crop, Writer
from core.export.formats.open_files import OpenFiles
from core.export.formats.sharded import ROW, SHARD, ShardedFormat, ShardReader, ShardWriter
from core.files import AnyPath, files_at

# Rows of a Parquet row group, the least that a reader can read. From memory-mapped shards a random crop
# takes 38 us with 128 rows and 117 us with 512; decoding it takes 120 us.
ROW_GROUP = 128

IMAGE, JPEG = "image", "jpeg"
_IMAGE_TYPE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
_FACTS = (*manifest.FACTS, SHARD, ROW)
_OLD_SCHEMA = pa.schema([*_FACTS, pa.field(JPEG, pa.binary(), nullable=False)])


def _hugging_face(schema: pa.Schema) -> dict[str, str]:
    """Return the metadata by which Hugging Face's datasets know the type of each column."""
    features = {
        field.name: {"_type": "Image"}
        if field.name == IMAGE
        else {"dtype": {"float": "float32"}.get(str(field.type), str(field.type)), "_type": "Value"}
        for field in schema
    }
    return {"huggingface": json.dumps({"info": {"features": features}})}


# Nullable, though none is null: datasets takes a type for a picture's only where the whole field is equal.
_SCHEMA = pa.schema([*_FACTS, pa.field(IMAGE, _IMAGE_TYPE)])
_SCHEMA = _SCHEMA.with_metadata(_hugging_face(_SCHEMA))


class ParquetWriter(ShardWriter):
    """Writes one row per crop, a row group at a time."""

    def __init__(self, path: AnyPath, work: AnyPath, schema: pa.Schema = _SCHEMA) -> None:
        super().__init__(path, work)
        self.schema = schema
        facts = [field.name for field in _FACTS]
        # JPEG does not compress further, and no two crops are equal, as a dictionary would need.
        compression = dict.fromkeys(facts, "snappy") | {JPEG: "none", f"{IMAGE}.bytes": "none"}
        compression |= {f"{IMAGE}.path": "snappy"}
        self.table = pq.ParquetWriter(self.file, schema, compression=compression, use_dictionary=facts)
        self.rows: list[dict[str, Any]] = []

    def add(self, crop: Crop) -> dict[str, Any]:
        """Add a crop to the row group, and write the group once it is full."""
        location = self.next_row()
        name, _ = os.path.splitext(crop.row["file_name"])
        path = f"{name}.{crop.row['rank']}.{crop.suffix}"
        self.rows.append({**crop.row, **location, JPEG: crop.data, IMAGE: {"bytes": crop.data, "path": path}})
        if len(self.rows) == ROW_GROUP:
            self._write_group()
        return location

    def _write_group(self) -> None:
        self.table.write_table(pa.Table.from_pylist(self.rows, self.schema))
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
            self._group = (shard, number, _pictures(file, number))
        data: bytes = self._group[2][row % size].as_py()
        return data


def _pictures(file: pq.ParquetFile, group: int) -> pa.Array:
    if _is_old(file):
        return file.read_row_group(group, [JPEG], use_threads=False)[JPEG].combine_chunks()
    table = file.read_row_group(group, [f"{IMAGE}.bytes"], use_threads=False)
    return table[IMAGE].combine_chunks().field("bytes")


def _is_old(file: pq.ParquetFile) -> bool:
    return JPEG in file.schema_arrow.names


def _mapped(path: Path) -> pq.ParquetFile:
    return pq.ParquetFile(path, memory_map=True, pre_buffer=False)


class Parquet(ShardedFormat):
    """``shard-00000.parquet``."""

    summary = "Parquet shards with pictures, for Hugging Face"
    layout = 5
    columns = (SHARD, ROW)
    overhead = 100
    suffix = "parquet"
    shard_writer = ParquetWriter
    shard_reader = ParquetReader

    def rewriter(self, path: AnyPath, work: AnyPath) -> Writer:
        """Return a writer of the columns that the shard has, see :class:`ShardedFormat`."""
        with pq.ParquetFile(files_at(path).readable()) as file:
            schema = _OLD_SCHEMA if _is_old(file) else _SCHEMA
        return ParquetWriter(path, work, schema)
