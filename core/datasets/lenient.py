"""The lenient reader of COCO files that typed decoding rejects, with a remark on each deviation."""

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from core.datasets.locating.stand_in_names import stand_in_names
from core.datasets.problems import Subject
from core.datasets.records import Annotation, Category, Coco, FreeIds, Image, Remark
from core.errors import BoxscopeError
from core.files import AnyPath

_NO_BOX = [math.nan] * 4
_INTEGER = re.compile(r"\s*(-?[0-9]+)(?:\.0*)?\s*")


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
    """Return the content of a file with a byte-order mark, NaN, null, or ids as strings or floats.

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
        The file is not JSON, or has no list of images.
    """
    try:
        document = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BoxscopeError(f"not JSON ({error})", path) from error
    if not isinstance(document, dict) or not isinstance(document.get("images"), list):
        raise BoxscopeError("got no list 'images', expected COCO detection annotations", path)
    for key in ("annotations", "categories"):
        if not isinstance(document.get(key) or [], list):
            raise BoxscopeError(f"got no list {key!r}, expected COCO detection annotations", path)
    annotations = document.get("annotations") or []
    reader = _Reader([Remark(f"read leniently: {refusal}")], document["images"], annotations)
    coco = Coco(
        images=reader.images(document["images"]),
        annotations=reader.annotations(annotations),
        categories=reader.categories(document.get("categories") or []),
    )
    return Lenient(coco, reader.remarks, reader.renumbered, reader.references, reader.unnamed)


class _Reader:
    """Converts untyped records to typed ones and adds a remark for each deviation."""

    def __init__(self, remarks: list[Remark], images: list[Any], annotations: list[Any]) -> None:
        self.remarks = remarks
        self.free = FreeIds(_numbers(images, "id") | _numbers(annotations, "image_id"))
        self.renumbered: set[int] = set()
        self.references: dict[int, Any] = {}
        self.unnamed: set[int] = set()
        self.assigned: dict[str, int] = {}
        self.nobody: int | None = None

    def remark(self, text: str, lost: bool = False, of: Subject = "file") -> None:
        self.remarks.append(Remark(text, lost, of))

    def images(self, records: list[Any]) -> list[Image]:
        images = []
        stand_ins = stand_in_names(records)
        self.remarks += map(Remark, stand_ins.texts)
        for n, record in enumerate(records):
            name = stand_ins.names.get(n) or _get(record, "file_name")
            if not isinstance(name, str) or not name:
                self.remark(
                    f"images[{n}]: file_name is {name!r}, the image is left out", lost=True, of="image"
                )
                if _get(record, "id") is not None:
                    self.unnamed.add(self._image_id(n, record["id"]))
                continue
            width, height = _int(_get(record, "width")), _int(_get(record, "height"))
            images.append(Image(self._image_id(n, record.get("id")), name, width or 0, height or 0))
        return images

    def _image_id(self, n: int, value: Any) -> int:
        number = _int(value)
        if number is None:
            number = self.assigned.get(repr(value))
        if number is None:
            number = self.free.assign(n)
            self.renumbered.add(number)
            self.remark(f"images[{n}]: id is {value!r}, no whole number: it is numbered {number}", of="image")
        if value is not None:
            self.assigned[repr(value)] = number
        return number

    def _owner(self, n: int, value: Any) -> int:
        """Return the id of an annotation's image: the integer, the one assigned to it, or that of none."""
        if repr(value) in self.assigned:
            return self.assigned[repr(value)]
        number = _int(value)
        if number is None or (isinstance(value, str) and value != str(number)):
            self.references[n] = value
        if number is not None:
            return number
        if self.nobody is None:
            self.nobody = self.free.assign(n)
        return self.nobody

    def annotations(self, records: list[Any]) -> list[Annotation]:
        return [self._annotation(n, record) for n, record in enumerate(records)]

    def categories(self, records: list[Any]) -> list[Category]:
        categories = []
        for n, record in enumerate(records):
            number = _int(_get(record, "id"))
            if number is None:
                self.remark(f"categories[{n}]: id is {_get(record, 'id')!r}, it is left out", lost=True)
                continue
            categories.append(Category(number, str(_get(record, "name") or "")))
        return categories

    def _annotation(self, n: int, record: Any) -> Annotation:
        number, value = _int(_get(record, "id")), _get(record, "id")
        if number is None and value is not None:
            self.remark(
                f"annotations[{n}]: id is {value!r}, no whole number: a free one stands for it", of="object"
            )
        area, category = _get(record, "area"), _int(_get(record, "category_id"))
        return Annotation(
            image_id=self._owner(n, _get(record, "image_id")),
            id=number,
            category_id=-1 if category is None else category,
            bbox=_bbox(_get(record, "bbox")),
            area=math.nan if _float(area) is None else float(area),
            iscrowd=int(_flag(_get(record, "iscrowd"))),
            segmentation=_raw(_get(record, "segmentation")),
        )


def _raw(value: Any) -> msgspec.Raw:
    """Return a value as JSON: of a segmentation that cannot be written, a number, which is none."""
    try:
        return msgspec.Raw(msgspec.json.encode(value))
    except (ValueError, OverflowError, RecursionError):
        return msgspec.Raw(b"0")


def _numbers(records: Iterable[Any], key: str) -> set[int]:
    return {number for record in records if (number := _int(_get(record, key))) is not None}


def _get(record: Any, key: str) -> Any:
    return record.get(key) if isinstance(record, dict) else None


def _bbox(value: Any) -> list[float]:
    if isinstance(value, list) and not value:
        return []
    sides = [_float(side) for side in value] if isinstance(value, list) else []
    return [side for side in sides if side is not None] if None not in sides and len(sides) == 4 else _NO_BOX


def _flag(value: Any) -> bool:
    return value if isinstance(value, bool) else bool(_float(value))


def _int(value: Any) -> int | None:
    """Return the integer that a value represents: 7, 7.0, "7"; None where it is none, or beyond int64.

    From 2**53 on a float may stand for several integers.
    """
    if type(value) is int:
        return value if abs(value) < 1 << 63 else None
    if isinstance(value, str):
        digits = _INTEGER.fullmatch(value) if len(value) < 30 else None
        return _int(int(digits[1])) if digits else None
    number = _float(value)
    return int(number) if number is not None and number.is_integer() and abs(number) < 1 << 53 else None


def _float(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None
