"""OpenCV's selective search (Uijlings et al. 2013), from opencv-contrib."""

from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np

from core import boxes as bx
from core.boxes import Boxes
from core.images import Image
from core.parameters import parameter
from core.proposers.base import Proposer
from core.proposers.found import Found, ImageRef


@dataclass(frozen=True)
class OpenCVSelectiveSearch(Proposer):
    """Hierarchical grouping of small regions by colour, texture, size and fill."""

    name: ClassVar[str] = "opencv-selective-search"
    summary: ClassVar[str] = "OpenCV's selective search: thorough, a second or more an image."

    mode: str = parameter(
        "fast",
        label="Mode",
        help="How many groupings, of colour spaces, scales and strategies: single 1, fast 12, quality 100.",
        choices=("single", "fast", "quality"),
    )
    whole_image: bool = parameter(
        False,
        label="Keep the whole-image box",
        help="The article drops it. On images that one crack fills it is a good proposal.",
    )

    def propose(self, image: Image, ref: ImageRef | None = None) -> Found:
        """Return the regions, largest first; of equal ones the topmost, then the leftmost.

        OpenCV orders its boxes by libc's rand(), which cv2.setRNGSeed does not seed: the boxes are the same
        at every call, their order is not. Sorting makes the result deterministic.
        """
        height, width = image.shape[:2]
        boxes = bx.unique(_search(image, self.mode))
        size = bx.area(boxes)
        order = np.lexsort((boxes[:, 3], boxes[:, 2], boxes[:, 0], boxes[:, 1], -size))
        if not self.whole_image:
            order = order[size[order] < width * height]
        return Found(boxes[order])


def _search(image: Image, mode: str) -> Boxes:
    search = cv2.ximgproc.segmentation.createSelectiveSearchSegmentation()
    search.setBaseImage(cv2.cvtColor(image, cv2.COLOR_RGB2BGR))  # it converts from BGR to HSV and Lab itself
    if mode == "single":
        search.switchToSingleStrategy()
    elif mode == "fast":
        search.switchToSelectiveSearchFast()
    else:
        search.switchToSelectiveSearchQuality()
    corners = bx.as_boxes(search.process())
    corners[:, 2:] += corners[:, :2]
    return corners
