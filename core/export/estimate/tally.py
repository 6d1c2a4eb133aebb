"""What an image would give to an export: counted without cutting, from proposals that may be kept.

A look, the proposals of an image, costs what the proposer costs. A tally, what becomes of them by a label
rule and a sampling, costs a millisecond: who keeps looks can move thresholds and caps at once.
"""

import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core import pipeline
from core.boxes import Boxes
from core.cutting import Cutter
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.export.config import ExportConfig
from core.export.formats import FORMATS
from core.images import Image
from core.labelling import IGNORED, NEGATIVE, POSITIVE, LabelRule, Labels, label
from core.pipeline import Proposals, Setup
from core.sampling import Candidates, Offer, Sampling, gathered, offer, quotas, thinned
from core.sampling.bands import BINS, by_iou

Counts = NDArray[np.int64]

# The columns of a histogram of what becomes of boxes.
WRITTEN_POSITIVE, WRITTEN_NEGATIVE, UNCHOSEN, LEFT_IGNORED = range(4)


@dataclass(frozen=True, eq=False)
class Look:
    """The proposals of one image, whatever becomes of them.

    Attributes
    ----------
    boxes : float32 (N, 4)
        Best first.
    size : (width, height)
        Of the picture.
    seconds : float
        It took to read the picture and to propose.
    reason : str
        Why the image cannot be used, empty where it can.
    """

    boxes: Boxes
    size: tuple[int, int]
    seconds: float
    reason: str = ""


class Tally(NamedTuple):
    """What one image offers.

    Attributes
    ----------
    place : int
        The image's index in the data set.
    kinds : int64 (BINS, 3)
        Boxes by IoU that are positive, negative and ignored, chosen or not.
    positives, negatives : float32 (P,), (Q,)
        IoU of those offered, those to be taken first in front.
    seconds : float
        Of the look; 0 where the annotations alone say that the image cannot be used.
    reason : str
        Why the image cannot be used, empty where it can.
    """

    place: int
    kinds: Counts
    positives: NDArray[np.float32]
    negatives: NDArray[np.float32]
    seconds: float
    reason: str = ""

    @property
    def counts(self) -> tuple[int, int]:
        """How many positives and negatives the image could give."""
        return len(self.positives), len(self.negatives)


class Cuts(NamedTuple):
    """Some crops of an image, cut to see what they weigh: bytes int64 (K,), and the seconds it takes."""

    bytes: Counts
    seconds: float


def whole(setup: Setup) -> Setup:
    """Give the setup of a look: neither the rule nor the number of proposals taken matters to it."""
    return dataclasses.replace(setup, top=0, rule=LabelRule())


def look(setup: Setup, dataset: CocoDataset, index: int, read: Callable[[int], Image] | None = None) -> Look:
    """Take an image down the road; see :func:`core.pipeline.look`."""
    setup.proposer.prepare()
    start = time.perf_counter()
    try:
        image, found = pipeline.look(whole(setup), dataset, index, read)
    except BoxscopeError as error:
        reason = error.without(dataset.path(index))
        return Look(np.zeros((0, 4), np.float32), (0, 0), time.perf_counter() - start, reason)
    height, width = image.shape[:2]
    return Look(found.boxes, (width, height), time.perf_counter() - start)


def sampled(
    seen: Look, setup: Setup, sampling: Sampling, dataset: CocoDataset, index: int
) -> tuple[Candidates, Candidates, Offer]:
    """Label and sample what a look found.

    Returns
    -------
    boxes : Candidates
        All of them, ignored ones too.
    found : Candidates
        Those that can become crops.
    offer : Offer
        Its rows are those of `found`.
    """
    boxes, truth = seen.boxes[: setup.top or None], dataset.truth(index)
    proposals = Proposals(boxes, label(boxes, truth, setup.rule), seen.seconds)
    image_id = int(dataset.image_ids[index])
    every = gathered(proposals, truth, setup.rule, sampling, image_id, seen.size)
    found = thinned(every, truth, sampling)
    return every, found, offer(found, sampling, image_id)


