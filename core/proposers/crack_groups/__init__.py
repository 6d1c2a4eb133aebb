"""Groups of dark line fragments, nearest joined first: cracks that a threshold breaks into pieces.

1. The picture is compared with the mean around each pixel, and averaged along short lines: ``maps``.
2. The line map is cut at several percentiles; components that are long enough are fragments: ``grouping``.
3. Fragments are joined nearest first, by the gap between their pixels; every fragment and every group on the
   way is a proposal: ``grouping``, ``kernel``.
4. They are ranked by their energy times the square root of the range of gaps over which they stay as they
   are, and times the square root of the number of percentiles and scales that find nearly the same:
   ``search``. A box that a better one covers almost fully is dropped, one that overlaps a better one comes
   later.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from core import duplicate_boxes, kernels
from core.images import Image
from core.parameters import parameter
from core.proposers.base import Proposer
from core.proposers.found import Found, ImageRef
from core.proposers.stages import Stage


@dataclass(frozen=True)
class CrackGroups(Proposer):
    """Boxes of fragments of dark or bright lines, and of all groups of near fragments."""

    name: ClassVar[str] = "crack-groups"
    summary: ClassVar[str] = "Pieces of dark lines and all groups of near pieces, the most certain first."

    polarity: str = parameter(
        "dark",
        label="Lines are",
        help="dark: darker than what is around them, as cracks. bright: lighter. both: either.",
        choices=("dark", "bright", "both"),
    )
    scales: tuple[float, ...] = parameter(
        (0.25, 0.5, 1.0),
        label="Scale",
        help="The search runs on the picture resized to these fractions of its width and height. "
        "A small scale finds what crosses the picture, a large one small ones.",
        min=0.05,
        max=1.0,
        step=0.05,
        length=(1, 3),
    )
    window: int = parameter(
        51,
        label="Local mean window",
        help="Side of the square around a pixel with whose mean it is compared, in pixels of the resized "
        "picture: several times the width of a line.",
        unit="px",
        min=3,
        max=501,
        step=2,
        logarithmic=True,
    )
    length: int = parameter(
        11,
        label="Line length",
        help="Contrast is averaged along lines of so many pixels in eight directions, so that grain fades, "
        "which has no direction. 1 averages nothing.",
        unit="px",
        min=1,
        max=51,
        step=2,
    )
    percentiles: tuple[float, ...] = parameter(
        (92.0, 97.0, 98.0, 99.0),
        label="Percentile",
        help="The strongest pixels become fragments: at 95 those above 95 % of all. Each percentile gives "
        "fragments and groups of its own.",
        unit="%",
        min=50.0,
        max=99.9,
        step=0.1,
        length=(1, 12),
    )
    min_length: int = parameter(
        8,
        label="Minimum fragment length",
        help="Fragments whose longer side is shorter are dropped before they are joined, and one that ends "
        "nearer to an edge of the picture is taken to reach it, in pixels of the resized picture.",
        unit="px",
        min=1,
        max=500,
        logarithmic=True,
    )
    max_gap: float = parameter(
        60.0,
        label="Maximum gap",
        help="Groups farther apart are not joined, in pixels of the resized picture.",
        unit="px",
        min=1.0,
        max=500.0,
        logarithmic=True,
    )
    agreement: float = parameter(
        0.5,
        label="Agreement",
        help="The score of a box is multiplied by this power of the number of percentiles and scales that "
        "find nearly the same, with an IoU above 0.7: a crack is found by several, grain by one. 0 ranks "
        "each by itself.",
        min=0.0,
        max=2.0,
        step=0.1,
    )
    duplicates: float = parameter(
        0.95,
        label="Duplicates above IoU",
        help="A group is dropped when its IoU with a better one is above this: percentiles and scales find "
        "the same again. 1 keeps all.",
        min=0.05,
        max=1.0,
        step=0.05,
    )
    damping: float = parameter(
        0.7,
        label="Damping",
        help="Each better group with an IoU above 0.7 multiplies the score of a group by this, three times "
        "at most, so that groups elsewhere come before others of the same pieces. 1 ranks by score alone.",
        min=0.05,
        max=1.0,
        step=0.05,
    )

    def propose(self, image: Image, ref: ImageRef | None = None) -> Found:
        """Return fragments and groups, best first, with a score each and the step that it comes from."""
        warm()
        from core.proposers.crack_groups import search

        parts = [search.found(scale, search.grouped(scale)) for scale in search.scales(self, image)]
        return search.ordered(parts, self)

    @property
    def has_scores(self) -> bool:
        """True: each proposal has one."""
        return True

    def unfiltered(self) -> Self:
        """Return the proposer with fragments of any length, and with duplicates."""
        return self.replace(min_length=1, duplicates=1.0)

    def stages(self, image: Image) -> list[Stage]:
        """Return contrast and lines at each scale, then the fragments and groups of each percentile."""
        warm()
        from core.proposers.crack_groups import search

        return [stage for scale in search.scales(self, image) for stage in search.stages(scale)]

    def prepare(self) -> None:
        """Load the kernels; see :func:`warm`."""
        warm()

    def memory(self, width: int, height: int) -> int:
        """Return the bytes of the maps and labels at the largest scale."""
        return int(40 * width * height * max(self.scales) ** 2) + 3 * width * height


@kernels.register("crack groups")
@kernels.once
def warm() -> None:
    """Load the kernels of crack-groups; compile them, with a message, where this machine has not yet."""
    from core.proposers.crack_groups import components, kernel, overlaps  # importing numba takes 0.5 s

    def compile_all() -> None:
        out, nearest = np.empty((2, 2), np.float32), np.empty((2, 2), np.int32)
        labels, boxes = np.array([[1, 0], [0, 2]], np.int32), np.zeros((2, 4), np.float32)
        kernel.line_response(np.zeros((4, 4), np.float32), np.zeros((1, 1, 2), np.int64), 1, out)
        components.components(out, out, 0.0, 1, np.zeros((2, 2), np.int32))
        kernel.nearest_fragment(labels, nearest, out)
        kernel.join(boxes, np.ones(2, np.float32), *kernel.gaps(nearest, out, 5.0), 5.0)
        overlaps.agreeing(boxes, np.zeros(2, np.int16), 0.7)
        overlaps.damped(boxes, np.ones(2, np.float32), 0.7, 0.7, 3, 1)

    duplicate_boxes.warm()
    with kernels.no_collection():
        message = "compiling crack-groups; this happens once and takes some 5 seconds"
        kernels.ensure_compiled(kernel.gaps, Path(__file__).parent, compile_all, message)
