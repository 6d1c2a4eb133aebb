"""Regions brighter or darker than the image's mean, the article's custom proposer with other offsets.

An image is thresholded at several grey levels above and below its mean; each mask is closed, so that nearby
pieces join, and the bounding box of every connected component that is large enough is proposed. Settings that
are off by default smooth the picture, compare pixels with the mean around them, take levels by their share of
the picture, drop specks, close with several kernels, and leave out what is brighter or darker.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Self

import cv2
import numpy as np

from core import boxes as bx
from core.boxes import Boxes
from core.images import Image
from core.images.region_colours import palette
from core.parameters import parameter
from core.proposers.base import Proposer
from core.proposers.found import Found, ImageRef
from core.proposers.local_threshold import (
    POLARITIES,
    Threshold,
    local_thresholding,
    of_polarity,
    smoothed,
    without_specks,
)
from core.proposers.origins import Origins
from core.proposers.stages import Stage
from core.proposers.thresholds import (
    adaptive_thresholding,
    apply_morphological_closing,
    calculate_average_brightness,
    detect_and_filter_components,
    grey_of,
)


def find_adaptive_regions(
    image: Image,
    min_area: int = 250,
    threshold_offsets: tuple[int, ...] = (40, 80, 120),
    kernel_size: tuple[int, int] = (5, 5),
) -> Boxes:
    """Return the boxes of the components of all masks, duplicates removed.

    Parameters
    ----------
    image : uint8 (H, W, 3) RGB
    min_area : int
        Square pixels.
    threshold_offsets : tuple of int
        Grey levels.
    kernel_size : (width, height)
        Pixels.

    Returns
    -------
    float32 (N, 4)
        Thresholds above the mean first, then those below, each in the order of the offsets; of equal boxes
        the first is kept.
    """
    cuts = adaptive_thresholding(image, calculate_average_brightness(image), threshold_offsets)
    return _regions(_steps(cuts, min_area, [kernel_size])).boxes


class _Step(NamedTuple):
    """A mask that was closed, with the boxes of its components; the mask itself before the first closing."""

    name: str
    closed: Image
    boxes: Boxes
    mask: Image | None


def _regions(found: Iterator[_Step]) -> Found:
    steps = [(step.name, step.boxes) for step in found]
    all_boxes = np.concatenate([bx.as_boxes([]), *(boxes for _, boxes in steps)])
    rows = bx.firsts(all_boxes)
    step = np.repeat(np.arange(len(steps), dtype=np.int16), [len(boxes) for _, boxes in steps])
    origins = Origins(tuple(name for name, _ in steps), step[rows])
    return Found(all_boxes[rows], origins=origins)


def _steps(cuts: Iterable[Threshold], min_area: int, kernels: Sequence[tuple[int, int]]) -> Iterator[_Step]:
    for cut in cuts:
        for number, kernel in enumerate(kernels):
            closed = apply_morphological_closing(cut.mask, kernel)
            name = cut.name if number == 0 else f"{cut.name}, by {kernel[0]} px"
            boxes = detect_and_filter_components(closed, min_area)
            yield _Step(name, closed, boxes, None if number else cut.mask)


@dataclass(frozen=True)
class AdaptiveThreshold(Proposer):
    """Bounding boxes of components brighter or darker than the mean by given offsets."""

    name: ClassVar[str] = "adaptive-threshold"
    summary: ClassVar[str] = "Regions brighter or darker than the image's mean by a few offsets."
    default_order: ClassVar[str] = "area"  # its own is that in which OpenCV numbers components, row by row

    offsets: tuple[int, ...] = parameter(
        # Recall @0.5: 18 of the 35 cracks of the sample (training split), 65 of 137 in CrackForest. The
        # article's 40, 80, 120 find 3 and 4: cracks are rarely that much darker than the mean.
        (10, 20, 30),
        label="Threshold offset",
        help="Pixels brighter than the mean grey level plus the offset, or darker than the mean minus the "
        "offset, become foreground. Cracks are often only 10 to 40 levels darker than the mean.",
        unit="grey levels",
        min=0,
        max=255,
        length=(1, 8),
        slider=(0, 100),
    )
    min_area: int = parameter(
        250,
        label="Minimum area",
        help="Connected components smaller than this are dropped. The pixels of the mask count, not those "
        "of the box.",
        unit="px²",
        min=0,
        max=5000,
        logarithmic=True,
    )
    kernel: tuple[int, int] = parameter(
        (5, 5),
        label="Closing kernel",
        help="Width and height of the kernel of the morphological closing, which bridges gaps up to about "
        "this size.",
        unit="px",
        min=1,
        max=51,
        length=(2, 2),
        item_names=("width", "height"),
    )
    window: int = parameter(
        0,
        label="Local mean window",
        help="Side of the square around a pixel with whose mean it is compared: several times the width of a "
        "crack, so that shadows and stains fall away. 0 compares with the mean of the whole picture.",
        unit="px",
        min=0,
        max=501,
        logarithmic=True,
        zero="whole picture",
    )
    percentiles: tuple[float, ...] = parameter(
        (),
        label="Percentile",
        help="Instead of the offsets: at 95 the brightest 5 % and the darkest 5 % of the pixels, by their "
        "difference from the mean, become foreground. None takes the offsets.",
        unit="%",
        min=50.0,
        max=99.9,
        step=0.1,
        length=(0, 8),
        slider=(80.0, 99.9),
    )
    more_kernels: tuple[int, ...] = parameter(
        (),
        label="Further closing kernel",
        help="Each mask is closed with square kernels of these sides too, beside the closing kernel: a large "
        "one joins what a small one leaves apart.",
        unit="px",
        min=1,
        max=101,
        length=(0, 6),
        slider=(1, 51),
    )
    polarity: str = parameter(
        "both",
        label="Regions are",
        help="both: darker or brighter than the mean, as in the article. dark, bright: that alone.",
        choices=POLARITIES,
    )

    smoothing: float = parameter(
        0.0,
        label="Smoothing",
        help="Deviation of the Gaussian blur before pixels are compared with the mean, so that grains and "
        "noise do not become foreground one by one. 0 takes the picture as it is.",
        unit="px",
        min=0.0,
        max=10.0,
        slider=(0.0, 4.0),
        step=0.1,
        zero="none",
    )
    min_piece: int = parameter(
        0,
        label="Minimum piece",
        help="Pieces of a mask smaller than this are dropped before the closing, which would join specks to "
        "what is near them. 0 keeps all.",
        unit="px²",
        min=0,
        max=1000,
        logarithmic=True,
        zero="all",
    )

    def unfiltered(self) -> Self:
        """Return the proposer with components of any area."""
        return self.replace(min_area=0)

    def propose(self, image: Image, ref: ImageRef | None = None) -> Found:
        """Return the boxes of :func:`find_adaptive_regions`, each with the threshold that it comes from."""
        return _regions(self._steps(image))

    def stages(self, image: Image) -> list[Stage]:
        """Return each mask, the closed mask, and its components that are large enough."""
        stages = []
        for name, closed, boxes, mask in self._steps(image):
            if mask is not None:
                stages.append(Stage(name, mask))
            stages.append(Stage(f"{name}, closed", closed))
            stages.append(Stage(f"{name}, components", _component_map(closed, self.min_area), boxes))
        return stages

    def _steps(self, image: Image) -> Iterator[_Step]:
        grey = grey_of(image)
        if self.window or self.percentiles or self.smoothing:
            smooth = smoothed(grey, self.smoothing)
            cuts = local_thresholding(smooth, self.window, self.offsets, self.percentiles)
        else:
            cuts = adaptive_thresholding(grey, calculate_average_brightness(grey), self.offsets)
        kernels = dict.fromkeys([self.kernel, *((side, side) for side in self.more_kernels)])
        wanted = of_polarity(cuts, self.polarity)
        if self.min_piece:
            wanted = [cut._replace(mask=without_specks(cut.mask, self.min_piece)) for cut in wanted]
        return _steps(wanted, self.min_area, list(kernels))


def _component_map(mask: Image, min_area: int) -> Image:
    """Return a picture of the components, those below `min_area` in grey: uint8 (H, W, 3)."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    colours = palette(count)
    colours[stats[:, cv2.CC_STAT_AREA] < min_area] = 90
    colours[0] = 0
    return colours[labels]
