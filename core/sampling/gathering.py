"""What can become a crop of an image: its proposals, its objects themselves, and boxes near these."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from core import boxes as bx
from core.boxes import Boxes
from core.labelling import IGNORED, NEGATIVE, POSITIVE, LabelRule, Labels, label
from core.pipeline import Proposals
from core.sampling import draws
from core.sampling.draws import For
from core.sampling.reasons import Reason
from core.sampling.settings import Sampling
from core.truth import Truth

# Boxes drawn for each one wanted: enough where one in forty is near enough.
_TRIES = 64


class Source(IntEnum):
    """Where a crop's box comes from."""

    PROPOSAL = 0
    TRUTH = 1
    JITTER = 2


@dataclass(frozen=True, eq=False)
class Candidates:
    """Boxes of one image that can become crops.

    Attributes
    ----------
    boxes : float32 (N, 4)
    labels : Labels
        Positive or negative, none ignored.
    rank : int64 (N,)
        Of a proposal, its place among all; objects count on from the last proposal, jittered boxes from
        the last object. Ascending, so no two are alike.
    source : int8 (N,)
        See :class:`Source`.
    """

    boxes: Boxes
    labels: Labels
    rank: NDArray[np.int64]
    source: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.boxes)

    def take(self, rows: NDArray[np.generic]) -> "Candidates":
        """Take some rows of every column."""
        return Candidates(self.boxes[rows], self.labels.take(rows), self.rank[rows], self.source[rows])


def candidates(
    found: Proposals, truth: Truth, rule: LabelRule, sampling: Sampling, image_id: int, size: tuple[int, int]
) -> Candidates:
    """Gather what can become a crop of an image.

    Parameters
    ----------
    found : Proposals
        Of the image, labelled by the same rule.
    truth : Truth
    rule : LabelRule
    sampling : Sampling
    image_id : int
        Jitter depends on it and on the seed.
    size : (width, height)
        Of the image.
    """
    boxes = gathered(found, truth, rule, sampling, image_id, size)
    return boxes.take(exclusions(boxes, truth, rule, sampling) == Reason.WRITTEN)


def exclusions(gathered: Candidates, truth: Truth, rule: LabelRule, sampling: Sampling) -> NDArray[np.int8]:
    """Return why each box that is gathered of an image cannot become a crop.

    Parameters
    ----------
    gathered : Candidates
        See :func:`gathered`; N of them.
    truth : Truth
    rule : LabelRule
        That they are labelled by.
    sampling : Sampling

    Returns
    -------
    int8 (N,)
        The first :class:`Reason` that holds, in the order below; ``WRITTEN`` where none does.
    """
    kind, reasons = gathered.labels.kind, np.full(len(gathered), Reason.WRITTEN, np.int8)

    def exclude(where: NDArray[np.bool_], reason: Reason) -> None:
        reasons[(reasons == Reason.WRITTEN) & where] = reason

    ignored = kind == IGNORED
    # A negative by its IoU that is ignored all the same lies in a crowd region, see `core.labelling.label`.
    exclude(ignored & (rule.kinds(gathered.labels.iou) == NEGATIVE), Reason.CROWD)
    exclude(ignored, Reason.IGNORED)
    if not len(truth.objects) and not sampling.empty_images:
        exclude(~ignored, Reason.EMPTY_IMAGE)
    beyond = (gathered.source == Source.PROPOSAL) & (gathered.rank >= sampling.negatives_first)
    exclude(beyond & (kind == NEGATIVE), Reason.RANK)
    if sampling.crop_min_side:
        sides = gathered.boxes[:, 2:] - gathered.boxes[:, :2]
        exclude(sides.min(axis=1, initial=np.inf) < sampling.crop_min_side, Reason.SIDE)
    if sampling.crop_nms < 1:
        distinct = np.zeros(len(gathered), bool)
        distinct[_distinct(gathered, np.flatnonzero(reasons == Reason.WRITTEN), sampling.crop_nms)] = True
        exclude(~distinct, Reason.NEAR_ANOTHER)
    return reasons


