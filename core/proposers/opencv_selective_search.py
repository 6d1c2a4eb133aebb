"""OpenCV's selective search (Uijlings et al. 2013), from opencv-contrib."""

from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np

from core import boxes as bx
from core.boxes import Boxes
from core.errors import BoxscopeError
from core.images import Image
from core.parameters import parameter
from core.proposers.base import Proposer
from core.proposers.found import Found, ImageRef

# Pixels of a picture at most: twice as many take four times as long, on two cores some two minutes for 4
# megapixels with many regions, in fast mode, and ten for 8.
MAX_PIXELS = 8_000_000
# Width and height together at most, pixels: a picture rotated by 45 degrees covers half the square of this
# many, and takes 14 bytes for each.
MAX_EXTENT = 10_000


@dataclass(frozen=True)
class OpenCVSelectiveSearch(Proposer):
    """Hierarchical grouping of small regions by colour, texture, size and fill."""

    name: ClassVar[str] = "opencv-selective-search"
    summary: ClassVar[str] = "OpenCV's selective search: thorough, a second or more per image."

    mode: str = parameter(
        "fast",
        label="Mode",
        help="Number of hierarchical groupings, which differ in colour space, scale and similarity: "
        "single 1, fast 12, quality 100.",
        choices=("single", "fast", "quality"),
    )
    whole_image: bool = parameter(
        False,
        label="Keep the whole-image box",
        help="The article drops this box. It is a good proposal where one crack fills the image.",
    )

    def propose(self, image: Image, ref: ImageRef | None = None) -> Found:
        """Return the regions, largest first; of equal ones the topmost, then the leftmost.

        OpenCV orders its boxes by libc's rand(), which cv2.setRNGSeed does not seed: the boxes are the same
        at every call, their order is not. Sorting makes the result deterministic.

        Raises
        ------
        BoxscopeError
            The picture is larger than ``MAX_PIXELS`` or ``MAX_EXTENT``.
        """
        height, width = image.shape[:2]
        self._expect_size(width, height)
        boxes = bx.unique(_search(image, self.mode))
        size = bx.area(boxes)
        order = np.lexsort((boxes[:, 3], boxes[:, 2], boxes[:, 0], boxes[:, 1], -size))
        if not self.whole_image:
            order = order[size[order] < width * height]
        return Found(boxes[order])

    def memory(self, width: int, height: int) -> int:
        """Return the bytes for the picture and for the rotated one; 0 where it is refused."""
        if not self._takes(width, height):
            return 0
        return 130 * width * height + 7 * (width + height) ** 2

    def _takes(self, width: int, height: int) -> bool:
        return width * height <= MAX_PIXELS and width + height <= MAX_EXTENT

    def _expect_size(self, width: int, height: int) -> None:
        if not self._takes(width, height):
            raise BoxscopeError(
                f"would take gigabytes and hours on a picture of {width}x{height}, expected at most "
                f"{MAX_PIXELS / 1e6:g} megapixels, and width and height of {MAX_EXTENT:,} together: take "
                "selective-search, which finds the same regions",
                self.name,
            )


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
