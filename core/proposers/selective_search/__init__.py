"""Selective search (Uijlings, van de Sande, Gevers, Smeulders: IJCV 104, 2013).

The steps, and the file of each:

1. The picture is converted to several colour spaces: ``colours``; ``threads`` process them in parallel.
2. In each, a graph of pixels is segmented into initial regions, once for every k: ``edges``, ``segment``.
3. Size, bounds, neighbours and histograms of each region are computed: ``regions``, ``texture``.
4. The two most similar neighbours are merged, until one region remains: ``grouping``, on a ``graph`` of pairs
   whose ``similarity`` is known or, around ``hubs``, bounded.
5. The bounds of all regions, initial and merged, are the proposals, roughly those of coarse regions first
   (this module).

``hierarchy`` runs steps 2 to 4 for one colour image; ``compiling`` has numba compile the kernels once.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product
from typing import TYPE_CHECKING, ClassVar, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from core import boxes as bx
from core.boxes import Boxes
from core.images import Image
from core.parameters import parameter
from core.proposers.base import Proposer
from core.proposers.found import Found, ImageRef
from core.proposers.origins import Origins
from core.proposers.selective_search.colours import COLOURS, colour_images
from core.proposers.selective_search.compiling import warm
from core.proposers.selective_search.threads import map_shared, thread_count, use_threads
from core.proposers.stages import Grouping, Stage
from core.splitmix import MASK, STEP, mix, unit

if TYPE_CHECKING:
    from core.proposers.selective_search.hierarchy import Settings

_SEED = 0x5EED

# Pixels up to which a picture is searched as it is, unless a scale is given: those of most telephones. On two
# threads it then takes some 0.8 GB.
MAX_PIXELS = 12_500_000


@dataclass(frozen=True)
class SelectiveSearch(Proposer):
    """Hierarchical grouping of small regions by colour, texture, size and fill."""

    name: ClassVar[str] = "selective-search"
    summary: ClassVar[str] = (
        "Selective search, about 26 times as fast as OpenCV's, with the same boxes on every run."
    )

    # Its first boxes repeat each other: without near-duplicates AR@10 and AR@100 rise: core.duplicate_boxes.
    default_order: ClassVar[str] = "distinct"

    mode: str = parameter(
        "fast",
        label="Mode",
        help="Number of hierarchical groupings, which differ in colour space, scale and similarity: "
        "single 1, fast 12, quality 100.",
        choices=("single", "fast", "quality"),
    )
    base_k: int = parameter(
        0,
        label="k of the first segmentation",
        help="Felzenszwalb's k at the finest scale: a larger k gives larger initial regions. 0 takes "
        "OpenCV's: 200 in single mode, 150 otherwise.",
        min=0,
        max=2000,
        step=10,
        zero="auto",
    )
    inc_k: int = parameter(
        150,
        label="k increment",
        help="Added to Felzenszwalb's k from one scale of the segmentation to the next.",
        min=1,
        max=2000,
        step=10,
    )
    sigma: float = parameter(
        0.8,
        label="Blur sigma",
        help="Sigma of the Gaussian blur applied before segmentation.",
        unit="px",
        min=0.1,
        max=5.0,
        step=0.1,
    )
    min_size: int = parameter(
        100,
        label="Minimum region size",
        help="Smaller initial regions are merged into a neighbour.",
        unit="px²",
        min=1,
        max=5000,
        logarithmic=True,
    )
    gradients: str = parameter(
        "direct",
        label="Gradients",
        help="How diagonal derivatives are computed. direct: on the picture itself. opencv: on a rotated "
        "picture, with the faults of OpenCV.",
        choices=("direct", "opencv"),
    )
    whole_image: bool = parameter(
        True,
        label="Keep the whole-image box",
        help="The article drops this box. It is a good proposal where one crack fills the image.",
    )
    scale: float = parameter(
        0.0,
        label="Scale",
        help="The search runs on the picture resized to this fraction of its width and height. 0 chooses it: "
        "1 up to 12.5 megapixels; a larger picture is resized to 12.5.",
        min=0.0,
        max=1.0,
        step=0.05,
        zero="automatic",
    )

    def propose(self, image: Image, ref: ImageRef | None = None) -> Found:
        """Return the regions, each with its grouping and level; roughly, those of coarse levels first.

        A region's level is 1 if it is an initial one, else one more than the higher of its two parts.
        Regions are ordered by level times a pseudo-random number in [0, 1), a hash of grouping and region,
        the highest first; of equal boxes the first is kept. OpenCV multiplies by rand() and puts the
        lowest first, so that its first boxes are the smallest: on CrackForest (118 images, first 100
        boxes, mean over thresholds .5:.05:.95 of the objects whose best box passes) that order finds
        .20, the paper's .28, this one .30.
        """
        warm()
        height, width = image.shape[:2]
        scale = self.scale_of(width, height)
        small = _shrunk(image, scale)
        boxes, levels, origin = _search(
            colour_images(small, self.mode, self.gradients == "opencv"), self.settings()
        )
        order = np.argsort(-levels * _hash01(origin), kind="stable")
        ordered = boxes[order].astype(np.float32)
        if scale < 1:
            ordered = _enlarged(ordered, small.shape[1], small.shape[0], width, height)
        rows = bx.firsts(ordered)
        if not self.whole_image:
            rows = rows[bx.area(ordered[rows]) < width * height]
        regions = order[rows]
        run = (origin[regions] >> np.uint64(32)).astype(np.int16)
        return Found(ordered[rows], origins=Origins(self._groupings(), run, levels[regions]))

    def unfiltered(self) -> Self:
        """Return the proposer with the whole-image box; `min_size` decides regions and filters none."""
        return self.replace(whole_image=True)

    def scale_of(self, width: int, height: int) -> float:
        """Return the scale for a picture of so many pixels: of the picture alone, not of the machine."""
        if self.scale:
            return self.scale
        return min(math.floor((MAX_PIXELS / (width * height)) ** 0.5 * 1000) / 1000, 1.0)

    def remark(self, width: int, height: int) -> str:
        """Return at which scale a picture is searched that is too large for 1."""
        scale = self.scale_of(width, height)
        if self.scale or scale == 1:
            return ""
        return f"searched at scale {scale:g}, since it has more than {MAX_PIXELS / 1e6:g} megapixels"

    def memory(self, width: int, height: int) -> int:
        """Return the bytes of all colour images, and of the arrays of those that are searched at once.

        Of regions it knows nothing: tiny ones, by a small `min_size`, may take more.
        """
        from core.proposers.selective_search.ordering import edges_at_once

        scale = self.scale_of(width, height)
        width, height = max(round(width * scale), 1), max(round(height * scale), 1)
        pixels, colours = width * height, {"single": 3, "fast": 6, "quality": 11}[self.mode]
        one = 30 * pixels + 16 * (edges_at_once(2 * pixels) + 2 * width)
        if self.gradients == "opencv":
            one += 8 * pixels + 6 * (width + height) ** 2
        return (colours + 3) * pixels + min(thread_count(), len(COLOURS[self.mode])) * one

    def prepare(self) -> None:
        """Load the kernels; see :func:`core.proposers.selective_search.compiling.warm`."""
        warm()

    def stages(self, image: Image) -> list[Stage]:
        """Return every grouping, from its initial regions merge by merge."""
        from core.proposers.selective_search.hierarchy import group_regions, initial_regions

        warm()
        image = _shrunk(image, self.scale_of(image.shape[1], image.shape[0]))
        settings, names = self.settings(), iter(self._groupings())
        stages = []
        for colours in colour_images(image, self.mode, settings.rotated):
            pieces = initial_regions(colours, settings)
            runs = iter(group_regions(colours, pieces, settings))
            for n in range(len(settings.ks)):
                region_of = np.ascontiguousarray(pieces.members[:, n])
                for run in islice(runs, len(settings.strategies)):
                    merged = slice(pieces.counts[n], None)
                    tree = Grouping(pieces.labels, region_of, run.parts[merged], run.similarities[merged])
                    stages.append(Stage(next(names), grouping=tree))
        return stages

    def _groupings(self) -> tuple[str, ...]:
        """Return the names of the groupings, in their order."""
        settings, colours = self.settings(), COLOURS[self.mode]
        runs = product(colours, settings.ks, settings.strategies)
        return tuple(f"{colour}, k {k:g}, by {strategy.describe()}" for colour, k, strategy in runs)

    def settings(self) -> "Settings":
        """Return the settings of the search in one colour image."""
        from core.proposers.selective_search import grouping
        from core.proposers.selective_search.hierarchy import Settings

        both = (grouping.COLOUR_FILL_TEXTURE_SIZE, grouping.FILL_TEXTURE_SIZE)
        strategies = {"single": both[:1], "fast": both, "quality": (*both, grouping.FILL, grouping.SIZE)}
        scales = {"single": 1, "fast": 3, "quality": 5}[self.mode]
        first = self.base_k or (200 if self.mode == "single" else 150)
        ks = tuple(float(first + n * self.inc_k) for n in range(scales))
        sigma = float(np.float32(self.sigma))  # OpenCV takes a float32: 0.8 is 0.800000012
        return Settings(ks, sigma, self.min_size, self.gradients == "opencv", strategies[self.mode])


def _search(
    images: Iterator[NDArray[np.uint8]], settings: "Settings"
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint64]]:
    """Return the regions of all groupings: boxes (N, 4), levels (N,), and a unique number of each (N,)."""
    from core.proposers.selective_search.hierarchy import groupings

    results = map_shared(lambda image: groupings(image, settings), images)
    runs = [run for runs in results for run in runs]
    origin = [np.uint64(n << 32) + np.arange(len(run.levels), dtype=np.uint64) for n, run in enumerate(runs)]
    boxes = np.concatenate([run.boxes for run in runs])
    return boxes, np.concatenate([run.levels for run in runs]), np.concatenate(origin)


def _hash01(numbers: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Return a fraction in [0, 1) for each number, evenly spread; see :mod:`core.splitmix`."""
    return unit(mix(numbers + np.uint64(_SEED * STEP & MASK)))


def _shrunk(image: Image, scale: float) -> Image:
    if scale == 1:
        return image
    height, width = image.shape[:2]
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def _enlarged(boxes: Boxes, from_width: int, from_height: int, width: int, height: int) -> Boxes:
    """Scale boxes up to whole pixels of the larger picture."""
    factors = np.array([width / from_width, height / from_height] * 2)
    return bx.clip(bx.as_boxes(np.round(boxes * factors)), width, height)


__all__ = ["SelectiveSearch", "colour_images", "use_threads", "warm"]
