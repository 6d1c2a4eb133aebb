"""Maximally stable extremal regions (Matas, Chum, Urban, Pajdla: BMVC 2002), by OpenCV."""

from dataclasses import dataclass
from typing import ClassVar, Self

import cv2
import numpy as np

from core import boxes as bx
from core.images import Image
from core.parameters import parameter
from core.proposers.base import Proposer
from core.proposers.found import Found, ImageRef


@dataclass(frozen=True)
class Mser(Proposer):
    """Boxes of regions that stay nearly as they are while a grey level threshold moves."""

    name: ClassVar[str] = "mser"
    summary: ClassVar[str] = "Stable dark and bright regions of the grey picture: a baseline."
    default_order: ClassVar[str] = "area"  # its own is that in which OpenCV comes upon them

    # Of OpenCV's own defaults, 5, .25 and a least diversity of .2, no region is left on half of CrackForest.
    delta: int = parameter(
        2,
        label="Delta",
        help="Grey levels over which the area of a region is compared: a larger delta gives fewer regions.",
        unit="grey levels",
        min=1,
        max=100,
    )
    min_area: int = parameter(
        60,
        label="Minimum area",
        help="Smaller regions are dropped.",
        unit="px²",
        min=1,
        max=5000,
        logarithmic=True,
    )
    max_variation: float = parameter(
        1.0,
        label="Maximum variation",
        help="Regions whose area changes by more than this share over delta are dropped.",
        min=0.05,
        max=2.0,
        step=0.05,
    )

    def propose(self, image: Image, ref: ImageRef | None = None) -> Found:
        """Return the boxes of the regions, each once."""
        height, width = image.shape[:2]
        if min(height, width) < 3:
            return Found(bx.as_boxes([]))  # OpenCV refuses such a picture
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        search = cv2.MSER.create(self.delta, self.min_area, height * width, self.max_variation, 0.0)
        _, found = search.detectRegions(grey)
        corners = np.asarray(found, np.float32).reshape(-1, 4)
        corners[:, 2:] += corners[:, :2]
        return Found(bx.unique(bx.clip(bx.as_boxes(corners), width, height)))

    def unfiltered(self) -> Self:
        """Return the proposer with regions of any area."""
        return self.replace(min_area=1)

    def memory(self, width: int, height: int) -> int:
        """Return about the bytes of the tree of regions and of their pixels."""
        return 200 * width * height
