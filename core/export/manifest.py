"""The manifest: one Parquet row per crop, which is enough to train from and to find its image again."""

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

# What is known of a crop; the columns of its format, which locate it, come after these.
FACTS = pa.schema(
    [
        ("image_id", pa.int64()),
        ("file_name", pa.string()),
        ("x0", pa.float32()),
        ("y0", pa.float32()),
        ("x1", pa.float32()),
        ("y1", pa.float32()),
        ("rank", pa.int32()),
        # What the box is: proposal, truth or jitter, see core.sampling.Source.
        ("source", pa.string()),
        # Null where the proposer gives none.
        ("score", pa.float32()),
        ("iou", pa.float32()),
        # Largest share of the box's own area inside one object.
        ("inside", pa.float32()),
        # Pixels of the objects' masks in the box; null where the label rule did not ask for them.
        ("mask_pixels", pa.int32()),
        ("label", pa.int8()),
        # Of the object below, where the label is 1 and the category certain; else null.
        ("category", pa.int64()),
        # The label, or by category the number of the class, see core.sampling.classes.
        ("class", pa.int32()),
        # The object with the best IoU; null where none overlaps.
        ("gt_id", pa.int64()),
        # Null too where objects of two categories overlap equally.
        ("gt_category", pa.int64()),
        ("gt_x0", pa.float32()),
        ("gt_y0", pa.float32()),
        ("gt_x1", pa.float32()),
        ("gt_y1", pa.float32()),
        ("proposer", pa.string()),
        # What the proposer did otherwise than its parameters say, as a scale that it chose; null for nothing.
        ("remark", pa.string()),
    ]
)

_NOTES = b"boxscope"


def schema(location: Sequence[pa.Field]) -> pa.Schema:
    """Return the columns of a manifest: the facts, then those by which a format locates a crop."""
    return pa.schema([*FACTS, *location])


def write_part(path: AnyPath, rows: list[dict[str, Any]], columns: pa.Schema, notes: dict[str, Any]) -> None:
    """Write a shard's rows and notes as a part, complete or not at all.

    Parameters
    ----------
    path : Path or RemotePath
    rows : list of dict
    columns : pyarrow.Schema
        See :func:`schema`.
    notes : dict
        Plain values kept beside the rows: counts and skipped images.
    """
    noted = columns.with_metadata({_NOTES: json.dumps(notes).encode()})
    table = pa.Table.from_pylist(rows, noted)
    write_atomically(path, lambda waiting: pq.write_table(table, waiting), path.parent)


def read_parts(paths: Iterable[AnyPath], folder: AnyPath) -> Iterator[tuple[pa.Table, dict[str, Any]]]:
    """Yield the rows and notes of each part in a folder, in the order of the paths."""
    return files_at(folder).map(_read_part, paths)


def _read_part(path: AnyPath) -> tuple[pa.Table, dict[str, Any]]:
    # pq.read_table takes four times as long, and the end of a run with small shards waits for it.
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
        Folder that holds the manifest until it is complete.
    """

    def fill(waiting: Path) -> None:
        with pq.ParquetWriter(waiting, columns) as writer:
            for table in tables:
                if table.num_rows:
                    writer.write_table(table, row_group_size=table.num_rows)

    write_atomically(path, fill, work)


@contextmanager
def reading(path: AnyPath) -> Iterator[None]:
    """Return a context in which errors of reading a manifest name its path.

    These are a missing file, a damaged one, and one that no export wrote.

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
    """Yield the rows of each shard of a manifest; shards without crops have none and are left out.

    Raises
    ------
    BoxscopeError
        It is missing or damaged.
    """
    with reading(path), files_at(path).local_copy() as copy, pq.ParquetFile(copy) as file:
        for number in range(file.num_row_groups):
            yield complete(file.read_row_group(number))


def complete(table: pa.Table) -> pa.Table:
    """Return rows with all facts; of those that manifests of older versions lack, most are null.

    The source was a proposal, the class the label.
    """
    for column, field in enumerate(FACTS):
        if field.name not in table.column_names:
            values = pa.nulls(table.num_rows, field.type)
            if field.name == "source":
                values = pa.array(["proposal"] * table.num_rows, field.type)
            elif field.name == "class":
                values = table["label"].cast(field.type)
            table = table.add_column(column, field, values)
    return table
