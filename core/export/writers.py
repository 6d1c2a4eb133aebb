"""How the crops of one shard come to disk: a small writer a format, all of them used alike.

A writer takes the crops in their order, says of each where it will lie, and at the end brings all to
disk and gives it its final name. Until then nothing stands outside the work folder.
"""

import hashlib
import json
import shutil
import tarfile
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from core.export import manifest
from core.export.folder import ExportFolder
from core.export.names import CLASS_FOLDERS, crop_name, sample_key, shard_name
from core.files import atomic

# Rows of a Parquet row group, the least that a reader can read. From memory-mapped shards a random crop
# takes 38 us with 128, 117 us with 512; decoding it takes 120.
ROW_GROUP = 128

_PNG = b"\x89PNG"


class Crop(NamedTuple):
    """A crop ready to be written.

    Attributes
    ----------
    data : bytes
        JPEG or PNG.
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
        """Say what a file of it ends in, without the dot."""
        return "png" if self.data.startswith(_PNG) else "jpg"


class Writer(ABC):
    """Takes the crops of one shard; leaving its block without :meth:`finish` gives no file a final name."""

    columns: ClassVar[tuple[pa.Field, ...]]
    """Of the manifest: where a crop lies."""
    cuts: ClassVar[bool] = True
    """Whether it wants the pixels of a crop."""

    @abstractmethod
    def __init__(self, folder: ExportFolder, number: int) -> None: ...

    @abstractmethod
    def add(self, crop: Crop) -> dict[str, Any]:
        """Take a crop and say where it will lie: a value for each of `columns`."""

    @abstractmethod
    def finish(self) -> dict[str, Any] | None:
        """Bring all to disk, then give it its final name.

        Returns
        -------
        dict or None
            ``name``, ``crops``, ``bytes`` and ``sha256`` of the shard's file, where there is one.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of open files."""

    def __enter__(self) -> "Writer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class ManifestWriter(Writer):
    """No crops: what is known of them is all that is wanted."""

    columns = ()
    cuts = False

    def __init__(self, folder: ExportFolder, number: int) -> None:
        pass

    def add(self, crop: Crop) -> dict[str, Any]:
        """Leave it at its row."""
        return {}

    def finish(self) -> None:
        """There is nothing to bring to disk."""

    def close(self) -> None:
        """Nothing is open."""


class FilesWriter(Writer):
    """A file a crop. They wait in a folder of their own and are moved to their places together."""

    columns = (pa.field("path", pa.string()),)
    class_folders: ClassVar[dict[int, str]] = {0: "", 1: ""}

    def __init__(self, folder: ExportFolder, number: int) -> None:
        self.folder = folder
        self.temporary = atomic.temporary_folder(folder.temporary(number))
        self.made: set[int] = set()

    def add(self, crop: Crop) -> dict[str, Any]:
        """Write the crop below the temporary folder."""
        row = crop.row
        name = crop_name(crop.stem, row["rank"], row["iou"], row["label"], crop.suffix)
        folder = f"crops/{self.class_folders[row['label']]}"
        if row["label"] not in self.made:
            (self.temporary / folder).mkdir(parents=True, exist_ok=True)
            self.made.add(row["label"])
        Path(f"{self.temporary}/{folder}{name}").write_bytes(crop.data)
        return {"path": f"{folder}{name}"}

    def finish(self) -> None:
        """Move every file to the same place in the export, over what an unfinished run left there."""
        atomic.sync_files(self.folder.work)
        atomic.settle_below(self.temporary, self.folder.path)

    def close(self) -> None:
        """Remove the temporary folder."""
        shutil.rmtree(self.temporary, ignore_errors=True)


class ImageFolderWriter(FilesWriter):
    """A file a crop, in a folder a class, as torchvision's ImageFolder reads it."""

    class_folders: ClassVar[dict[int, str]] = {label: f"{name}/" for label, name in CLASS_FOLDERS.items()}


