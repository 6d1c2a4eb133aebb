"""Boxes of an image that can become crops: its proposals, its ground-truth boxes, jittered ones of these."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from core import boxes as bx
from core.boxes import Boxes
from core.labelling import IGNORED, NEGATIVE, POSITIVE, LabelRule, Labels, label, matches
from core.pipeline import Proposals
from core.sampling import draws
from core.sampling.draws import Purpose
from core.sampling.reasons import Reason
from core.sampling.settings import CATEGORY, SCORE, Sampling
from core.truth import Truth

# Boxes drawn for each one needed: enough where one in forty overlaps its object enough.
_TRIES = 64


class Source(IntEnum):
    """The source of a crop's box."""

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
    rank : int64 (N,)
        Of a proposal, its position among all; objects count on from the last proposal, jittered boxes from
        the last object. Strictly ascending.
    source : int8 (N,)
        See :class:`Source`.
    score : float32 (N,)
        Of a proposal, where the proposer gives one; else NaN.
    """

    boxes: Boxes
    labels: Labels
    rank: NDArray[np.int64]
    source: NDArray[np.int8]
    score: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.boxes)

    def take(self, rows: NDArray[np.generic]) -> "Candidates":
        """Return the candidates of some rows, in the order of these."""
        taken = (column[rows] for column in (self.rank, self.source, self.score))
        return Candidates(self.boxes[rows], self.labels.take(rows), *taken)


def exclusions(gathered: Candidates, truth: Truth, rule: LabelRule, sampling: Sampling) -> NDArray[np.int8]:
    """Return why each box gathered from an image cannot become a crop.

    Parameters
    ----------
    gathered : Candidates
        See :func:`gather_boxes`; N of them.
    truth : Truth
    rule : LabelRule
        The rule of their labels.
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
    # A negative by its IoU that is ignored all the same lies inside an object, holds pixels of masks or lies
    # in a crowd region, see `core.labelling.label`.
    negative_by_iou = ignored & (rule.kinds(gathered.labels.iou) == NEGATIVE)
    exclude(negative_by_iou & rule.too_far_inside(gathered.labels.inside), Reason.INSIDE)
    exclude(negative_by_iou & rule.too_much_mask(gathered.labels.mask), Reason.MASK)
    exclude(negative_by_iou, Reason.CROWD)
    exclude(ignored, Reason.IGNORED)
    if sampling.labels == CATEGORY:
        exclude((kind == POSITIVE) & gathered.labels.tied, Reason.CLASS)
    if not len(truth.objects) and not sampling.empty_images:
        exclude(~ignored, Reason.EMPTY_IMAGE)
    beyond = (gathered.source == Source.PROPOSAL) & (gathered.rank >= sampling.negatives_first)
    exclude(beyond & (kind == NEGATIVE), Reason.RANK)
    if sampling.negatives == SCORE:
        exclude((kind == NEGATIVE) & np.isnan(gathered.score), Reason.NO_SCORE)
    if sampling.crop_min_side:
        sides = gathered.boxes[:, 2:] - gathered.boxes[:, :2]
        exclude(sides.min(axis=1, initial=np.inf) < sampling.crop_min_side, Reason.SIDE)
    if sampling.crop_nms < 1:
        distinct = np.zeros(len(gathered), bool)
        distinct[_suppress(gathered, np.flatnonzero(reasons == Reason.WRITTEN), sampling.crop_nms)] = True
        exclude(~distinct, Reason.NEAR_ANOTHER)
    return reasons


