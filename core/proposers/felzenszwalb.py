"""Segments of Felzenszwalb and Huttenlocher's graph (IJCV 59, 2004), with which selective search begins."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import cv2
import numpy as np

from core import boxes as bx
from core.boxes import Boxes
from core.images import Image
from core.images.region_colours import palette
from core.parameters import parameter
from core.proposers.base import Proposer
from core.proposers.found import Found, ImageRef
from core.proposers.origins import Origins
from core.proposers.selective_search import warm
from core.proposers.stages import Stage

if TYPE_CHECKING:
    from core.proposers.selective_search.hierarchy import Pieces, Settings


@dataclass(frozen=True)
class Felzenszwalb(Proposer):
    """Boxes of the segments of the picture at several k, without any grouping of them."""

    name: ClassVar[str] = "felzenszwalb"
    summary: ClassVar[str] = "Segments of Felzenszwalb's graph, ungrouped: what selective search begins with."
    default_order: ClassVar[str] = "area"  # its own is that of the pixels

    ks: tuple[float, ...] = parameter(
        (50.0, 100.0, 200.0, 400.0, 800.0, 1600.0, 3200.0),
        label="k",
        help="A larger k gives larger segments; each gives a segmentation of its own.",
        min=1.0,
        max=10000.0,
        logarithmic=True,
        length=(1, 8),
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
        50,
        label="Minimum segment size",
        help="Smaller segments are merged into a neighbour.",
        unit="px²",
        min=1,
        max=5000,
        logarithmic=True,
    )

    def propose(self, image: Image, ref: ImageRef | None = None) -> Found:
        """Return the boxes of the segments, each once, with the k of its segmentation."""
        pieces = self._pieces(image)
        parts = list(self._boxes(pieces))
        boxes = np.concatenate(parts)
        rows = bx.firsts(boxes)
        step = np.repeat(np.arange(len(parts), dtype=np.int16), [len(part) for part in parts])
        return Found(boxes[rows], origins=Origins(self._names(), step[rows]))

    def prepare(self) -> None:
        """Load the kernels of selective search."""
        warm()

    def memory(self, width: int, height: int) -> int:
        """Return the bytes of the edges and labels."""
        return 100 * width * height

    def stages(self, image: Image) -> list[Stage]:
        """Return the segments at each k."""
        pieces = self._pieces(image)
        segments = (pieces.members[:, number][pieces.labels] for number in range(len(self._ks())))
        return [
            Stage(name, palette(int(labels.max()) + 1)[labels], boxes)
            for name, labels, boxes in zip(self._names(), segments, self._boxes(pieces), strict=True)
        ]

    def _ks(self) -> tuple[float, ...]:
        return tuple(sorted(set(self.ks)))

    def _names(self) -> tuple[str, ...]:
        return tuple(f"k {k:g}" for k in self._ks())

    def _settings(self) -> "Settings":
        from core.proposers.selective_search.hierarchy import Settings

        return Settings(self._ks(), float(np.float32(self.sigma)), self.min_size, False, ())

    def _pieces(self, image: Image) -> "Pieces":
        warm()
        from core.proposers.selective_search.hierarchy import initial_regions

        return initial_regions(cv2.cvtColor(image, cv2.COLOR_RGB2Lab), self._settings())

    def _boxes(self, pieces: "Pieces") -> Iterator[Boxes]:
        """Yield the boxes of the segments of each k, from those of the pieces that they share."""
        from core.proposers.selective_search import regions

        _, corners, _ = regions.outline(pieces.labels, len(pieces.members))
        for number, count in enumerate(pieces.counts):
            boxes = np.empty((count, 4), np.int32)
            boxes[:, :2], boxes[:, 2:] = np.iinfo(np.int32).max, 0
            np.minimum.at(boxes[:, :2], pieces.members[:, number], corners[:, :2])
            np.maximum.at(boxes[:, 2:], pieces.members[:, number], corners[:, 2:])
            yield bx.as_boxes(boxes)
