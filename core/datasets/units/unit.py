"""The units in which files give boxes, and boxes of each as corners in pixels.

Notation: A boxes.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.errors import BoxscopeError

Boxes = NDArray[np.float64]

Layout = Literal["xywh", "xyxy", "cxcywh", "yxyx"]


@dataclass(frozen=True)
class Unit:
    """What the four numbers of a box mean.

    Attributes
    ----------
    name : str
        On the command line.
    text : str
        In messages: "as … it would fit".
    layout : "xywh", "xyxy", "cxcywh" or "yxyx"
        Corner and sides, two corners, centre and sides, two corners with y first.
    full : float
        What stands for the whole side of the image; 0 where the numbers are pixels.
    y_up : "", "lower" or "upper"
        Where y is counted from below: whether that of the lower edge is given, or that of the upper one.
    """

    name: str
    text: str
    layout: Layout
    full: float = 0
    y_up: Literal["", "lower", "upper"] = ""

    @property
    def by_outline_alone(self) -> bool:
        """Whether only a box's segmentation can tell this unit: neither its area nor the image can."""
        return bool(self.y_up) or self.layout == "yxyx"

    @np.errstate(over="ignore", invalid="ignore")  # of numbers up to 1e308
    def corners(self, boxes: Boxes, sizes: NDArray[np.int64]) -> Boxes:
        """Return boxes as ``x0 y0 x1 y1`` in pixels, y from above.

        Parameters
        ----------
        boxes : float64 (A, 4)
            In this unit.
        sizes : int64 (A, 2)
            Width and height of the image of each, 0 where they are not known.

        Returns
        -------
        float64 (A, 4)
            Four NaN where the unit needs a size that is not known.
        """
        a, b, c, d = boxes.T
        if self.layout == "yxyx":
            a, b, c, d = b, a, d, c
        sides = np.where(sizes > 0, sizes, np.nan) if self.full or self.y_up else sizes
        if self.full:
            a, c = a * (sides[:, 0] / self.full), c * (sides[:, 0] / self.full)
            b, d = b * (sides[:, 1] / self.full), d * (sides[:, 1] / self.full)
        if self.layout in ("xywh", "cxcywh"):
            if self.layout == "cxcywh":
                a, b = a - c / 2, b - d / 2
            elif self.y_up == "upper":
                b = b - d
            c, d = a + c, b + d
        if self.y_up:
            b, d = sides[:, 1] - d, sides[:, 1] - b
        return np.stack([a, b, c, d], axis=1)


AS_COCO = Unit("xywh", "x y w h", "xywh")

_LAYOUTS: dict[str, tuple[str, Layout]] = {
    "": ("x y w h", "xywh"),
    "-xyxy": ("x1 y1 x2 y2", "xyxy"),
    "-cxcywh": ("cx cy w h", "cxcywh"),
    "-yxyx": ("y1 x1 y2 x2", "yxyx"),
}
_SCALES = {"normalised": 1.0, "percent": 100.0, "per-mille": 1000.0}

UNITS = (
    Unit("xyxy", "x1 y1 x2 y2", "xyxy"),
    Unit("cxcywh", "cx cy w h", "cxcywh"),
    *(
        Unit(f"{scale}{ending}", f"{text} in 0-{full:g} of the image's size", layout, full)
        for scale, full in _SCALES.items()
        for ending, (text, layout) in _LAYOUTS.items()
    ),
    Unit("yxyx", "y1 x1 y2 x2", "yxyx"),
    Unit("from-below", "x y w h of the lower left corner, y from below", "xywh", 0, "lower"),
    Unit("upper-from-below", "x y w h of the upper left corner, y from below", "xywh", 0, "upper"),
    Unit("xyxy-from-below", "x1 y1 x2 y2, y from below", "xyxy", 0, "lower"),
)
"""All units but COCO's own, the likelier ones first."""

_BY_NAME = {unit.name: unit for unit in (AS_COCO, *UNITS)}
_ALIASES = {"yolo": "normalised-cxcywh", "coco": "xywh", "voc": "xyxy"}


def unit_named(name: str) -> Unit:
    """Return the unit of a name; ``normalized``, ``yolo``, ``voc`` and ``coco`` are understood too.

    Raises
    ------
    BoxscopeError
        There is no such unit.
    """
    spelled = name.strip().lower().replace("normalized", "normalised")
    unit = _BY_NAME.get(_ALIASES.get(spelled, spelled))
    if unit is None:
        raise BoxscopeError(f"got {name!r}, expected one of {', '.join(_BY_NAME)}", "unit of boxes")
    return unit
