"""The records of a COCO file with the fields that Boxscope reads, and ids for records without one."""

import itertools
import math
from typing import NamedTuple

import msgspec

from core.datasets.problems import Subject


class Image(msgspec.Struct, gc=False):
    """An image; width and height are 0 where the file has none."""

    id: int
    file_name: str
    width: int = 0
    height: int = 0


class Annotation(msgspec.Struct, gc=False):
    """An object, or the mark of an image without any."""

    image_id: int
    id: int | None = None
    category_id: int = -1
    bbox: list[float] | None = None
    area: float = math.nan
    iscrowd: int = 0
    segmentation: msgspec.Raw = msgspec.Raw(b"null")


class Category(msgspec.Struct, gc=False):
    """A category of objects."""

    id: int
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