def gather_boxes(
    proposals: Proposals,
    truth: Truth,
    rule: LabelRule,
    sampling: Sampling,
    image_id: int,
    size: tuple[int, int],
) -> Candidates:
    """Return the proposals, objects and jittered boxes of an image, ignored ones too.

    Parameters
    ----------
    proposals : Proposals
        Of the image, labelled by the same rule.
    truth : Truth
    rule : LabelRule
    sampling : Sampling
    image_id : int
        Jitter depends on it and on the seed.
    size : (width, height)
        Of the image.
    """
    parts, kinds = [proposals.labels], [np.full(len(proposals.boxes), Source.PROPOSAL, np.int8)]
    boxes = [proposals.boxes]
    # No IoU is above 1: where the rule asks for more, the objects themselves are not positive either.
    if sampling.truth_boxes and rule.passes(np.ones(1, np.float32))[0]:
        objects = truth.objects[bx.area(truth.boxes[truth.objects]) > 0]
        boxes.append(truth.boxes[objects])
        # Not matched by IoU: an object that stands twice in the file matches itself, not its copy.
        ones, tied = np.ones(len(objects), np.float32), matches(boxes[-1], truth).tied
        mask = rule.mask_pixels(boxes[-1], truth)
        parts.append(Labels(ones, objects, np.full(len(objects), POSITIVE, np.int8), ones, tied, mask))
        kinds.append(np.full(len(objects), Source.TRUTH, np.int8))
    if sampling.jitter:
        jittered_boxes = jittered(truth, sampling, image_id, size)
        boxes.append(jittered_boxes)
        parts.append(label(jittered_boxes, truth, rule))
        kinds.append(np.full(len(jittered_boxes), Source.JITTER, np.int8))
    all_boxes = np.concatenate(boxes)
    score = np.full(len(all_boxes), np.nan, np.float32)
    if proposals.scores is not None:
        score[: len(proposals.scores)] = proposals.scores
    rank = np.arange(len(all_boxes))
    return Candidates(all_boxes, Labels.joined(parts), rank, np.concatenate(kinds), score)


def jittered(truth: Truth, sampling: Sampling, image_id: int, size: tuple[int, int]) -> Boxes:
    """Return boxes drawn around the objects of an image.

    Parameters
    ----------
    truth : Truth
    sampling : Sampling
    image_id : int
    size : (width, height)

    Returns
    -------
    float32 (N, 4)
        Clipped to the image, object by object; fewer than `sampling.jitter` of an object where too few of
        those drawn overlap it by `sampling.jitter_iou`.
    """
    jittered_boxes = [bx.as_boxes([])]
    for row in truth.objects.tolist():
        box = truth.boxes[row : row + 1]
        if bx.area(box)[0] > 0:
            drawn = _jittered_around(box[0], int(truth.ids[row]), sampling, image_id)
            drawn = bx.clip(drawn, *size)
            close = (bx.iou(drawn, box)[:, 0] >= sampling.jitter_iou) & (bx.area(drawn) > 0)
            jittered_boxes.append(drawn[close][: sampling.jitter])
    return np.concatenate(jittered_boxes)


def _jittered_around(box: Boxes, object_id: int, sampling: Sampling, image_id: int) -> Boxes:
    """Return boxes around one, more than needed; they depend on its id, not on the other objects."""
    start = draws.key(sampling.seed, Purpose.JITTER, image_id, object_id)
    count = _TRIES * sampling.jitter
    moves = draws.uniform(start, np.arange(4 * count)).reshape(count, 4) * 2 - 1  # (count, 4) in [-1, 1)
    size = (box[2:] - box[:2]).astype(np.float64)
    centre = (box[2:].astype(np.float64) + box[:2]) / 2 + moves[:, :2] * sampling.jitter_shift * size
    half = size * (1 + moves[:, 2:] * sampling.jitter_scale) / 2
    return np.concatenate([centre - half, centre + half], axis=1).astype(np.float32)


def _suppress(gathered: Candidates, rows: NDArray[np.int64], threshold: float) -> NDArray[np.int64]:
    """Return the rows that NMS keeps, positives and negatives apart; objects come before proposals."""
    kept_rows = []
    for kind in (POSITIVE, NEGATIVE):
        same_label = rows[gathered.labels.kind[rows] == kind]
        same_label = same_label[np.argsort(gathered.source[same_label] != Source.TRUTH, kind="stable")]
        kept_rows.append(same_label[bx.nms(gathered.boxes[same_label], threshold)])
    return np.sort(np.concatenate(kept_rows))
