"""Outlines: the box around one, its area, and a circle as a polygon."""

import math
from collections.abc import Sequence

# Corners of a circle's polygon: its area is 0.6 % below that of the circle.
_CORNERS = 32

Polygon = list[float]
Box = tuple[float, float, float, float]


def around(polygons: Sequence[Polygon]) -> Box:
    """Return the smallest box around polygons, each a flat list ``x0 y0 x1 y1 …``."""
    x = [number for polygon in polygons for number in polygon[::2]]
    y = [number for polygon in polygons for number in polygon[1::2]]
    return min(x), min(y), max(x), max(y)


def area(polygon: Polygon) -> float:
    """Return the area of a polygon that does not cross itself."""
    x, y = polygon[::2], polygon[1::2]
    sides = zip(x, y, x[1:] + x[:1], y[1:] + y[:1], strict=True)
    return abs(sum(x0 * y1 - x1 * y0 for x0, y0, x1, y1 in sides)) / 2


def circle(x: float, y: float, radius: float) -> Polygon:
    """Return a circle as a polygon, with corners at its outermost points."""
    angles = [2 * math.pi * n / _CORNERS for n in range(_CORNERS)]
    return [c for a in angles for c in (x + radius * math.cos(a), y + radius * math.sin(a))]