def gathered(
    found: Proposals, truth: Truth, rule: LabelRule, sampling: Sampling, image_id: int, size: tuple[int, int]
) -> Candidates:
    """Put proposals, objects and boxes near these together, ignored ones too; see :func:`candidates`."""
    parts, kinds = [found.labels], [np.full(len(found.boxes), Source.PROPOSAL, np.int8)]
    boxes = [found.boxes]
    # Above an IoU of 1 there is nothing, so a rule that asks for it has no use for objects either.
    if sampling.truth_boxes and rule.passes(np.ones(1, np.float32))[0]:
        objects = truth.objects[bx.area(truth.boxes[truth.objects]) > 0]
        boxes.append(truth.boxes[objects])
        # Of an object twice in the file each matches itself.
        ones = np.ones(len(objects), np.float32)
        parts.append(Labels(ones, objects, np.full(len(objects), POSITIVE, np.int8)))
        kinds.append(np.full(len(objects), Source.TRUTH, np.int8))
    if sampling.jitter:
        near = jittered(truth, sampling, image_id, size)
        boxes.append(near)
        parts.append(label(near, truth, rule))
        kinds.append(np.full(len(near), Source.JITTER, np.int8))
    every = np.concatenate(boxes)
    return Candidates(every, Labels.joined(parts), np.arange(len(every)), np.concatenate(kinds))


def jittered(truth: Truth, sampling: Sampling, image_id: int, size: tuple[int, int]) -> Boxes:
    """Draw boxes near the objects of an image.

    Parameters
    ----------
    truth : Truth
    sampling : Sampling
    image_id : int
    size : (width, height)

    Returns
    -------
    float32 (N, 4)
        Cut to the image, object by object; an object gives fewer than `sampling.jitter` where too few of
        those drawn overlap it by `sampling.jitter_iou`.
    """
    near = [bx.as_boxes([])]
    for row in truth.objects.tolist():
        own = truth.boxes[row : row + 1]
        if bx.area(own)[0] > 0:
            drawn = _drawn(own[0], int(truth.ids[row]), sampling, image_id)
            drawn = bx.clip(drawn, *size)
            close = (bx.iou(drawn, own)[:, 0] >= sampling.jitter_iou) & (bx.area(drawn) > 0)
            near.append(drawn[close][: sampling.jitter])
    return np.concatenate(near)


def _drawn(box: Boxes, object_id: int, sampling: Sampling, image_id: int) -> Boxes:
    """Draw more boxes near one than are wanted; by its id, so that other objects change nothing."""
    start = draws.key(sampling.seed, For.JITTER, image_id, object_id)
    count = _TRIES * sampling.jitter
    moves = draws.uniform(start, np.arange(4 * count)).reshape(count, 4) * 2 - 1  # (count, 4) in [-1, 1)
    size = (box[2:] - box[:2]).astype(np.float64)
    centre = (box[2:].astype(np.float64) + box[:2]) / 2 + moves[:, :2] * sampling.jitter_shift * size
    half = size * (1 + moves[:, 2:] * sampling.jitter_scale) / 2
    return np.concatenate([centre - half, centre + half], axis=1).astype(np.float32)


def _distinct(gathered: Candidates, rows: NDArray[np.int64], threshold: float) -> NDArray[np.int64]:
    """Thin out boxes near others of their label; two of different labels may be as near as they like."""
    kept = []
    for kind in (POSITIVE, NEGATIVE):
        own = rows[gathered.labels.kind[rows] == kind]
        own = own[np.argsort(gathered.source[own] != Source.TRUTH, kind="stable")]
        kept.append(own[bx.nms(gathered.boxes[own], threshold)])
    return np.sort(np.concatenate(kept))
