"""No crops: what is known of them is all that is wanted."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from core.errors import BoxscopeError
from core.export.formats.base import Crop, Format, Reader, Relabelled, Writer


class NoWriter(Writer):
    """Leaves every crop at its row of the manifest."""

    def add(self, crop: Crop) -> dict[str, Any]:
        """Return nothing: there is no file."""
        return {}

    def finish(self) -> None:
        """There is nothing to bring to disk."""

    def close(self) -> None:
        """Nothing is open."""


class NoReader(Reader):
    """Refuses to read a crop."""

    columns = ()

    def _read(self, *values: Any) -> bytes:
        raise BoxscopeError("holds a manifest alone, expected a --format with crops", self.folder)

    def close(self) -> None:
        """Nothing is open."""


class ManifestOnly(Format):
    """The manifest alone, labels included."""

    summary = "the manifest alone, nothing is cut"
    columns = ()
    needs_pixels = False
    overhead = 10

    def writer(self, folder: Path, work: Path, number: int) -> Writer:
        """See :class:`Format`."""
        return NoWriter()

    def reader(self, folder: Path) -> Reader:
        """See :class:`Format`."""
        return NoReader(folder)

    def clear(self, folder: Path) -> None:
        """There is nothing to remove."""

    def check_relabel(
        self, folder: Path, shards: Iterable[Relabelled], files: Mapping[str, dict[str, Any]]
    ) -> None:
        """There is nothing to check."""

    def relabel(self, folder: Path, work: Path, shard: Relabelled) -> tuple[pa.Table, None]:
        """Return the rows: the labels stand in the manifest alone."""
        return shard.rows, None
