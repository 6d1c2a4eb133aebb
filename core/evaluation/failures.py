"""The images where a setup fails, worst first: of all objects, or of those that a filter leaves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.datasets import CocoDataset
from core.evaluation.evaluation import Evaluation
from core.evaluation.figures import Mask
from core.evaluation.slices import Slice
from core.evaluation.summary import overlap_bins
from core.pipeline import Setup, ranked
from core.proposals.proposer_cache import ProposerCache

Box = tuple[float, float, float, float]


class ObjectFilter(NamedTuple):
    """Which objects of an evaluation are looked at; those that fit all of it.

    Attributes
    ----------
    slices : sequence of Slice
    bins : (int, int) or None
        First and last bin of best overlap, see :func:`core.evaluation.summary.overlap_histogram`.
    reason : str
        Why they are missed; empty for any object, found or not.
    """

    slices: Sequence[Slice] = ()
    bins: tuple[int, int] | None = None
    reason: str = ""

    def mask(self, evaluation: Evaluation, budget: int, reasons: Sequence[str | None] | None = None) -> Mask:
        """Return which objects fit: bool (O,).

        Parameters
        ----------
        evaluation : Evaluation
            That of the slices.
        budget : int
            Of the best overlap.
        reasons : sequence of str or None, O long
            Needed where `reason` is given.
        """
        fits = np.ones(len(evaluation.image), bool)
        for each in self.slices:
            fits &= each.mask
        if self.bins is not None:
            bins = overlap_bins(evaluation.overlap(budget))
            fits &= (bins >= self.bins[0]) & (bins <= self.bins[1])
        if self.reason:
            fits &= np.array([reason == self.reason for reason in reasons or ()], bool)
        return fits


def worst_images(evaluation: Evaluation, budget: int, mask: Mask) -> NDArray[np.int64]:
    """Return the images that have one of some objects, worst first: rows of the evaluation, int64.

    Worst is the lowest mean best overlap of these objects; among equals, the one with more of them.
    """
    counts = evaluation.per_image(mask)
    overlaps = evaluation.per_image(evaluation.overlap(budget) * mask)
    rows = np.flatnonzero(counts > 0)
    mean = (overlaps[rows] / counts[rows]).round(12)
    return rows[np.lexsort((rows, -counts[rows], mean))]


@dataclass(frozen=True)
class ShownObject:
    """An object of an image.

    Attributes
    ----------
    box : Box
        x0, y0, x1, y1 as shares of the width and height of the picture, 0-1.
    overlap : float
        IoU of its best proposal.
    is_found, is_wanted : bool
        Whether the proposals find it; whether a filter leaves it.
    best : Box or None
        That proposal, None where none overlaps it.
    rank : int
        Its rank, -1 for none.
    """

    box: Box
    overlap: float
    is_found: bool
    is_wanted: bool
    best: Box | None = None
    rank: int = -1


@dataclass(frozen=True)
class ShownImage:
    """An image and its objects.

    Attributes
    ----------
    index : int
        In the data set.
    objects : list of ShownObject
    """

    index: int
    objects: list[ShownObject]

    @property
    def missed(self) -> int:
        """Number of objects that are not found."""
        return sum(not each.is_found for each in self.objects)

    @property
    def mean_overlap(self) -> float:
        """Mean best overlap of the objects that a filter leaves."""
        wanted = [each.overlap for each in self.objects if each.is_wanted]
        return sum(wanted) / max(len(wanted), 1)


def shown_images(
    evaluation: Evaluation, rows: Sequence[int], budget: int, iou: float, matching: str, mask: Mask
) -> list[ShownImage]:
    """Return images with their objects, without the boxes of their best proposals.

    Parameters
    ----------
    evaluation : Evaluation
    rows : sequence of int
        Rows of the evaluation, as of :func:`worst_images`.
    budget, iou, matching
        Of recall.
    mask : bool (O,)
        The objects that a filter leaves.
    """
    overlap, ranks = evaluation.records.best(budget)
    found = evaluation.found(budget, iou, matching)
    starts = np.searchsorted(evaluation.image, np.arange(len(evaluation.indices) + 1))
    images = []
    for row in rows:
        width, height = evaluation.sizes[row].tolist()
        objects = [
            ShownObject(
                _share(evaluation.boxes[number], width, height),
                float(overlap[number]),
                bool(found[number]),
                bool(mask[number]),
                rank=int(ranks[number]),
            )
            for number in range(int(starts[row]), int(starts[row + 1]))
        ]
        images.append(ShownImage(int(evaluation.indices[row]), objects))
    return images


def with_best_boxes(
    image: ShownImage, cache: ProposerCache, dataset: CocoDataset, setup: Setup
) -> ShownImage:
    """Return an image with the boxes of the best proposals, from the results that are kept.

    Raises
    ------
    BoxscopeError
        The result is not kept, and the picture cannot be read any more.
    """
    result = cache.result(dataset, image.index, setup.proposer)
    boxes = ranked(replace(setup, top=0), result.found).boxes
    return replace(
        image,
        objects=[
            replace(each, best=_share(boxes[each.rank], result.width, result.height))
            if 0 <= each.rank < len(boxes)
            else each
            for each in image.objects
        ],
    )


def _share(box: NDArray[np.float32], width: int, height: int) -> Box:
    x0, y0, x1, y1 = (float(value) for value in box)
    return x0 / max(width, 1), y0 / max(height, 1), x1 / max(width, 1), y1 / max(height, 1)
