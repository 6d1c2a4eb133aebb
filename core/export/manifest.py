"""The manifest: a Parquet row a crop, enough to train from and to find the way back to the image."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import BoxscopeError, Unreachable
from core.files import atomic
from core.files.paths import reason, remote

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


def write_part(path: Path, rows: list[dict[str, Any]], columns: pa.Schema, notes: dict[str, Any]) -> None:
    """Write a shard's rows and notes under their final name only when they are whole.

    Parameters
    ----------
    path : Path
    rows : list of dict
    columns : pyarrow.Schema
        See :func:`schema`.
    notes : dict
        Plain values kept beside the rows: what was counted, what was skipped.
    """
    noted = columns.with_metadata({_NOTES: json.dumps(notes).encode()})
    table = pa.Table.from_pylist(rows, noted)
    atomic.whole(path, lambda waiting: pq.write_table(table, waiting), path.parent)


def read_parts(paths: Iterable[Path], folder: Path) -> Iterator[tuple[pa.Table, dict[str, Any]]]:
    """Read the rows and notes of parts in a folder, one after another."""
    return atomic.each(_read_part, paths, folder)


def _read_part(path: Path) -> tuple[pa.Table, dict[str, Any]]:
    # pq.read_table takes four times as long, and a run of small shards waits for it at its end.
    with pq.ParquetFile(path if remote(path) is None else pa.BufferReader(path.read_bytes())) as file:
        table = file.read(use_threads=False)
    return table.replace_schema_metadata(None), json.loads(table.schema.metadata[_NOTES])


def write(path: Path, columns: pa.Schema, tables: Iterable[pa.Table], work: Path) -> None:
    """Write the manifest from the tables of its shards, one in memory at a time.

    Parameters
    ----------
    path : Path
    columns : pyarrow.Schema
    tables : iterable of pyarrow.Table
        Each becomes a row group of its own; one without rows becomes none.
    work : Path
        Holds the manifest until it is whole.
    """

    def fill(waiting: Path) -> None:
        with pq.ParquetWriter(waiting, columns) as writer:
            for table in tables:
                if table.num_rows:
                    writer.write_table(table, row_group_size=table.num_rows)

    atomic.whole(path, fill, work)


@contextmanager
def reading(path: Path) -> Iterator[None]:
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
        raise BoxscopeError(f"cannot be read ({reason(error)})", path) from error


def read_shards(path: Path) -> Iterator[pa.Table]:
    """Read the manifest shard by shard; those without crops have no rows and are left out.

    Raises
    ------
    BoxscopeError
        It is missing or damaged.
    """
    with reading(path), atomic.near(path) as near, pq.ParquetFile(near) as file:
        for number in range(file.num_row_groups):
            yield _with_source(file.read_row_group(number))


def _with_source(table: pa.Table) -> pa.Table:
    """Complete the rows of a manifest from the time when every crop was a proposal's."""
    if "source" in table.column_names:
        return table
    place = FACTS.get_field_index("source")
    return table.add_column(place, FACTS.field(place), pa.array(["proposal"] * table.num_rows, pa.string()))
