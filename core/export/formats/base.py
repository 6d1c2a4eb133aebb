"""What every format has: a writer, a reader, and answers about them."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from core.errors import BoxscopeError
from core.files import AnyPath, os_reason

_PNG = b"\x89PNG"


class Crop(NamedTuple):
    """A crop ready to be written.

    Attributes
    ----------
    data : bytes
        JPEG or PNG; empty where the format needs no pixels.
    row : dict
        What is known of it: the columns of ``manifest.FACTS``.
    stem : str
        What its name starts with.
    """

    data: bytes
    row: dict[str, Any]
    stem: str

    @property
    def suffix(self) -> str:
        """The end of its file's name, without the dot."""
        return "png" if self.data.startswith(_PNG) else "jpg"


class Writer(ABC):
    """Writes the crops of one shard; leaving its block without :meth:`finish` gives no file a final name.

    What is unfinished lies in the work folder of the export, under names that end in ``.tmp``: the next run
    removes what a killed one left there.
    """

    @abstractmethod
    def add(self, crop: Crop) -> dict[str, Any]:
        """Take a crop; return where it will lie, a value for each of the format's columns."""

    @abstractmethod
    def finish(self) -> dict[str, Any] | None:
        """Bring all to disk, then give it its final name.

        Returns
        -------
        dict or None
            ``name``, ``crops``, ``bytes`` and ``sha256`` of the shard's file, where the format is sharded.
        """

    @abstractmethod
    def close(self) -> None:
        """Close open files and remove what is unfinished."""

    def __enter__(self) -> "Writer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Reader(ABC):
    """Reads crops by their row of the manifest, without torch.

    Readers can be pickled and forked: they open files when a crop is asked for, and read without moving a
    position that another process might share.

    Parameters
    ----------
    folder : Path or RemotePath
        OUT/SPLIT.
    """

    columns: ClassVar[tuple[str, ...]]
    """Of the manifest: what :meth:`read` is given, in this order; the first names a file below the folder."""

    def __init__(self, folder: AnyPath) -> None:
        self.folder = folder

    def read(self, *values: Any) -> bytes:
        """Read the JPEG or PNG of a crop.

        Parameters
        ----------
        *values
            Its values of `columns`.

        Raises
        ------
        BoxscopeError
            Its file is missing, or ends too early.
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
        """Close open files; they open again when needed."""


class Relabelled(NamedTuple):
    """The crops of one shard with new labels, N of them.

    Attributes
    ----------
    rows : pyarrow.Table
        Of the manifest, with the new labels; where a crop lies is as it was under the old ones.
    changed : bool (N,)
        Which crops are to be brought under another label. One that a killed run has brought there already may
        be among them.
    """

    rows: pa.Table
    changed: NDArray[np.bool_]


class Format(ABC):
    """How the crops of an export lie on disk. It has no state."""

    summary: ClassVar[str]
    """A few words for whoever chooses."""
    columns: ClassVar[tuple[pa.Field, ...]]
    """Of the manifest: where a crop lies."""
    needs_pixels: ClassVar[bool] = True
    """Whether crops are cut at all."""
    sharded: ClassVar[bool] = False
    """Whether a file holds all crops of a shard, in the order of the manifest."""
    overhead: ClassVar[int]
    """The least bytes on disk that a crop takes beside its own: part of a block, headers, a row."""

    @property
    def file_per_crop(self) -> bool:
        """Whether every crop is a file of its own."""
        return self.needs_pixels and not self.sharded

    @abstractmethod
    def writer(self, folder: AnyPath, work: AnyPath, number: int) -> Writer:
        """Return what writes a shard.

        Parameters
        ----------
        folder : Path or RemotePath
            OUT/SPLIT.
        work : Path or RemotePath
            Holds what is unfinished.
        number : int
            Of the shard.
        """

    @abstractmethod
    def reader(self, folder: AnyPath) -> Reader:
        """Return what reads crops from OUT/SPLIT."""

    @abstractmethod
    def clear(self, folder: AnyPath) -> None:
        """Remove what writers of this format left in OUT/SPLIT; files that are none of theirs stay."""

    def check_relabel(
        self, folder: AnyPath, shards: Iterable[Relabelled], files: Mapping[str, dict[str, Any]]
    ) -> None:
        """Check, before anything is changed, that new labels can be written.

        Parameters
        ----------
        folder : Path or RemotePath
            OUT/SPLIT.
        shards : iterable of Relabelled
            Those that have crops.
        files : mapping of str to dict
            What the summary says of each shard's file, by its name; see :meth:`Writer.finish`.

        Raises
        ------
        BoxscopeError
            A crop is missing or a file damaged; or the format refuses, as this one does.
        """
        raise BoxscopeError("its format takes no new labels: export it again by the new rule", folder)

    def relabel(
        self, folder: AnyPath, work: AnyPath, shard: Relabelled
    ) -> tuple[pa.Table, dict[str, Any] | None]:
        """Bring the crops of a shard under their new labels; doing it a second time changes nothing.

        Returns
        -------
        rows : pyarrow.Table
            Of the manifest, with where the crops lie under the new labels.
        file : dict or None
            What is known of the shard's file if it was written again; see :meth:`Writer.finish`.
        """
        raise NotImplementedError(f"{type(self).__name__} is refused by its check_relabel")
