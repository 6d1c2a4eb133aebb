"""The records of a COCO file with the fields that Boxscope reads, and ids for records without one.

A record with a value that its field does not allow is read by :mod:`core.datasets.reading.lenient`.
"""

import itertools
import math
from typing import Annotated, Literal, NamedTuple

import msgspec

from core.datasets.problems import Subject

# Ids are kept as int64; the smallest has no absolute value there.
LARGEST_ID = (1 << 63) - 1
# No picture is wider or higher, as libraries count pixels in 32 bits.
LARGEST_SIDE = (1 << 31) - 1

Id = Annotated[int, msgspec.Meta(ge=-LARGEST_ID, le=LARGEST_ID)]
Side = Annotated[int, msgspec.Meta(ge=-LARGEST_SIDE, le=LARGEST_SIDE)]
Name = Annotated[str, msgspec.Meta(min_length=1)]


class Image(msgspec.Struct, gc=False):
    """An image; width and height are 0 where the file has none.

    `doubt` is why it may show objects that the file lacks, where a converted file says so.
    """

    id: Id
    file_name: Name
    width: Side = 0
    height: Side = 0
    doubt: str = msgspec.field(default="", name="boxscope_doubt")


class Annotation(msgspec.Struct, gc=False):
    """An object, or the mark of an image without any."""

    image_id: Id
    id: Id | None = None
    category_id: Id = -1
    bbox: list[float] | None = None
    area: float = math.nan
    iscrowd: Literal[0, 1] = 0
    segmentation: msgspec.Raw = msgspec.Raw(b"null")


class Category(msgspec.Struct, gc=False):
    """A category of objects."""

    id: Id
    name: str = ""


class Coco(msgspec.Struct, gc=False):
    """The content of a file."""

    images: list[Image]
    annotations: list[Annotation] = []
    categories: list[Category] = []


class Remark(NamedTuple):
    """A deviation from the COCO format in a file.

    Attributes
    ----------
    text : str
        Which record, what it contains, what is done about it.
    lost : bool
        True where the record cannot be used.
    of : "file", "image" or "object"
        What kind of record it is; "file" for all others.
    """

    text: str
    lost: bool = False
    of: Subject = "file"


class FreeIds:
    """Unused integers as ids for records that have none.

    Parameters
    ----------
    used : set of int
        Ids in use; each assigned id is added.
    """

    def __init__(self, used: set[int]) -> None:
        self.used = used
        self._unused = itertools.filterfalse(used.__contains__, itertools.count())

    def assign(self, index: int) -> int:
        """Return a record's id: its index in its list, or if that is used the smallest unused integer."""
        number = next(self._unused) if index in self.used else index
        self.used.add(number)
        return number
