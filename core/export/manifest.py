"""The manifest: a Parquet row a crop, enough to train from and to find the way back to the image."""

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

SCHEMA = pa.schema(
    [
        ("image_id", pa.int64()),
        ("file_name", pa.string()),
        ("x0", pa.float32()),
        ("y0", pa.float32()),
        ("x1", pa.float32()),
        ("y1", pa.float32()),
        ("rank", pa.int32()),
        ("iou", pa.float32()),
        ("label", pa.int8()),
        # The object with the best IoU; null where none overlaps.
        ("gt_id", pa.int64()),
        ("gt_x0", pa.float32()),
        ("gt_y0", pa.float32()),
        ("gt_x1", pa.float32()),
        ("gt_y1", pa.float32()),
        ("proposer", pa.string()),
        ("path", pa.string()),
    ]
)

_NOTES = b"boxscope"


def write_part(path: Path, rows: list[dict[str, Any]], notes: dict[str, Any]) -> None:
    """Write a shard's rows and notes under their final name only when they are whole.

    Parameters
    ----------
    path : Path
    rows : list of dict
        Keys as in ``SCHEMA``.
    notes : dict
        Plain values kept beside the rows: what was counted, what was skipped.
    """
    schema = SCHEMA.with_metadata({_NOTES: json.dumps(notes).encode()})
    table = pa.Table.from_pylist(rows, schema)
    whole(path, lambda temporary: pq.write_table(table, temporary), path.parent)


def read_notes(path: Path) -> dict[str, Any]:
    """Read the notes of a part."""
    notes: dict[str, Any] = json.loads(pq.read_schema(path).metadata[_NOTES])
    return notes


def merge(path: Path, parts: Iterable[Path], work: Path) -> None:
    """Write the manifest from its parts, one part in memory at a time; `work` holds it until it is whole."""

    def write(temporary: Path) -> None:
        with pq.ParquetWriter(temporary, SCHEMA) as writer:
            for part in parts:
                writer.write_table(pq.read_table(part).replace_schema_metadata(None))

    whole(path, write, work)


def write_json(path: Path, value: Any, work: Path) -> None:
    """Write plain values as JSON, whole or not at all."""
    text = json.dumps(value, indent=2) + "\n"
    whole(path, lambda temporary: temporary.write_text(text), work)


def whole(path: Path, write: Callable[[Path], object], work: Path) -> None:
    """Let `write` fill a temporary file in `work`, bring it to disk, then give it its name."""
    temporary = work / f"{path.name}.tmp"
    write(temporary)
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.replace(path)
