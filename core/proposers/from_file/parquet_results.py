"""Results in a Parquet file: a row for each box, or a row without a box that names its image alone."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from core.errors import BoxscopeError
from core.proposers.from_file.building import Entries, corners
from core.proposers.from_file.table import FILE_NAME, IMAGE_ID

SIDES = ("x0", "y0", "x1", "y1")
_BATCH = 1 << 16


def read(file: BinaryIO) -> Iterator[Entries]:
    """Yield the rows of a Parquet file.

    Its columns are ``image_id`` or ``file_name``; ``x0``, ``y0``, ``x1`` and ``y1``, or ``bbox``, a list of
    x, y, width and height; ``score`` and ``category_id``, which it may lack. Others are not read.

    Raises
    ------
    BoxscopeError
        A column is missing or of another type; a row has a part of a box, or a box without a score.
    """
    try:
        table = pq.ParquetFile(file)
        present = set(table.schema_arrow.names)
        by = next((name for name in (IMAGE_ID, FILE_NAME) if name in present), None)
        if by is None:
            raise _no_column("image_id or file_name", present)
        fields = SIDES if present.issuperset(SIDES) else ("bbox",)
        if not present.issuperset(fields):
            raise _no_column("x0, y0, x1 and y1, or bbox", present)
        wanted = [by, *fields, *(name for name in ("score", "category_id") if name in present)]
        before = 0
        for batch in table.iter_batches(_BATCH, columns=wanted, use_threads=False):
            yield _entries(batch, by, fields, before)
            before += batch.num_rows
    except BoxscopeError:
        raise
    except Exception as error:  # of a damaged file pyarrow raises more than its own errors
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise BoxscopeError(f"cannot be read as Parquet ({reason})") from error


def _no_column(expected: str, present: set[str]) -> BoxscopeError:
    return BoxscopeError(f"no column {expected}: it has {', '.join(sorted(present)) or 'none'}")


def _entries(batch: pa.RecordBatch, by: str, fields: tuple[str, ...], before: int) -> Entries:
    columns = [batch.column(name) for name in fields]
    has_box = ~_nulls(columns[0])
    for column, name in zip(columns[1:], fields[1:], strict=True):
        if len(rows := np.flatnonzero(_nulls(column) == has_box)):
            raise BoxscopeError(f"row {before + int(rows[0]) + 1}: its box has {name} alone, or lacks it")
    if fields == SIDES:
        boxes = np.stack(
            [_numbers(column, name) for column, name in zip(columns, fields, strict=True)], axis=1
        )
    else:
        boxes = _from_lists(columns[0], has_box, before)
    scores, categories = (_optional(batch, name, has_box, before) for name in ("score", "category_id"))
    return Entries(by, _images(batch, by, before), boxes, scores, categories, has_box)


def _images(batch: pa.RecordBatch, by: str, before: int) -> NDArray[np.int64] | list[str]:
    column = batch.column(by)
    if column.null_count:
        row = before + int(np.flatnonzero(_nulls(column))[0]) + 1
        raise BoxscopeError(f"row {row} has no {by}")
    if by == IMAGE_ID:
        return _whole(column, by)
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        raise BoxscopeError(f"column {by}: got {column.type}, expected text")
    names: list[str] = column.to_pylist()
    return names


def _from_lists(column: pa.Array, has_box: NDArray[np.bool_], before: int) -> NDArray[np.float64]:
    kinds = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    if not any(is_kind(column.type) for is_kind in kinds):
        raise BoxscopeError(f"column bbox: got {column.type}, expected lists of x, y, width and height")
    lengths = pc.list_value_length(column.drop_null()).to_numpy(zero_copy_only=False)
    if len(wrong := np.flatnonzero(lengths != 4)):
        row = before + int(np.flatnonzero(has_box)[wrong[0]]) + 1
        raise BoxscopeError(f"row {row}: bbox has {lengths[wrong[0]]} numbers, expected 4")
    boxes = np.zeros((len(column), 4))
    boxes[has_box] = corners(_numbers(column.drop_null().flatten(), "bbox"))
    return boxes


def _optional(
    batch: pa.RecordBatch, name: str, has_box: NDArray[np.bool_], before: int
) -> NDArray[Any] | None:
    if name not in batch.schema.names:
        return None
    column = batch.column(name)
    if len(rows := np.flatnonzero(_nulls(column) & has_box)):
        raise BoxscopeError(f"row {before + int(rows[0]) + 1} has a box and no {name}")
    return _numbers(column, name) if name == "score" else _whole(column, name)


def _numbers(column: pa.Array, name: str) -> NDArray[np.float64]:
    """Return a column of numbers, NaN where it is null: float64 (N,)."""
    if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
        raise BoxscopeError(f"column {name}: got {column.type}, expected numbers")
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)


def _whole(column: pa.Array, name: str) -> NDArray[np.int64]:
    """Return a column of whole numbers, 0 where it is null: int64 (N,)."""
    if not pa.types.is_integer(column.type):
        raise BoxscopeError(f"column {name}: got {column.type}, expected whole numbers")
    return np.asarray(column.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False), np.int64)


def _nulls(column: pa.Array) -> NDArray[np.bool_]:
    return np.asarray(column.is_null().to_numpy(zero_copy_only=False), np.bool_)
