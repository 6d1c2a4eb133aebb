"""The example crops of a dry run: a few of each bin of IoU, from as few images as possible."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from core.boxes import Boxes
from core.export.config import ExportConfig
from core.export.estimate.proposed import ProposedBoxes, decide_proposed
from core.export.estimate.tally import Counts, Tally
from core.sampling.bands import iou_bin, iou_histogram

BINS = 10

# At most so many examples of a bin are of one image at first, so that a bin shows several images if it can.
_PER_IMAGE = 2


class ExampleCrop(NamedTuple):
    """A crop that is shown as an example.

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


def crops_by_iou(tallies: Sequence[Tally], quotas: Counts) -> Counts:
    """Return the number of crops in each bin of IoU: int64 (BINS,); see :func:`example_crops`."""
    written = (_written(tallied, quota) for tallied, quota in zip(tallies, quotas.tolist(), strict=True))
    return sum((iou_histogram(iou, BINS) for iou in written), np.zeros(BINS, np.int64))


def _written(tallied: Tally, quota: Sequence[int]) -> np.ndarray:
    """Return the IoU of an image's crops: float32 (K,)."""
    return np.concatenate([tallied.positives[: quota[0]], tallied.negatives[: quota[1]]])


def example_crops(
    config: ExportConfig,
    tallies: Sequence[Tally],
    quotas: Counts,
    propose: Callable[[int], ProposedBoxes],
    per_bin: int = 8,
) -> list[list[ExampleCrop]]:
    """Return some of the crops that an export would write.

    Parameters
    ----------
    config : ExportConfig
    tallies : sequence of Tally, n long
        Earlier ones take precedence: a bin that they fill stays as it is when more are appended.
    quotas : int64 (n, 2)
        See :func:`core.export.estimate.tally.estimated_quotas`.
    propose : callable
        Returns the proposed boxes of an image by its index.
    per_bin : int
        The most examples of a bin.

    Returns
    -------
    list of list of ExampleCrop
        ``BINS`` long, the lowest IoU first; each by IoU, descending.
    """
    by_bin: list[list[ExampleCrop]] = [[] for _ in range(BINS)]
    for per_image in (_PER_IMAGE, per_bin):
        for tallied, quota in zip(tallies, quotas.tolist(), strict=True):
            filled = np.flatnonzero(iou_histogram(_written(tallied, quota), BINS))
            bins = [number for number in filled.tolist() if len(by_bin[number]) < per_bin]
            if bins:
                proposed = propose(tallied.image_index)
                for crop in _of_image(config, tallied.image_index, proposed, quota, bins, per_image):
                    chosen = by_bin[int(iou_bin(np.array([crop.iou], np.float32), BINS)[0])]
                    if len(chosen) < per_bin and not any(_same(crop, other) for other in chosen):
                        chosen.append(crop)
    return [sorted(chosen, key=lambda crop: -crop.iou) for chosen in by_bin]


def _of_image(
    config: ExportConfig,
    index: int,
    proposed: ProposedBoxes,
    quota: Sequence[int],
    bins: list[int],
    per_bin: int,
) -> list[ExampleCrop]:
    """Return some crops of an image in each of some bins, evenly spread over their ranks."""
    decision = decide_proposed(config, index, proposed, (quota[0], quota[1]))
    boxes, written = decision.boxes, decision.written
    labels, bin_of = boxes.labels, iou_bin(boxes.labels.iou[written], BINS)
    chosen = []
    for number in bins:
        rows = written[bin_of == number]
        spread = np.linspace(0, len(rows) - 1, min(per_bin, len(rows))).round().astype(int)
        for row in rows[np.unique(spread)]:
            facts = (int(boxes.rank[row]), int(boxes.source[row]), int(labels.kind[row]))
            chosen.append(ExampleCrop(index, *facts, float(labels.iou[row]), boxes.boxes[row]))
    return chosen


def _same(one: ExampleCrop, other: ExampleCrop) -> bool:
    return (one.image_index, one.rank) == (other.image_index, other.rank)
