"""No crops: what is known of them is all that is wanted."""

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from core.errors import BoxscopeError
from core.export.formats.base import Crop, Format, Reader, Relabelled, Writer
from core.files import AnyPath


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

    def writer(self, folder: AnyPath, work: AnyPath, number: int) -> Writer:
        """See :class:`Format`."""
        return NoWriter()

    def reader(self, folder: AnyPath) -> Reader:
        """See :class:`Format`."""
        return NoReader(folder)

    def clear(self, folder: AnyPath) -> None:
        """There is nothing to remove."""

    def check_relabel(
        self, folder: AnyPath, shards: Iterable[Relabelled], files: Mapping[str, dict[str, Any]]
    ) -> None:
        """There is nothing to check."""

    def relabel(self, folder: AnyPath, work: AnyPath, shard: Relabelled) -> tuple[pa.Table, None]:
        """Return the rows: the labels stand in the manifest alone."""
        return shard.rows, None
