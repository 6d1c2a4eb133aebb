"""Which crops stand for all: a few of each bin of IoU, from as few images as that takes."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from core.boxes import Boxes
from core.export.config import ExportConfig
from core.export.estimate.tally import Counts, Look, Tally, sampled
from core.sampling.bands import by_iou, iou_bin

BINS = 10

# An image gives at most so many of a bin at first, so that a bin shows several images where it can.
_OF_AN_IMAGE = 2


class Pick(NamedTuple):
    """A crop to be shown.

    Attributes
    ----------
    place : int
        The image's index in the data set.
    rank, source : int
        See :class:`core.sampling.Candidates`.
    kind : int
        Its label.
    iou : float
    box : float32 (4,)
    """

    place: int
    rank: int
    source: int
    kind: int
    iou: float
    box: Boxes


def by_bin(tallies: Sequence[Tally], given: Counts) -> Counts:
    """Count what is written by IoU: int64 (BINS,)."""
    written = (_written(found, quota) for found, quota in zip(tallies, given.tolist(), strict=True))
    return sum((by_iou(iou, BINS) for iou in written), np.zeros(BINS, np.int64))


def _written(found: Tally, quota: Sequence[int]) -> np.ndarray:
    return np.concatenate([found.positives[: quota[0]], found.negatives[: quota[1]]])


def picks(
    config: ExportConfig, tallies: Sequence[Tally], given: Counts, look: Callable[[int], Look], most: int = 8
) -> list[list[Pick]]:
    """Pick crops of what would be written.

    Parameters
    ----------
    config : ExportConfig
    tallies : sequence of Tally, n long
        More of them at the end leave what is picked from those in front.
    given : int64 (n, 2)
        See :func:`core.export.estimate.tally.shares`.
    look : callable
        Gives the look of an image by its index.
    most : int
        Of each bin.

    Returns
    -------
    list of list of Pick
        ``BINS`` long, the lowest IoU first; each by IoU, descending.
    """
    found: list[list[Pick]] = [[] for _ in range(BINS)]
    for of_an_image in (_OF_AN_IMAGE, most):
        for tallied, quota in zip(tallies, given.tolist(), strict=True):
            there = np.flatnonzero(by_iou(_written(tallied, quota), BINS))
            wanted = [number for number in there.tolist() if len(found[number]) < most]
            if wanted:
                seen = look(tallied.place)
                for pick in _of_image(config, tallied.place, seen, quota, wanted, of_an_image):
                    own = found[int(iou_bin(np.array([pick.iou], np.float32), BINS)[0])]
                    if len(own) < most and not any(_same(pick, other) for other in own):
                        own.append(pick)
    return [sorted(own, key=lambda pick: -pick.iou) for own in found]


def _of_image(
    config: ExportConfig, index: int, seen: Look, quota: Sequence[int], wanted: list[int], most: int
) -> list[Pick]:
    """Pick some crops of an image in each of the bins wanted, evenly spread over their ranks."""
    _, found, offered = sampled(seen, config.setup, config.sampling, config.dataset, index)
    rows = offered.rows((quota[0], quota[1]))
    bins = iou_bin(found.labels.iou[rows], BINS)
    picked = []
    for number in wanted:
        own = rows[bins == number]
        for row in own[np.unique(np.linspace(0, len(own) - 1, min(most, len(own))).round().astype(int))]:
            labels = found.labels
            facts = (int(found.rank[row]), int(found.source[row]), int(labels.kind[row]))
            picked.append(Pick(index, *facts, float(labels.iou[row]), found.boxes[row]))
    return picked


def _same(one: Pick, other: Pick) -> bool:
    return (one.place, one.rank) == (other.place, other.rank)
