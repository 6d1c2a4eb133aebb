"""A Parquet table: a row for each box, and a row without a box for an image that has none."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from core.export.results.base import ImageResults, ResultsFormat, images_of

# Rows of a row group: some megabytes.
_GROUP = 1 << 17
_SIDES = ("x0", "y0", "x1", "y1")


class Columns(ResultsFormat):
    """Columns image_id, file_name, x0, y0, x1, y1, score, and category_id where the proposer knows it."""

    name: ClassVar[str] = "parquet"
    summary: ClassVar[str] = "a Parquet table with a row a box, which --proposer from-file reads fastest"

    def write(self, path: Path, parts: Callable[[], Iterator[dict[str, Any]]]) -> None:
        """Write the rows of all parts; an image that was skipped has none."""
        has_categories = any(image.categories is not None for image in _first_with_boxes(parts))
        fields = [pa.field("image_id", pa.int64(), nullable=False)]
        fields += [pa.field("file_name", pa.string(), nullable=False)]
        fields += [pa.field(side, pa.float32()) for side in _SIDES]
        fields += [pa.field("score", pa.float64())]
        fields += [pa.field("category_id", pa.int64())] if has_categories else []
        schema, tables, rows = pa.schema(fields), [], 0
        with pq.ParquetWriter(path, schema) as writer:
            for image in images_of(parts()):
                if not image.used:
                    continue
                for number in image.ids:
                    tables.append(_table(image, number, schema))
                    rows += tables[-1].num_rows
                if rows >= _GROUP:
                    writer.write_table(pa.concat_tables(tables))
                    tables, rows = [], 0
            if tables:
                writer.write_table(pa.concat_tables(tables))


def _first_with_boxes(parts: Callable[[], Iterator[dict[str, Any]]]) -> list[ImageResults]:
    return next(([image] for image in images_of(parts()) if len(image.boxes)), [])


def _table(image: ImageResults, number: int, schema: pa.Schema) -> pa.Table:
    """Return the rows of an image, or the one that says that it has no box."""
    count = len(image.boxes)
    rows = max(count, 1)
    columns: dict[str, Any] = {
        "image_id": np.full(rows, number, np.int64),
        "file_name": [image.file_name] * rows,
    }
    if count:
        columns |= dict(zip(_SIDES, image.boxes.T, strict=True))
        columns |= {"score": image.scores, "category_id": image.categories}
    arrays = [
        pa.array(columns[field.name], field.type) if field.name in columns else pa.nulls(rows, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)
