"""Which crops stand for all: a few of each bin of IoU, from as few images as that takes."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from core.boxes import Boxes
from core.export.config import ExportConfig
from core.export.estimate.proposed import ProposedBoxes, decide_proposed
from core.export.estimate.tally import Counts, Tally
from core.sampling.bands import iou_bin, iou_histogram

BINS = 10

# An image gives at most so many of a bin at first, so that a bin shows several images where it can.
_OF_AN_IMAGE = 2


class ExampleCrop(NamedTuple):
    """A crop to be shown.

    Attributes
    ----------
    image_index : int
        In the data set.
    rank, source : int
        See :class:`core.sampling.Candidates`.
    kind : int
        Its label.
    iou : float
    box : float32 (4,)
    """

    image_index: int
    rank: int
    source: int
    kind: int
    iou: float
    box: Boxes


def crops_by_iou(tallies: Sequence[Tally], given: Counts) -> Counts:
    """Count what is written by IoU: int64 (BINS,)."""
    written = (_written(found, quota) for found, quota in zip(tallies, given.tolist(), strict=True))
    return sum((iou_histogram(iou, BINS) for iou in written), np.zeros(BINS, np.int64))


def _written(found: Tally, quota: Sequence[int]) -> np.ndarray:
    return np.concatenate([found.positives[: quota[0]], found.negatives[: quota[1]]])


def example_crops(
    config: ExportConfig,
    tallies: Sequence[Tally],
    given: Counts,
    propose: Callable[[int], ProposedBoxes],
    most: int = 8,
) -> list[list[ExampleCrop]]:
    """Choose crops of what would be written.

    Parameters
    ----------
    config : ExportConfig
    tallies : sequence of Tally, n long
        More of them at the end leave what is chosen from those in front.
    given : int64 (n, 2)
        See :func:`core.export.estimate.tally.estimated_quotas`.
    propose : callable
        Returns the proposed boxes of an image by its index.
    most : int
        Of each bin.

    Returns
    -------
    list of list of ExampleCrop
        ``BINS`` long, the lowest IoU first; each by IoU, descending.
    """
    found: list[list[ExampleCrop]] = [[] for _ in range(BINS)]
    for of_an_image in (_OF_AN_IMAGE, most):
        for tallied, quota in zip(tallies, given.tolist(), strict=True):
            there = np.flatnonzero(iou_histogram(_written(tallied, quota), BINS))
            wanted = [number for number in there.tolist() if len(found[number]) < most]
            if wanted:
                proposed = propose(tallied.image_index)
                for crop in _of_image(config, tallied.image_index, proposed, quota, wanted, of_an_image):
                    own = found[int(iou_bin(np.array([crop.iou], np.float32), BINS)[0])]
                    if len(own) < most and not any(_same(crop, other) for other in own):
                        own.append(crop)
    return [sorted(own, key=lambda crop: -crop.iou) for own in found]


def _of_image(
    config: ExportConfig,
    index: int,
    proposed: ProposedBoxes,
    quota: Sequence[int],
    wanted: list[int],
    most: int,
) -> list[ExampleCrop]:
    """Choose some crops of an image in each of the bins wanted, evenly spread over their ranks."""
    decision = decide_proposed(config, index, proposed, (quota[0], quota[1]))
    boxes, rows = decision.boxes, decision.written
    labels, bins = boxes.labels, iou_bin(boxes.labels.iou[rows], BINS)
    chosen = []
    for number in wanted:
        own = rows[bins == number]
        for row in own[np.unique(np.linspace(0, len(own) - 1, min(most, len(own))).round().astype(int))]:
            facts = (int(boxes.rank[row]), int(boxes.source[row]), int(labels.kind[row]))
            chosen.append(ExampleCrop(index, *facts, float(labels.iou[row]), boxes.boxes[row]))
    return chosen


def _same(one: ExampleCrop, other: ExampleCrop) -> bool:
    return (one.image_index, one.rank) == (other.image_index, other.rank)