def tally(config: ExportConfig, index: int, seen: Look) -> Tally:
    """Count what a look comes to."""
    incomplete = config.lost.reasons.get(config.dataset.file_names[index])
    if reason := incomplete or seen.reason:
        none, seconds = np.zeros(0, np.float32), 0.0 if incomplete else seen.seconds
        return Tally(index, np.zeros((BINS, 3), np.int64), none, none, seconds, reason)
    every, found, offered = sampled(seen, config.setup, config.sampling, config.dataset, index)
    iou, kind = _drawn(every.labels, config.setup.rule), every.labels.kind
    kinds = np.stack([by_iou(iou[kind == value]) for value in (POSITIVE, NEGATIVE, IGNORED)], axis=1)
    ious = _drawn(found.labels, config.setup.rule)
    return Tally(index, kinds, ious[offered.positives], ious[offered.negatives], seen.seconds)


def _drawn(labels: Labels, rule: LabelRule) -> NDArray[np.float32]:
    """Give the IoUs, those at a threshold that makes no positives yet a hair below it: in the bin before."""
    at = (labels.kind != POSITIVE) & (labels.iou == np.float32(rule.iou))
    return np.where(at, np.nextafter(labels.iou, np.float32(0)), labels.iou)


def cuts(
    config: ExportConfig, index: int, seen: Look, image: Image, quota: tuple[int, int], most: int
) -> Cuts:
    """Cut some crops of an image, evenly spread over those that it gives.

    Parameters
    ----------
    image : uint8 (H, W, 3)
    quota : (positives, negatives)
        That it gives.
    most : int
        How many to cut.
    """
    _, found, offered = sampled(seen, config.setup, config.sampling, config.dataset, index)
    rows = offered.rows(quota)
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, min(most, len(rows))).round().astype(int))]
    if not FORMATS[config.format].needs_pixels:
        return Cuts(np.zeros(len(rows), np.int64), 0.0)
    cutter, sizes, moments = Cutter(image, config.sampling), [], []
    for row in rows:
        start = time.perf_counter()
        sizes.append(len(cutter.encode(found.boxes[row])))
        moments.append(time.perf_counter() - start)
    # Not the sum: the first crop of a process may wait seconds for what it loads.
    return Cuts(np.array(sizes, np.int64), len(rows) * float(np.median(moments or [0.0])))


def shares(config: ExportConfig, tallies: Sequence[Tally]) -> Counts:
    """Say what each image would give: int64 (n, 2), positives and negatives.

    Caps over the set are, for some of its images, the part of the images looked at.
    """
    offers = np.array([found.counts for found in tallies], np.int64).reshape(-1, 2)
    if not config.sampling.planned:
        return offers
    ids = config.dataset.image_ids[[found.place for found in tallies]]
    return quotas(offers, ids, _part_of(config.sampling, len(tallies) / max(len(config.dataset), 1)))


def _part_of(sampling: Sampling, part: float) -> Sampling:
    caps = {name: getattr(sampling, name) for name in ("set_positives", "set_negatives")}
    smaller = {name: max(1, round(cap * part)) for name, cap in caps.items() if cap}
    return dataclasses.replace(sampling, **smaller)


def fates(tallies: Sequence[Tally], given: Counts) -> Counts:
    """Say what becomes of the boxes of some images, by IoU.

    Parameters
    ----------
    tallies : sequence of Tally, n long
    given : int64 (n, 2)
        See :func:`shares`.

    Returns
    -------
    int64 (BINS, 4)
        Written as positives, as negatives, labelled but not chosen, ignored.
    """
    counts = np.zeros((BINS, 4), np.int64)
    for found, (positives, negatives) in zip(tallies, given.tolist(), strict=True):
        written = np.stack([by_iou(found.positives[:positives]), by_iou(found.negatives[:negatives])], axis=1)
        counts[:, :UNCHOSEN] += written
        counts[:, UNCHOSEN] += found.kinds[:, :2].sum(axis=1) - written.sum(axis=1)
        counts[:, LEFT_IGNORED] += found.kinds[:, 2]
    return counts
