"""The records of a COCO file decoded one by one: typed, or with any values where the types do not fit."""

from collections.abc import Callable
from typing import Any

import msgspec

from core.datasets.reading.pieces import Piece
from core.datasets.reading.text import untyped


class UntypedAnnotation(msgspec.Struct, gc=False):
    """An annotation with any value in each field."""

    id: Any = None
    image_id: Any = None
    category_id: Any = None
    bbox: Any = None
    area: Any = None
    iscrowd: Any = None
    segmentation: msgspec.Raw = msgspec.Raw(b"null")


def decoded(pieces: list[Piece], kind: type[Any], other: Callable[[Piece], Any]) -> list[Any]:
    """Return the records that pieces are, and what `other` makes of each that is not of the kind."""
    decode, records = msgspec.json.Decoder(kind).decode, []
    for piece in pieces:
        try:
            records.append(decode(piece))
        except msgspec.DecodeError:
            records.append(other(piece))
    return records


def value_of(record: Any, key: str) -> Any:
    """Return the value of a typed or untyped record, None where it has none."""
    return record.get(key) if isinstance(record, dict) else getattr(record, key, None)


def untyped_record(piece: Piece) -> dict[str, Any] | None:
    """Return a record with any keys and values; None where it is no object."""
    record = untyped(piece)
    return record if isinstance(record, dict) else None


_decode_annotation = msgspec.json.Decoder(UntypedAnnotation).decode


def untyped_annotation(piece: Piece) -> UntypedAnnotation:
    """Return an annotation with any values; without any where it is no object."""
    try:
        return _decode_annotation(piece)  # passes over polygons, and takes a tenth of the time
    except msgspec.DecodeError:
        record = untyped_record(piece) or {}
    fields = {key: record[key] for key in UntypedAnnotation.__struct_fields__ if key in record}
    return UntypedAnnotation(**{**fields, "segmentation": _raw(record.get("segmentation"))})


def _raw(value: Any) -> msgspec.Raw:
    """Return a value as JSON: of a segmentation that cannot be written, a number, which is none."""
    try:
        return msgspec.Raw(msgspec.json.encode(value))
    except (ValueError, OverflowError):
        return msgspec.Raw(b"0")
