"""The crops of a finished export, read back; whatever its format, and without torch."""

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


class Crops:
    """Rows of the manifest, and the JPEG or PNG of each.

    Parameters
    ----------
    folder : path or URL
        OUT/SPLIT of a finished export.

    Attributes
    ----------
    summary : dict
        What export.json says.
    rows : pyarrow.Table
        The manifest, a row a crop, by image and rank.

    Raises
    ------
    BoxscopeError
        No finished export, its labels are half written anew, its format is not known, or its manifest cannot
        be read.
    """

    def __init__(self, folder: AnyPath | str) -> None:
        self.folder = as_path(folder)
        written = ExportFolder(self.folder)
        self.summary = summary = written.read_finished()
        self._form = find_format(summary["settings"]["format"], f"{written.summary}: format")
        self._reader = self._form.reader(self.folder)
        path = self.folder / "manifest.parquet"
        with manifest.reading(path):
            with files_at(path).local_copy() as copy:
                self.rows: pa.Table = pq.read_table(copy).combine_chunks()
            self._places = [self.rows[name].combine_chunks() for name in self._reader.columns]

    def __len__(self) -> int:
        """Count the crops."""
        return self.rows.num_rows

    def jpeg(self, index: int) -> bytes:
        """Read the JPEG, or PNG, of a crop.

        Raises
        ------
        BoxscopeError
            Its file is missing or broken off.
        """
        return self._reader.read(*(place[index].as_py() for place in self._places))

    def row(self, index: int) -> dict[str, Any]:
        """Give all that the manifest knows of a crop."""
        row: dict[str, Any] = self.rows.slice(index, 1).to_pylist()[0]
        return row

    def shards(self) -> Iterator[range]:
        """Give the rows of each shard, in the order in which they lie in its file.

        Raises
        ------
        BoxscopeError
            The format has a file a crop.
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
        """Give the label of each crop: int64 (N,), 1 positive, 0 negative."""
        return self.rows["label"].to_numpy().astype(np.int64)

    @property
    def ious(self) -> NDArray[np.float32]:
        """Give the best IoU of each crop with any object: float32 (N,)."""
        return self.rows["iou"].to_numpy()

    @property
    def boxes(self) -> Boxes:
        """Give the box of each crop: float32 (N, 4)."""
        return self._corners("")

    @property
    def truth_boxes(self) -> Boxes:
        """Give the object that each crop overlaps most: float32 (N, 4), NaN where there is none."""
        return self._corners("gt_")

    def _corners(self, prefix: str) -> Boxes:
        sides = [self.rows[f"{prefix}{side}"].to_numpy() for side in ("x0", "y0", "x1", "y1")]
        return np.stack(sides, axis=1).astype(np.float32)
