"""Browsing a finished export: which of its crops pass a filter, and the picture and facts of each.

Six columns of the manifest stay in memory, 26 bytes a crop; the other columns of a row, and its picture, are
read when they are requested.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from core.errors import BoxscopeError
from core.export import manifest
from core.export.folder import ExportFolder
from core.export.formats import find_format
from core.labelling import KINDS, NEGATIVE, POSITIVE
from core.parameters import Checked, parameter
from core.sampling import Source

Rows = NDArray[np.int64]

ANY = "any"
_LABELS = {KINDS[kind]: kind for kind in (POSITIVE, NEGATIVE)}
_SOURCES = {source.name.lower(): int(source) for source in Source}
_COLUMNS = ("image_id", "file_name", "rank", "source", "iou", "label")
_TEXT_COLUMNS = ("file_name", "source")
_ORDER_TEXTS = {
    "file": "by image and rank",
    "rank": "lowest rank first",
    "highest": "highest IoU first",
    "lowest": "lowest IoU first",
}
_SOURCE_TEXTS = {"proposal": "proposals", "truth": "ground truth", "jitter": "jittered"}


@dataclass(frozen=True)
class CropFilter(Checked):
    """Which crops are shown, and in which order."""

    label: str = parameter(
        ANY,
        label="Label",
        help="The label in the manifest, after any relabelling.",
        choices={ANY: "all", **{name: name for name in _LABELS}},
    )
    iou: tuple[float, ...] = parameter(
        (0.0, 1.0),
        label="IoU",
        help="With the object that the box overlaps most: lowest and highest, both included.",
        min=0,
        max=1,
        step=0.01,
        length=(2, 2),
    )
    source: str = parameter(
        ANY,
        label="Source of the box",
        help="A proposal, a ground-truth box, or a jittered one.",
        choices={ANY: "any", **_SOURCE_TEXTS},
    )
    name: str = parameter("", label="File name", help="What the name of the image contains.")
    order: str = parameter(
        "file",
        label="Sort",
        help="file: as in the manifest, by image and rank. rank: the first proposals of every image first. "
        "highest, lowest: by IoU.",
        choices=_ORDER_TEXTS,
    )


class Gallery:
    """The crops of a finished export. Threads may share it.

    Parameters
    ----------
    folder : path
        OUT/SPLIT.

    Attributes
    ----------
    summary : dict
        Content of export.json.
    format : Format
        How its crops lie on disk.
    names : list of str
        Of the images that have crops, once each.
    file : int32 (N,)
        Position in `names` of each crop's image.
    image_id : int64 (N,)
    rank : int32 (N,)
    source : int8 (N,)
        See :class:`core.sampling.Source`.
    iou : float32 (N,)
    label : int8 (N,)
        1 positive, 0 negative.

    Raises
    ------
    BoxscopeError
        No finished export, its relabelling is not finished, its format is not known, or its manifest cannot
        be read.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        written = ExportFolder(self.folder)
        self.summary = summary = written.read_finished()
        self.format = find_format(summary["settings"]["format"], f"{written.summary}: format")
        self._reader = self.format.reader(self.folder)
        path = self.folder / "manifest.parquet"
        with manifest.reading(path):
            # Manifests of older versions have no column `source`: every crop was a proposal.
            present = [name for name in _COLUMNS if name in pq.read_schema(path).names]
            texts = [name for name in _TEXT_COLUMNS if name in present]
            # Mapped into memory: relabelling replaces the file, and the old one stays readable.
            self._manifest = pq.ParquetFile(path, memory_map=True, read_dictionary=texts)
            self._read_columns(present)
        groups = range(self._manifest.num_row_groups)
        sizes = [self._manifest.metadata.row_group(number).num_rows for number in groups]
        self._ends = np.cumsum(sizes, dtype=np.int64)
        self._lock = Lock()  # a format's reader and Parquet's keep the file they opened last

    def _read_columns(self, present: list[str]) -> None:
        table = self._manifest.read(columns=present).combine_chunks()
        numbers = {name: table[name].to_numpy() for name in ("image_id", "rank", "iou", "label")}
        self.image_id, self.rank = numbers["image_id"], numbers["rank"]
        self.iou, self.label = numbers["iou"], numbers["label"]
        self.file, self.names = _codes(table["file_name"])
        self.source = np.full(len(self), Source.PROPOSAL, np.int8)
        if "source" in present:
            codes, names = _codes(table["source"])
            self.source = np.array([_SOURCES[name] for name in names] or [0], np.int8)[codes]

    def __len__(self) -> int:
        """Return the number of crops."""
        return len(self.iou)

    @property
    def nbytes(self) -> int:
        """Bytes that the columns take in memory."""
        columns = (self.image_id, self.file, self.rank, self.source, self.iou, self.label)
        return sum(column.nbytes for column in columns) + sum(map(len, self.names))

    def select(self, crop_filter: CropFilter) -> Rows:
        """Return the rows of the crops that pass a filter, in its order: int64 (M,)."""
        low, high = crop_filter.iou
        within = (self.iou >= low) & (self.iou <= high)
        rows = np.flatnonzero(self._passes(crop_filter) & within)
        if crop_filter.order == "file":
            return rows
        keys = {"rank": self.rank, "highest": -self.iou, "lowest": self.iou}[crop_filter.order]
        return rows[np.argsort(keys[rows], kind="stable")]

    def histogram(self, crop_filter: CropFilter, bins: int) -> NDArray[np.int64]:
        """Return how many crops pass a filter in each of some equal bins of IoU from 0 to 1: int64 (bins,).

        The filter's own range of IoU is ignored.
        """
        counts, _ = np.histogram(self.iou[self._passes(crop_filter)], bins, (0, 1))
        return counts

    def _passes(self, crop_filter: CropFilter) -> NDArray[np.bool_]:
        """Return which crops pass a filter, its range of IoU left aside: bool (N,)."""
        passes = np.ones(len(self), bool)
        if crop_filter.label != ANY:
            passes &= self.label == _LABELS[crop_filter.label]
        if crop_filter.source != ANY:
            passes &= self.source == _SOURCES[crop_filter.source]
        if part := crop_filter.name.strip().lower():
            passes &= np.array([part in name.lower() for name in self.names] or [False])[self.file]
        return passes

    def facts(self, row: int) -> dict[str, Any]:
        """Return a row of the manifest, as values by column.

        Raises
        ------
        BoxscopeError
            There is no such row.
        """
        return self._read(row, None)

    def data(self, row: int) -> bytes:
        """Return the bytes of a crop, JPEG or PNG.

        Raises
        ------
        BoxscopeError
            There is no such row, or no crop was cut; its file is missing, broken off, or lies outside the
            export.
        """
        columns = self._reader.columns
        values = list(self._read(row, columns).values()) if columns else []
        for name in values[:1]:
            if not (self.folder / name).resolve().is_relative_to(self.folder.resolve()):
                raise BoxscopeError(f"crop {row} lies outside the export ({name})", self.folder)
        with self._lock:
            return self._reader.read(*values)

    def _read(self, row: int, columns: Sequence[str] | None) -> dict[str, Any]:
        if not 0 <= row < len(self):
            raise BoxscopeError(f"no crop {row}, there are {len(self)}", self.folder)
        group = int(np.searchsorted(self._ends, row, side="right"))
        with self._lock, manifest.reading(self.folder / "manifest.parquet"):
            table = self._manifest.read_row_group(group, columns, use_threads=False)
        start = int(self._ends[group]) - table.num_rows
        values: dict[str, Any] = table.slice(row - start, 1).to_pylist()[0]
        return {name: values[name] for name in columns} if columns else values


def _codes(column: Any) -> tuple[NDArray[np.int32], list[str]]:
    """Return a dictionary-encoded column as the code of each row, int32 (N,), and the text of each code."""
    joined = column.combine_chunks()
    if not len(joined):
        return np.zeros(0, np.int32), []
    return joined.indices.to_numpy(zero_copy_only=False).astype(np.int32), joined.dictionary.to_pylist()


__all__ = ["ANY", "CropFilter", "Gallery", "Rows"]
