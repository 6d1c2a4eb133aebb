"""The base classes of a format: its writer, its reader, and the format itself."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from core.errors import BoxscopeError
from core.files import AnyPath, os_reason
from core.sampling.classes import BINARY_CLASSES, Classes

_PNG = b"\x89PNG"


class Crop(NamedTuple):
    """A crop ready to be written.

    Attributes
    ----------
    data : bytes
        JPEG or PNG; empty where the format needs no pixels.
    row : dict
        Its row of the manifest: the columns of ``manifest.FACTS``.
    stem : str
        What its file name starts with.
    class_folder : str
        Name of its class as the name of a folder, see :func:`core.export.names.class_folders`.
    """

    data: bytes
    row: dict[str, Any]
    stem: str
    class_folder: str = ""

    @property
    def suffix(self) -> str:
        """Suffix of its file name, without the dot."""
        return "png" if self.data.startswith(_PNG) else "jpg"


class Writer(ABC):
    """Writes the crops of one shard, as a context manager; without :meth:`finish` it leaves no crop behind.

    Unfinished files lie in the work folder of the export, under names that end in ``.tmp``; the next run
    removes those that a killed run left.
    """

    @abstractmethod
    def add(self, crop: Crop) -> dict[str, Any]:
        """Write a crop, and return its location: a value for each of the format's columns."""

    @abstractmethod
    def finish(self) -> dict[str, Any] | None:
        """Flush everything to disk, then move it to its final name.

        Returns
        -------
        dict or None
            ``name``, ``crops``, ``bytes`` and ``sha256`` of the shard's file, where the format is sharded.
        """

    @abstractmethod
    def close(self) -> None:
        """Close open files and remove unfinished ones."""

    def __enter__(self) -> "Writer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Reader(ABC):
    """Reads crops by their row of the manifest, without torch.

    Readers can be pickled and forked: they open a file when a crop of it is read, and read at an offset
    instead of at the file's position, which other processes may share.

    Parameters
    ----------
    folder : Path or RemotePath
        OUT/SPLIT.
    """

    columns: ClassVar[tuple[str, ...]]
    """Columns of the manifest whose values :meth:`read` takes, in order; the first is a relative path."""

    def __init__(self, folder: AnyPath) -> None:
        self.folder = folder

    def read(self, *values: Any) -> bytes:
        """Return the bytes of a crop, JPEG or PNG.

        Parameters
        ----------
        *values
            Its values of `columns`.

        Raises
        ------
        BoxscopeError
            Its file is missing or truncated.
        """
        try:
            return self._read(*values)
        except (OSError, IndexError, ValueError) as error:
            raise BoxscopeError(
                f"cannot be read ({os_reason(error)})", self.folder / str(values[0])
            ) from error

    @abstractmethod
    def _read(self, *values: Any) -> bytes: ...

    @abstractmethod
    def close(self) -> None:
        """Close open files; they are opened again when needed."""


class Relabelled(NamedTuple):
    """The crops of one shard with new labels, N of them.

    Attributes
    ----------
    rows : pyarrow.Table
        Of the manifest, with the new labels and classes, and the locations under the old ones.
    changed : bool (N,)
        Which crops get another label. A killed run may have relabelled some of them already.
    classes : Classes
        Of the export.
    """

    rows: pa.Table
    changed: NDArray[np.bool_]
    classes: Classes = BINARY_CLASSES


class Format(ABC):
    """How the crops of an export are stored. It has no state."""

    summary: ClassVar[str]
    """Short description, for whoever chooses a format."""
    columns: ClassVar[tuple[pa.Field, ...]]
    """Columns of the manifest that locate a crop."""
    needs_pixels: ClassVar[bool] = True
    """Whether crops are cut at all."""
    sharded: ClassVar[bool] = False
    """Whether a file holds all crops of a shard, in the order of the manifest."""
    layout: ClassVar[int] = 4
    """Incremented when the bytes of a configuration change, so that old shards and new ones do not mix."""
    overhead: ClassVar[int]
    """The least bytes on disk that a crop takes beside its own: part of a block, headers, a row."""

    @property
    def file_per_crop(self) -> bool:
        """Whether every crop is a file of its own."""
        return self.needs_pixels and not self.sharded

    @abstractmethod
    def writer(self, folder: AnyPath, work: AnyPath, number: int) -> Writer:
        """Return the writer of a shard.

        Parameters
        ----------
        folder : Path or RemotePath
            OUT/SPLIT.
        work : Path or RemotePath
            Folder for unfinished files.
        number : int
            Of the shard.
        """

    @abstractmethod
    def reader(self, folder: AnyPath) -> Reader:
        """Return the reader of the crops in OUT/SPLIT."""

    def finish(self, folder: AnyPath, classes: Classes) -> None:  # noqa: B027
        """Complete the export in OUT/SPLIT, once the crops of all shards are written or have new labels.

        Parameters
        ----------
        folder : Path or RemotePath
        classes : Classes
            All classes of the export, with crops or without.
        """

    def remark(self, folder: AnyPath, classes: Classes) -> str:
        """Return in one line what a reader of a finished export has to know; empty for nothing."""
        return ""

    def written(self, folder: AnyPath) -> Iterator[str]:
        """Yield the files in OUT/SPLIT, by relative paths, whose names are ones that this format gives."""
        return iter(())

    def names_crops_as(self, other: "Format") -> bool:
        """Return whether the files of another format have the same names."""
        return other is self

    @abstractmethod
    def clear(self, folder: AnyPath) -> None:
        """Remove the files that writers of this format left in OUT/SPLIT; all other files stay."""

    def check_relabel(
        self, folder: AnyPath, shards: Iterable[Relabelled], files: Mapping[str, dict[str, Any]]
    ) -> None:
        """Check, before anything changes, that new labels can be written.

        Parameters
        ----------
        folder : Path or RemotePath
            OUT/SPLIT.
        shards : iterable of Relabelled
            The shards that have crops.
        files : mapping of str to dict
            The summary's entry of each shard's file, by its name; see :meth:`Writer.finish`.

        Raises
        ------
        BoxscopeError
            A crop is missing or a file damaged; or the format takes no new labels, which is the default.
        """
        raise BoxscopeError("its format takes no new labels: export it again by the new rule", folder)

    def relabel(
        self, folder: AnyPath, work: AnyPath, shard: Relabelled
    ) -> tuple[pa.Table, dict[str, Any] | None]:
        """Store the crops of a shard under their new labels; a second call changes nothing.

        Returns
        -------
        rows : pyarrow.Table
            Of the manifest, with the locations under the new labels.
        file : dict or None
            The summary's entry of the shard's file if it was written again; see :meth:`Writer.finish`.
        """
        raise NotImplementedError(f"{type(self).__name__} is refused by its check_relabel")
