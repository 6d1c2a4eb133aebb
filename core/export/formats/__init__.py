"""The formats of an export: how crops lie on disk. A format is a module here and a row in ``FORMATS``.

A format consists of three small classes, see :mod:`core.export.formats.base`:

- a :class:`Writer`, which takes the crops of a shard and returns where each will lie;
- a :class:`Reader`, which reads a crop from there;
- a :class:`Format`, which makes the two and answers what others ask: ``summary``, for whoever chooses;
  ``columns`` of the manifest, where a crop lies; ``sharded``, whether a file holds many crops;
  ``needs_pixels``, whether crops are cut; ``overhead``, what a crop takes on disk beside its bytes;
  ``clear``, which files are its own; ``check_relabel`` and ``relabel``, how a crop gets another label. A
  format without these two refuses new labels.

Where a shard is one file, :class:`core.export.formats.sharded.ShardedFormat` has all but its bytes: what is
left are ``add`` and ``end`` of the writer, ``_open`` and ``_read`` of the reader, and the suffix.

The command line, the pages, the estimate, the check for room, reading, training and relabelling use whatever
is in the table.
"""

from core.errors import BoxscopeError
from core.export.formats.base import Crop, Format, Reader, Relabelled, Writer
from core.export.formats.files import Files
from core.export.formats.imagefolder import ImageFolder
from core.export.formats.manifest_only import ManifestOnly
from core.export.formats.parquet import Parquet
from core.export.formats.webdataset import WebDataset

FORMATS: dict[str, Format] = {
    "files": Files(),
    "imagefolder": ImageFolder(),
    "webdataset": WebDataset(),
    "parquet": Parquet(),
    "manifest": ManifestOnly(),
}

DEFAULT_FORMAT = "files"


def find_format(name: str, item: object = "format") -> Format:
    """Return the format of a name.

    Parameters
    ----------
    name : str
    item : object
        What named it, for the message.

    Raises
    ------
    BoxscopeError
        There is none.
    """
    if name not in FORMATS:
        raise BoxscopeError(f"got {name!r}, expected one of {', '.join(FORMATS)}", item)
    return FORMATS[name]


__all__ = ["DEFAULT_FORMAT", "FORMATS", "Crop", "Format", "Reader", "Relabelled", "Writer", "find_format"]
