"""The manifest without crops."""

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from core.errors import BoxscopeError
from core.export.formats.base import Crop, Format, Reader, Relabelled, Writer
from core.files import AnyPath


class NoWriter(Writer):
    """Writes no file: a crop is its row of the manifest alone."""

    def add(self, crop: Crop) -> dict[str, Any]:
        """Return no location."""
        return {}

    def finish(self) -> None:
        """Return None, as there is no file."""

    def close(self) -> None:
        """Leave everything as it is: no file is open."""


class NoReader(Reader):
    """Raises when a crop is to be read."""

    columns = ()

    def _read(self, *values: Any) -> bytes:
        raise BoxscopeError("holds a manifest alone, expected a --format with crops", self.folder)

    def close(self) -> None:
        """Leave everything as it is: no file is open."""


class ManifestOnly(Format):
    """The manifest alone, labels included."""

    summary = "the manifest alone, no crops"
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
        """Leave everything as it is: this format writes no file."""

    def check_relabel(
        self, folder: AnyPath, shards: Iterable[Relabelled], files: Mapping[str, dict[str, Any]]
    ) -> None:
        """Return: new labels can always be written."""

    def relabel(self, folder: AnyPath, work: AnyPath, shard: Relabelled) -> tuple[pa.Table, None]:
        """Return the rows unchanged: only the manifest holds labels."""
        return shard.rows, None