class ShardWriter(Writer):
    """One file for the whole shard."""

    suffix: ClassVar[str]

    def __init__(self, folder: ExportFolder, number: int) -> None:
        self.path = folder.path / shard_name(number, self.suffix)
        self.temporary = atomic.temporary(self.path, folder.work)
        self.file = self.temporary.open("wb")
        self.crops = 0

    def place(self) -> dict[str, Any]:
        """Give the next crop its place."""
        self.crops += 1
        return {"shard": self.path.name, "row": self.crops - 1}

    def finish(self) -> dict[str, Any]:
        """See :class:`Writer`."""
        self.end()
        self.file.close()
        with self.temporary.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = self.temporary.stat().st_size
        atomic.settle(self.temporary, self.path)
        atomic.sync_names(self.path.parent)
        return {"name": self.path.name, "crops": self.crops, "bytes": size, "sha256": digest}

    @abstractmethod
    def end(self) -> None:
        """Write what comes after the last crop."""

    def close(self) -> None:
        """Close the file, and remove it where it was not finished."""
        self.file.close()
        self.temporary.unlink(missing_ok=True)


class TarWriter(ShardWriter):
    """A tar as WebDataset reads it: of each crop its class, its JPEG and its facts, under one key.

    Headers hold nothing but name and size, so that equal crops make equal bytes.
    """

    columns = (
        pa.field("shard", pa.string()),
        pa.field("row", pa.int32()),
        pa.field("key", pa.string()),
        # Of the JPEG in the shard's file: a reader needs no walk over the headers.
        pa.field("offset", pa.int64()),
        pa.field("size", pa.int32()),
    )
    suffix = "tar"

    def add(self, crop: Crop) -> dict[str, Any]:
        """Write three members."""
        key = sample_key(crop.stem, crop.row["rank"])
        facts = {name: crop.row.get(name) for name in manifest.FACTS.names}
        self._member(f"{key}.cls", str(crop.row["label"]).encode())
        offset = self._member(f"{key}.{crop.suffix}", crop.data)
        self._member(f"{key}.json", json.dumps(facts).encode())
        return {**self.place(), "key": key, "offset": offset, "size": len(crop.data)}

    def _member(self, name: str, data: bytes) -> int:
        self.file.write(tar_header(name, len(data)))
        offset = self.file.tell()
        self.file.write(data + bytes(-len(data) % tarfile.BLOCKSIZE))
        return offset

    def end(self) -> None:
        """Write two empty blocks, and more up to a whole record, as tar does."""
        self.file.write(bytes(2 * tarfile.BLOCKSIZE))
        self.file.write(bytes(-self.file.tell() % tarfile.RECORDSIZE))


_PLAIN_HEADER = tarfile.TarInfo("").tobuf(tarfile.PAX_FORMAT)


def tar_header(name: str, size: int) -> bytes:
    """Give the header of a member that has a name and a size and nothing else.

    The same bytes as tarfile's: 3 us instead of 22, three times a crop.
    """
    encoded = name.encode("utf-8", "surrogateescape")
    if len(encoded) > tarfile.LENGTH_NAME or not encoded.isascii() or size >= 8**11:
        member = tarfile.TarInfo(name)
        member.size = size
        return member.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
    front = encoded.ljust(tarfile.LENGTH_NAME, b"\0") + _PLAIN_HEADER[100:124] + b"%011o\0" % size
    front, back = front + _PLAIN_HEADER[136:148], _PLAIN_HEADER[156:]
    # The sum counts its own field, 148:156, as spaces.
    return front + b"%06o\0 " % (sum(front) + sum(back) + 8 * ord(" ")) + back


class ParquetWriter(ShardWriter):
    """A Parquet file: the manifest's columns and one more, ``jpeg``."""

    columns = (pa.field("shard", pa.string()), pa.field("row", pa.int32()))
    schema = pa.schema([*manifest.FACTS, *columns, pa.field("jpeg", pa.binary(), nullable=False)])
    suffix = "parquet"

    def __init__(self, folder: ExportFolder, number: int) -> None:
        super().__init__(folder, number)
        # JPEG does not shrink any more, and no two crops are alike enough for a dictionary.
        packed = {name: "none" if name == "jpeg" else "snappy" for name in self.schema.names}
        words = [name for name in self.schema.names if name != "jpeg"]
        self.writer = pq.ParquetWriter(self.file, self.schema, compression=packed, use_dictionary=words)
        self.rows: list[dict[str, Any]] = []

    def add(self, crop: Crop) -> dict[str, Any]:
        """Keep the crop until a row group is full."""
        place = self.place()
        self.rows.append({**crop.row, **place, "jpeg": crop.data})
        if len(self.rows) == ROW_GROUP:
            self._flush()
        return place

    def _flush(self) -> None:
        self.writer.write_table(pa.Table.from_pylist(self.rows, self.schema))
        self.rows = []

    def end(self) -> None:
        """Write the last rows and the footer."""
        if self.rows:
            self._flush()
        self.writer.close()
