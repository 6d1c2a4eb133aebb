"""The lenient reader of COCO files that typed decoding rejects, with a remark on each deviation.

What is wrong in a record costs the time of that record: all others are decoded typed.
"""

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from core.datasets.locating.stand_in_names import stand_in_names
from core.datasets.problems import Subject
from core.datasets.reading.pieces import Pieces, split
from core.datasets.reading.untyped import (
    UntypedAnnotation,
    decoded,
    untyped_annotation,
    untyped_record,
    value_of,
)
from core.datasets.reading.values import as_box, as_crowd, as_float, as_int, as_side, is_name
from core.datasets.records import Annotation, Category, Coco, FreeIds, Image, Remark
from core.errors import quoted
from core.files import AnyPath, printable


@dataclass(frozen=True)
class Lenient:
    """The content of a file, and what is odd about it; :func:`read_lenient` makes it.

    Attributes
    ----------
    coco : Coco
    remarks : list of Remark
    renumbered : set of int
        Ids assigned to images that have no integer as id; no other image and no annotation uses them.
    references : dict of int to object
        By index of the annotation: what it has as id of its image, where that is no integer. A number with
        leading zeros may be a file name as well: it is here too.
    unnamed : set of int
        Ids of the records of images that are left out for want of a file name.
    """

    coco: Coco
    remarks: list[Remark] = field(default_factory=list)
    renumbered: set[int] = field(default_factory=set)
    references: dict[int, Any] = field(default_factory=dict)
    unnamed: set[int] = field(default_factory=set)


def read_lenient(path: AnyPath, text: bytes, refusal: str) -> Lenient:
    """Return the content of a file with NaN, null, ids as strings or floats, or other values that are odd.

    Parameters
    ----------
    path : Path or RemotePath
        Named in errors.
    text : bytes
    refusal : str
        Why typed decoding rejected it.

    Raises
    ------
    BoxscopeError
        The file is not JSON, has no list of images, or one of its lists twice.
    """
    pieces = split(path, text)
    reader = _Reader([Remark(f"read leniently: {pieces.beyond or refusal}")], pieces)
    coco = Coco(reader.images(), reader.annotations(), reader.categories())
    return Lenient(coco, reader.remarks, reader.renumbered, reader.references, reader.unnamed)


class _Reader:
    """Converts the records that have no types to typed ones and adds a remark for each deviation."""

    def __init__(self, remarks: list[Remark], pieces: Pieces) -> None:
        self.remarks = remarks
        self._images = decoded(pieces.images, Image, untyped_record)
        self._annotations = decoded(pieces.annotations, Annotation, untyped_annotation)
        self._categories = decoded(pieces.categories, Category, untyped_record)
        self.renumbered: set[int] = set()
        self.references: dict[int, Any] = {}
        self.unnamed: set[int] = set()
        self.assigned: dict[str, int] = {}

    @cached_property
    def free(self) -> FreeIds:
        """The ids that no image and no annotation uses."""
        images = {as_int(value_of(record, "id")) for record in self._images}
        owners = {as_int(value_of(record, "image_id")) for record in self._annotations}
        return FreeIds({number for number in images | owners if number is not None})

    @cached_property
    def nobody(self) -> int:
        """An id that no image has."""
        return self.free.assign(0)

    def remark(self, text: str, lost: bool = False, of: Subject = "file") -> None:
        self.remarks.append(Remark(text, lost, of))

    def images(self) -> list[Image]:
        images = []
        stand_ins = stand_in_names(self._images)
        self.remarks += map(Remark, stand_ins.texts)
        for n, record in enumerate(self._images):
            if isinstance(record, Image):
                images.append(record)
                continue
            name = stand_ins.names.get(n) or value_of(record, "file_name")
            if not is_name(name):
                self.remark(
                    f"images[{n}]: file_name is {quoted(name)}, the image is left out", lost=True, of="image"
                )
                if value_of(record, "id") is not None:
                    self.unnamed.add(self._image_id(n, record["id"]))
                continue
            number = self._image_id(n, record.get("id"))
            images.append(Image(number, name, as_side(record.get("width")), as_side(record.get("height"))))
        return images

    def _image_id(self, n: int, value: Any) -> int:
        number = as_int(value)
        if number is None:
            number = self.assigned.get(repr(value))
        if number is None:
            number = self.free.assign(n)
            self.renumbered.add(number)
            self.remark(
                f"images[{n}]: id is {quoted(value)}, no whole number: it is numbered {number}", of="image"
            )
        if value is not None:
            self.assigned[repr(value)] = number
        return number

    def annotations(self) -> list[Annotation]:
        return [
            record if isinstance(record, Annotation) else self._annotation(n, record)
            for n, record in enumerate(self._annotations)
        ]

    def _annotation(self, n: int, record: UntypedAnnotation) -> Annotation:
        number, category = as_int(record.id), as_int(record.category_id)
        if number is None and record.id is not None:
            self.remark(
                f"annotations[{n}]: id is {quoted(record.id)}, no whole number: a free one stands for it",
                of="object",
            )
        area, crowd = as_float(record.area), as_crowd(record.iscrowd)
        if crowd is None:
            self.remark(
                f"annotations[{n}]: iscrowd is {quoted(record.iscrowd)}, expected 0 or 1: a crowd region",
                of="object",
            )
        return Annotation(
            image_id=self._owner(n, record.image_id),
            id=number,
            category_id=-1 if category is None else category,
            bbox=as_box(record.bbox),
            area=math.nan if area is None else area,
            iscrowd=1 if crowd is None else crowd,
            segmentation=record.segmentation,
        )

    def _owner(self, n: int, value: Any) -> int:
        """Return the id of an annotation's image: the integer, the one assigned to it, or that of none."""
        if repr(value) in self.assigned:
            return self.assigned[repr(value)]
        number = as_int(value)
        if number is None or (isinstance(value, str) and value != str(number)):
            self.references[n] = value
        return self.nobody if number is None else number

    def categories(self) -> list[Category]:
        categories = []
        for n, record in enumerate(self._categories):
            if isinstance(record, Category):
                categories.append(record)
            elif (number := as_int(value_of(record, "id"))) is None:
                self.remark(
                    f"categories[{n}]: id is {quoted(value_of(record, 'id'))}, it is left out", lost=True
                )
            else:
                categories.append(Category(number, self._category_name(n, record.get("name"))))
        return categories

    def _category_name(self, n: int, value: Any) -> str:
        if value is None or isinstance(value, bool | list | dict):
            return ""
        name = printable(str(value))
        if name != value:
            self.remark(f"categories[{n}]: name is {quoted(value)}, read as {quoted(name)}")
        return name
