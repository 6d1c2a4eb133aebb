"""The formats of an export: how crops are stored. A format is a module here and a row in ``FORMATS``.

A format consists of three small classes, see :mod:`core.export.formats.base`:

- a :class:`Writer`, which writes the crops of a shard and returns the location of each;
- a :class:`Reader`, which reads a crop at such a location;
- a :class:`Format`, which makes the two and describes them: ``summary``, for whoever chooses a format;
  ``columns``, the columns of the manifest that locate a crop; ``sharded``, whether a file holds many crops;
  ``needs_pixels``, whether crops are cut; ``overhead``, what a crop takes on disk beside its bytes;
  ``clear``, which removes its files; ``check_relabel`` and ``relabel``, which give crops another label. A
  format without these two takes no new labels.

Where a shard is one file, :class:`core.export.formats.sharded.ShardedFormat` leaves little to define:
``add`` and ``end`` of the writer, ``_open`` and ``_read`` of the reader, and the suffix.

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
        Where the name comes from, for the error.

    Raises
    ------
    BoxscopeError
        There is no format of that name.
    """
    if name not in FORMATS:
        raise BoxscopeError(f"got {name!r}, expected one of {', '.join(FORMATS)}", item)
    return FORMATS[name]


__all__ = ["DEFAULT_FORMAT", "FORMATS", "Crop", "Format", "Reader", "Relabelled", "Writer", "find_format"]
