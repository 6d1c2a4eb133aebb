"""COCO JSON to columns: typed decoding, and a tolerant second road for files that it refuses.

Notation: I images, A annotations, in the order of the file.
"""

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.errors import BoxscopeError
from core.places import Unreachable, reason


class _Image(msgspec.Struct, gc=False):
    id: int
    file_name: str
    width: int = 0
    height: int = 0


class _Annotation(msgspec.Struct, gc=False):
    image_id: int
    id: int = -1
    category_id: int = -1
    bbox: list[float] | None = None
    area: float = math.nan
    iscrowd: int = 0


class _Category(msgspec.Struct, gc=False):
    id: int
    name: str = ""


class _Coco(msgspec.Struct, gc=False):
    images: list[_Image]
    annotations: list[_Annotation] = []
    categories: list[_Category] = []


@dataclass(frozen=True, eq=False)
class Columns:
    """A COCO file as it is, nothing judged yet.

    Attributes
    ----------
    image_id : int64 (I,)
    file_name : list of str, I long
    size : int64 (I, 2)
        Width and height, 0 where the file does not say.
    annotation_id, annotation_image, category : int64 (A,)
    bbox : float64 (A, 4)
        ``x y width height`` as written; NaN in every place where there is no such box.
    empty : bool (A,)
        The box is written as ``[]``: a common mark for an image without objects.
    area : float64 (A,)
        NaN where the file does not say.
    crowd : bool (A,)
    categories : list of (int, str)
    remarks : list of str
        What the tolerant road had to put up with; empty where the typed road took the file.
    """

    image_id: NDArray[np.int64]
    file_name: list[str]
    size: NDArray[np.int64]
    annotation_id: NDArray[np.int64]
    annotation_image: NDArray[np.int64]
    category: NDArray[np.int64]
    bbox: NDArray[np.float64]
    empty: NDArray[np.bool_]
    area: NDArray[np.float64]
    crowd: NDArray[np.bool_]
    categories: list[tuple[int, str]]
    remarks: list[str]


def read_columns(path: Path) -> Columns:
    """Read a COCO detection file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Columns

    Raises
    ------
    BoxscopeError
        The file is missing, is not JSON, or has no list of images.
    """
    try:
        text = path.read_bytes()
    except Unreachable as error:
        raise BoxscopeError(str(error)) from error
    except OSError as error:
        raise BoxscopeError(f"{path}: cannot be read ({reason(error)})") from error
    try:
        return _columns(msgspec.json.decode(text, type=_Coco), [])
    except (msgspec.DecodeError, UnicodeDecodeError, OverflowError) as refusal:
        return _columns(*_tolerant(path, text, str(refusal)))


def _columns(coco: _Coco, remarks: list[str]) -> Columns:
    images, annotations = coco.images, coco.annotations
    return Columns(
        image_id=_ints(image.id for image in images),
        file_name=[image.file_name for image in images],
        size=_ints(side for image in images for side in (image.width, image.height)).reshape(-1, 2),
        annotation_id=_ints(n if a.id < 0 else a.id for n, a in enumerate(annotations)),
        annotation_image=_ints(a.image_id for a in annotations),
        category=_ints(a.category_id for a in annotations),
        bbox=np.array([_four(a.bbox) for a in annotations], dtype=np.float64).reshape(-1, 4),
        empty=np.array([a.bbox == [] for a in annotations], dtype=bool),
        area=np.array([a.area for a in annotations], dtype=np.float64),
        crowd=np.array([a.iscrowd != 0 for a in annotations], dtype=bool),
        categories=[(category.id, category.name) for category in coco.categories],
        remarks=remarks,
    )


_NO_BOX = [math.nan] * 4


def _four(bbox: list[float] | None) -> list[float]:
    return bbox if bbox is not None and len(bbox) == 4 else _NO_BOX


def _ints(values: Iterable[int]) -> NDArray[np.int64]:
    return np.fromiter(values, dtype=np.int64)


def _tolerant(path: Path, text: bytes, refusal: str) -> tuple[_Coco, list[str]]:
    """Read what the typed road refused: a byte-order mark, NaN, null, ids as strings or floats."""
    try:
        document = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BoxscopeError(f"{path}: not JSON ({error})") from error
    if not isinstance(document, dict) or not isinstance(document.get("images"), list):
        raise BoxscopeError(f"{path}: got no list 'images', expected COCO detection annotations")
    for key in ("annotations", "categories"):
        if not isinstance(document.get(key) or [], list):
            raise BoxscopeError(f"{path}: got no list {key!r}, expected COCO detection annotations")
    reader = _Lenient([f"read leniently: {refusal}"])
    coco = _Coco(
        images=reader.images(document["images"]),
        annotations=reader.annotations(document.get("annotations") or []),
        categories=reader.categories(document.get("categories") or []),
    )
    return coco, reader.remarks


class _Lenient:
    """Turns untyped records into typed ones; every record it cannot use leaves a remark."""

    def __init__(self, remarks: list[str]) -> None:
        self.remarks = remarks
        self.by_position: dict[str, int] = {}

    def images(self, records: list[Any]) -> list[_Image]:
        if any(_int(_get(record, "id")) is None for record in records):
            self.remarks.append("image ids are not all whole numbers: images are numbered by position")
            self.by_position = {repr(_get(record, "id")): n for n, record in enumerate(records)}
        images = []
        for n, record in enumerate(records):
            name = _get(record, "file_name")
            if not isinstance(name, str) or not name:
                self.remarks.append(f"images[{n}]: file_name is {name!r}, the image is left out")
                continue
            width, height = _int(_get(record, "width")), _int(_get(record, "height"))
            images.append(_Image(self._image_id(record.get("id")), name, width or 0, height or 0))
        return images

    def annotations(self, records: list[Any]) -> list[_Annotation]:
        return [a for n, record in enumerate(records) if (a := self._annotation(n, record)) is not None]

    def categories(self, records: list[Any]) -> list[_Category]:
        categories = []
        for n, record in enumerate(records):
            number = _int(_get(record, "id"))
            if number is None:
                self.remarks.append(f"categories[{n}]: id is {_get(record, 'id')!r}, it is left out")
                continue
            categories.append(_Category(number, str(_get(record, "name") or "")))
        return categories

    def _image_id(self, value: Any) -> int:
        number = self.by_position.get(repr(value), -1) if self.by_position else _int(value)
        return -1 if number is None else number

    def _annotation(self, n: int, record: Any) -> _Annotation | None:
        image = _get(record, "image_id")
        if image is None or (not self.by_position and _int(image) is None):
            self.remarks.append(f"annotations[{n}]: image_id is {image!r}, the annotation is left out")
            return None
        area, number, category = (
            _get(record, "area"),
            _int(_get(record, "id")),
            _int(_get(record, "category_id")),
        )
        return _Annotation(
            image_id=self._image_id(image),
            id=n if number is None else number,
            category_id=-1 if category is None else category,
            bbox=_bbox(_get(record, "bbox")),
            area=math.nan if _float(area) is None else float(area),
            iscrowd=int(_flag(_get(record, "iscrowd"))),
        )


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
    if type(value) is int:
        return value if abs(value) < 1 << 63 else None
    number = _float(value)
    return int(number) if number is not None and number.is_integer() and abs(number) < 1 << 63 else None


def _float(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None
