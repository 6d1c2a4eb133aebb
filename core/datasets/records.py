"""The records of a COCO file, as far as Boxscope reads them; and numbers for those without an id."""

import itertools
import math
from typing import NamedTuple

import msgspec


class Image(msgspec.Struct, gc=False):
    """An image; width and height are 0 where the file does not say."""

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


class Category(msgspec.Struct, gc=False):
    """A kind of object."""

    id: int
    name: str = ""


class Coco(msgspec.Struct, gc=False):
    """A whole file."""

    images: list[Image]
    annotations: list[Annotation] = []
    categories: list[Category] = []


class Remark(NamedTuple):
    """What had to be put up with in a file.

    Attributes
    ----------
    text : str
        Which record, what came, what is done about it.
    lost : bool
        True where the record cannot be used.
    """

    text: str
    lost: bool = False


class FreeIds:
    """Numbers for records that have none, so that no two records share one.

    Parameters
    ----------
    taken : set of int
        Those that the file uses; each number given is added.
    """

    def __init__(self, taken: set[int]) -> None:
        self.taken = taken
        self._rest = itertools.filterfalse(taken.__contains__, itertools.count())

    def assign(self, index: int) -> int:
        """Return a record's index in its list as its id, or the smallest free number if that is taken."""
        number = next(self._rest) if index in self.taken else index
        self.taken.add(number)
        return number
