"""The formats of an export. Adding one is a writer, a reader where none fits, and a row here."""

from typing import NamedTuple

from core.export.readers import FileReader, NoReader, ParquetReader, Reader, TarReader
from core.export.writers import (
    FilesWriter,
    ImageFolderWriter,
    ManifestWriter,
    ParquetWriter,
    TarWriter,
    Writer,
)


class Format(NamedTuple):
    """How crops lie on disk.

    Attributes
    ----------
    summary : str
        A few words for whoever chooses.
    writer : type of Writer
    reader : type of Reader
    sharded : bool
        Whether a file holds many crops.
    beside : int
        The least bytes on disk that a crop takes beside its own: part of a block, headers, a row.
    """

    summary: str
    writer: type[Writer]
    reader: type[Reader]
    sharded: bool
    beside: int


FORMATS = {
    "files": Format("a JPEG a crop, by the article's names", FilesWriter, FileReader, False, 2000),
    "imagefolder": Format("the same in a folder a class", ImageFolderWriter, FileReader, False, 2000),
    "webdataset": Format("tar shards of JPEG, JSON and class", TarWriter, TarReader, True, 2500),
    "parquet": Format("Parquet shards, the JPEG in a column", ParquetWriter, ParquetReader, True, 100),
}
"""Those that hold crops."""

EVERY_FORMAT = FORMATS | {
    "manifest": Format("the manifest alone, nothing is cut", ManifestWriter, NoReader, False, 10),
}
