"""The text of one LabelMe file: size and shapes of a picture; the picture in it is passed over unread."""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from core.datasets.formats.base import Object
from core.datasets.formats.shapes import Box, Polygon, area, around, circle
from core.errors import quoted

# Bytes of a file: with the picture in it, as base64.
MOST_BYTES = 1 << 30
# Of each kind how many points it may have: X-AnyLabeling writes all four corners of a rectangle.
_POINTS = {"rectangle": (2, 4), "mask": (2,), "circle": (2,), "rotation": (4,)}


class _Shape(msgspec.Struct):
    label: Any = None
    points: Any = None
    shape_type: Any = "polygon"
    group_id: Any = None


class _Content(msgspec.Struct):
    shapes: list[_Shape]
    imagePath: Any = None
    imageName: Any = None  # dacl10k
    imageWidth: Any = None
    imageHeight: Any = None


class Shape(NamedTuple):
    """One shape.

    Attributes
    ----------
    label, kind : str
    box : Box or None
        None where it cannot be used.
    polygon : list of float, or None
        Flat ``x0 y0 x1 y1 …``; None for a rectangle.
    group : object
        Shapes of one label and one group are parts of one object; None for an object of its own.
    fault : str
        Why it cannot be used; empty where it can.
    note : str
        What is odd about it.
    """

    label: str
    kind: str
    box: Box | None = None
    polygon: Polygon | None = None
    group: Any = None
    fault: str = ""
    note: str = ""


class LabelMeFile(NamedTuple):
    """The content of a file; `size` is None where it has none."""

    filename: str
    size: tuple[int, int] | None
    shapes: list[Shape]

    def objects(self) -> Iterator[Object]:
        """Yield the objects: a shape each, or all shapes of a group that have the same label."""
        groups: dict[Any, list[Shape]] = {}
        for n, shape in enumerate(self.shapes):
            if not shape.fault:
                own = ("one", n) if shape.group is None else ("group", repr(shape.group), shape.label)
                groups.setdefault(own, []).append(shape)
        for shapes in groups.values():
            yield _object(shapes)

    @property
    def joined(self) -> int:
        """Number of shapes that are further parts of an object."""
        return sum(not shape.fault for shape in self.shapes) - sum(1 for _ in self.objects())


_decoder = msgspec.json.Decoder(_Content)


def parse(text: bytes) -> LabelMeFile:
    """Return the content of a file.

    Raises
    ------
    ValueError
        It is none; the message says why.
    """
    if not text.strip():
        raise ValueError("the file is empty")
    try:
        content = _decoder.decode(text.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"no LabelMe file ({str(error)[:120]})") from error
    sides = (content.imageWidth, content.imageHeight)
    known = all(isinstance(side, int) and 0 < side < 1 << 31 for side in sides)
    filename = next((n for n in (content.imagePath, content.imageName) if isinstance(n, str)), "")
    shapes = [_shape(shape) for shape in content.shapes]
    return LabelMeFile(filename, (int(sides[0]), int(sides[1])) if known else None, shapes)


def _shape(shape: _Shape) -> Shape:
    label = shape.label.strip() if isinstance(shape.label, str) else ""
    kind = shape.shape_type if isinstance(shape.shape_type, str) and shape.shape_type else "polygon"
    if not label:
        return Shape("", kind, fault="has no label")
    points = _points(shape.points)
    if points is None:
        return Shape(label, kind, fault="has points that are no pairs of numbers")
    if kind in _POINTS and len(points) // 2 not in _POINTS[kind]:
        return Shape(label, kind, fault=f"has {len(points) // 2} points, expected {_POINTS[kind][0]}")
    if kind in ("rectangle", "mask"):
        note = "its pixels are left out, its box is used" if kind == "mask" else ""
        return _with_area(Shape(label, kind, around([points]), None, shape.group_id, note=note))
    if kind == "circle":
        x, y, *edge = points
        points = circle(x, y, math.dist((x, y), edge))
    elif kind not in ("polygon", "rotation"):
        return Shape(label, kind, fault="is no area")
    elif len(points) < 6:
        return Shape(label, kind, fault=f"has {len(points) // 2} points, expected 3 or more")
    return _with_area(Shape(label, kind, around([points]), points, shape.group_id))


def _with_area(shape: Shape) -> Shape:
    x0, y0, x1, y1 = shape.box or (0, 0, 0, 0)
    return shape if x0 < x1 and y0 < y1 else Shape(shape.label, shape.kind, fault="has no area")


def _points(value: Any) -> Polygon | None:
    """Return points as a flat list; None where they are none."""
    if not isinstance(value, list):
        return None
    flat: Polygon = []
    for point in value:
        if not (isinstance(point, list) and len(point) == 2 and all(map(_is_number, point))):
            return None
        flat += [float(number) for number in point]
    return flat


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9


def _object(shapes: list[Shape]) -> Object:
    polygons = [shape.polygon for shape in shapes if shape.polygon]
    boxes = [list(shape.box) for shape in shapes if shape.box]
    if len(polygons) < len(shapes):  # a rectangle has no outline but its box: of a group all are polygons
        outlines = [] if len(shapes) == 1 else [shape.polygon or _corners(shape.box) for shape in shapes]
    else:
        outlines = polygons
    size = sum(map(area, outlines)) if outlines else None
    return Object(shapes[0].label, around(boxes), outlines or None, size)


def _corners(box: Box | None) -> Polygon:
    x0, y0, x1, y1 = box or (0, 0, 0, 0)
    return [x0, y0, x1, y0, x1, y1, x0, y1]


def described(n: int, shape: Shape) -> str:
    """Return ``shape 3 (crack, linestrip)``."""
    return f"shape {n} ({shape.label or 'no label'}, {quoted(shape.kind)[1:-1]})"
