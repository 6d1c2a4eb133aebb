"""What a value of a COCO record stands for, also where it is written as a text or a float."""

import math
import re
from typing import Any, Literal

from core.datasets.records import LARGEST_ID, LARGEST_SIDE

_NO_BOX = [math.nan] * 4
_INTEGER = re.compile(r"\s*(-?[0-9]+)(?:\.0*)?\s*")


def is_name(value: Any) -> bool:
    """Return whether a value of ``file_name`` is a name."""
    return isinstance(value, str) and bool(value)


def as_box(value: Any) -> list[float]:
    """Return the numbers of a box, none of one written as ``[]``, and four NaN where it is no box."""
    if isinstance(value, list) and not value:
        return []
    sides = [as_float(side) for side in value] if isinstance(value, list) else []
    return [side for side in sides if side is not None] if None not in sides and len(sides) == 4 else _NO_BOX


def as_crowd(value: Any) -> Literal[0, 1] | None:
    """Return whether an annotation is a crowd region by its ``iscrowd``, None where that does not tell."""
    number = 0 if value is None else value if isinstance(value, bool) else as_float(value)
    return None if number not in (0, 1) else 1 if number else 0


def as_side(value: Any) -> int:
    """Return the width or height of a picture, 0 where it is none."""
    number = as_int(value) or 0
    return number if 0 < number <= LARGEST_SIDE else 0


def as_int(value: Any) -> int | None:
    """Return the integer that a value represents: 7, 7.0, "7"; None where it is none, or beyond int64.

    From 2**53 on a float may stand for several integers.
    """
    if type(value) is int:
        return value if abs(value) <= LARGEST_ID else None
    if isinstance(value, str):
        digits = _INTEGER.fullmatch(value) if len(value) < 30 else None
        return as_int(int(digits[1])) if digits else None
    number = as_float(value)
    return int(number) if number is not None and number.is_integer() and abs(number) < 1 << 53 else None


def as_float(value: Any) -> float | None:
    """Return the number that a value represents, None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None
