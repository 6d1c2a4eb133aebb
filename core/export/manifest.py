"""The manifest: a Parquet row a crop, enough to train from and to find the way back to the image."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import BoxscopeError, Unreachable
from core.files import AnyPath, files_at, os_reason
from core.files.atomic import write_atomically

# What is known of a crop; a format's own columns, where it lies, come after.
FACTS = pa.schema(
    [
        ("image_id", pa.int64()),
        ("file_name", pa.string()),
        ("x0", pa.float32()),
        ("y0", pa.float32()),
        ("x1", pa.float32()),
        ("y1", pa.float32()),
        ("rank", pa.int32()),
        # proposal, truth or jitter: where the box comes from.
        ("source", pa.string()),
        ("iou", pa.float32()),
        ("label", pa.int8()),
        # The object with the best IoU; null where none overlaps.
        ("gt_id", pa.int64()),
        ("gt_x0", pa.float32()),
        ("gt_y0", pa.float32()),
        ("gt_x1", pa.float32()),
        ("gt_y1", pa.float32()),
        ("proposer", pa.string()),
    ]
)

_NOTES = b"boxscope"


def schema(places: Sequence[pa.Field]) -> pa.Schema:
    """Give the columns of a manifest: the facts, then a format's places."""
    return pa.schema([*FACTS, *places])


def write_part(path: AnyPath, rows: list[dict[str, Any]], columns: pa.Schema, notes: dict[str, Any]) -> None:
    """Write a shard's rows and notes under their final name only when they are whole.

    Parameters
    ----------
    path : Path or RemotePath
    rows : list of dict
    columns : pyarrow.Schema
        See :func:`schema`.
    notes : dict
        Plain values kept beside the rows: what was counted, what was skipped.
    """
    noted = columns.with_metadata({_NOTES: json.dumps(notes).encode()})
    table = pa.Table.from_pylist(rows, noted)
    write_atomically(path, lambda waiting: pq.write_table(table, waiting), path.parent)


def read_parts(paths: Iterable[AnyPath], folder: AnyPath) -> Iterator[tuple[pa.Table, dict[str, Any]]]:
    """Read the rows and notes of parts in a folder, one after another."""
    return files_at(folder).map(_read_part, paths)


def _read_part(path: AnyPath) -> tuple[pa.Table, dict[str, Any]]:
    # pq.read_table takes four times as long, and a run of small shards waits for it at its end.
    with pq.ParquetFile(files_at(path).readable()) as file:
        table = file.read(use_threads=False)
    return table.replace_schema_metadata(None), json.loads(table.schema.metadata[_NOTES])


def write(path: AnyPath, columns: pa.Schema, tables: Iterable[pa.Table], work: AnyPath) -> None:
    """Write the manifest from the tables of its shards, one in memory at a time.

    Parameters
    ----------
    path : Path or RemotePath
    columns : pyarrow.Schema
    tables : iterable of pyarrow.Table
        Each becomes a row group of its own; one without rows becomes none.
    work : Path or RemotePath
        Holds the manifest until it is whole.
    """

    def fill(waiting: Path) -> None:
        with pq.ParquetWriter(waiting, columns) as writer:
            for table in tables:
                if table.num_rows:
                    writer.write_table(table, row_group_size=table.num_rows)

    write_atomically(path, fill, work)


@contextmanager
def reading(path: AnyPath) -> Iterator[None]:
    """Name the manifest that the block reads where it is missing, damaged or none of ours.

    Raises
    ------
    BoxscopeError
    """
    try:
        yield
    except Unreachable:
        raise
    except (OSError, ValueError, KeyError) as error:
        raise BoxscopeError(f"cannot be read ({os_reason(error)})", path) from error


def read_shards(path: AnyPath) -> Iterator[pa.Table]:
    """Read the manifest shard by shard; those without crops have no rows and are left out.

    Raises
    ------
    BoxscopeError
        It is missing or damaged.
    """
    with reading(path), files_at(path).local_copy() as copy, pq.ParquetFile(copy) as file:
        for number in range(file.num_row_groups):
            yield _with_source(file.read_row_group(number))


def _with_source(table: pa.Table) -> pa.Table:
    """Complete the rows of a manifest from the time when every crop was a proposal's."""
    if "source" in table.column_names:
        return table
    place = FACTS.get_field_index("source")
    return table.add_column(place, FACTS.field(place), pa.array(["proposal"] * table.num_rows, pa.string()))
