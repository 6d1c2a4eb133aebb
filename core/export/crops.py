"""Reading the crops of a finished export, of any format and without torch."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from core.boxes import Boxes
from core.errors import BoxscopeError
from core.export import manifest
from core.export.folder import ExportFolder
from core.export.formats import find_format
from core.files import AnyPath, as_path, files_at
from core.sampling.classes import Classes


class Crops:
    """Rows of the manifest, and the JPEG or PNG of each.

    Parameters
    ----------
    folder : path or URL
        OUT/SPLIT of a finished export.

    Attributes
    ----------
    summary : dict
        Content of export.json.
    rows : pyarrow.Table
        The manifest: one row per crop, by image and rank.
    classes : Classes
        Names and categories of the classes, by number.

    Raises
    ------
    BoxscopeError
        No finished export, its relabelling is not finished, its format is not known, or its manifest cannot
        be read.
    """

    def __init__(self, folder: AnyPath | str) -> None:
        self.folder = as_path(folder)
        written = ExportFolder(self.folder)
        self.summary = summary = written.read_finished()
        self.classes = Classes.from_summary(summary)
        self._form = find_format(summary["settings"]["format"], f"{written.summary}: format")
        self._reader = self._form.reader(self.folder)
        path = self.folder / "manifest.parquet"
        with manifest.reading(path):
            with files_at(path).local_copy() as copy:
                self.rows: pa.Table = manifest.complete(pq.read_table(copy).combine_chunks())
            self._location_columns = [self.rows[name].combine_chunks() for name in self._reader.columns]

    def __len__(self) -> int:
        """Return the number of crops."""
        return self.rows.num_rows

    def jpeg(self, row: int) -> bytes:
        """Return the bytes of a crop, JPEG or PNG.

        Parameters
        ----------
        row : int
            Of the manifest.

        Raises
        ------
        BoxscopeError
            Its file is missing or truncated.
        """
        return self._reader.read(*(column[row].as_py() for column in self._location_columns))

    def row(self, row: int) -> dict[str, Any]:
        """Return a row of the manifest, as values by column."""
        values: dict[str, Any] = self.rows.slice(row, 1).to_pylist()[0]
        return values

    def shards(self) -> Iterator[range]:
        """Yield the rows of each shard, in the order of the crops in its file.

        Raises
        ------
        BoxscopeError
            The format has one file per crop.
        """
        if not self._form.sharded:
            name = self.summary["settings"]["format"]
            raise BoxscopeError(f"got the format {name}, expected one with shards", self.folder)
        start = 0
        for file in self.summary["shards"]:
            yield range(start, start + file["crops"])
            start += file["crops"]

    @property
    def labels(self) -> NDArray[np.int64]:
        """Label of each crop: int64 (N,), 1 positive, 0 negative."""
        return self.rows["label"].to_numpy().astype(np.int64)

    @property
    def class_numbers(self) -> NDArray[np.int64]:
        """Class of each crop, as in `classes`: int64 (N,); the label, unless classes are categories."""
        return self.rows["class"].to_numpy().astype(np.int64)

    @property
    def ious(self) -> NDArray[np.float32]:
        """Best IoU of each crop with any object: float32 (N,)."""
        return self.rows["iou"].to_numpy()

    @property
    def boxes(self) -> Boxes:
        """Box of each crop: float32 (N, 4)."""
        return self._corners("")

    @property
    def truth_boxes(self) -> Boxes:
        """Box of the object that each crop overlaps most: float32 (N, 4), NaN where there is none."""
        return self._corners("gt_")

    def _corners(self, prefix: str) -> Boxes:
        sides = [self.rows[f"{prefix}{side}"].to_numpy() for side in ("x0", "y0", "x1", "y1")]
        return np.stack(sides, axis=1).astype(np.float32)
