"""The text of one YOLO label file: a class and a box or polygon a line, as shares of the picture's sides."""

import math
from collections.abc import Iterator
from typing import NamedTuple

from core.datasets.formats.base import Object
from core.datasets.formats.shapes import area, around
from core.errors import quoted

# How far a number may be outside 0-1 by rounding, or by a box that was not cut: further out it is no share.
_BEYOND = 0.01
# Bytes and lines of a file, above which it is no label file of one picture.
MOST_BYTES = 16 << 20


class Row(NamedTuple):
    """One line.

    Attributes
    ----------
    line : int
        Its number, from 1.
    number : int
        The class, -1 where it has none.
    shares : tuple of float
        Centre, width and height of a box, or the points of a polygon, all in 0-1.
    fault : str
        Why it cannot be used; empty where it can.
    note : str
        What is odd about it.
    """

    line: int
    number: int = -1
    shares: tuple[float, ...] = ()
    fault: str = ""
    note: str = ""

    def object(self, category: str, width: int, height: int) -> Object:
        """Return the object in a picture of a size."""
        if len(self.shares) == 4:
            x, y, w, h = self.shares
            x0, x1 = (x - w / 2) * width, (x + w / 2) * width
            y0, y1 = (y - h / 2) * height, (y + h / 2) * height
            return Object(category, (x0, y0, x1, y1))
        inside = [min(max(share, 0.0), 1.0) for share in self.shares]
        polygon = [share * side for share, side in zip(inside, [width, height] * len(inside), strict=False)]
        return Object(category, around([polygon]), [polygon], area(polygon))


def parse(text: bytes, keypoints: int = 0) -> list[Row]:
    """Return the lines of a label file that are not empty.

    Parameters
    ----------
    text : bytes
    keypoints : int
        How many numbers of keypoints follow each box, by ``kpt_shape``; 0 for none.

    Raises
    ------
    ValueError
        It is no label file of one picture; the message says why.
    """
    if len(text) > MOST_BYTES or b"\0" in text:
        raise ValueError("is no text of lines with numbers")
    lines = text.decode(errors="replace").lstrip("\ufeff").splitlines()
    return list(
        _repeated(_row(n, line.split(), keypoints) for n, line in enumerate(lines, 1) if line.strip())
    )


def _repeated(rows: Iterator[Row]) -> Iterator[Row]:
    """Yield the rows; those that say the same as an earlier one with a note, and no shares."""
    known: dict[tuple[int, tuple[float, ...]], int] = {}
    for row in rows:
        first = known.setdefault((row.number, row.shares), row.line)
        if row.fault or first == row.line:
            yield row
        else:
            yield Row(row.line, row.number, note=f"repeats line {first}, counted once")


def _row(line: int, words: list[str], keypoints: int) -> Row:
    numbers = [_number(word) for word in words]
    if None in numbers:
        return Row(line, fault=f"has {quoted(words[numbers.index(None)])}, expected numbers")
    number, shares = numbers[0], tuple(number for number in numbers[1:] if number is not None)
    if number is None or not number.is_integer() or number < 0:
        return Row(line, fault=f"begins with {words[0]}, expected the number of a class")
    note = ""
    if keypoints and len(shares) == 4 + keypoints:
        shares, note = shares[:4], "has keypoints, left out; its box is used"
    if fault := _fault(shares):
        return Row(line, int(number), fault=fault)
    if min(shares) < 0 or max(shares) > 1:
        note = "reaches a little beyond 0-1: it is cut to the picture"
    return Row(line, int(number), shares, note=note)


def _fault(shares: tuple[float, ...]) -> str:
    count = len(shares) + 1
    if count != 5 and (count < 7 or count % 2 == 0):
        return f"has {count} numbers, expected 5, or a class and three points or more"
    if min(shares) < -_BEYOND or max(shares) > 1 + _BEYOND:
        worst = max(shares, key=lambda share: abs(share - 0.5))
        return f"has {worst:g}, expected shares of the picture's sides, 0 to 1"
    if count == 5 and min(shares[2:]) <= 0:
        return "has a box without area"
    return ""


def _number(word: str) -> float | None:
    try:
        number = float(word)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
