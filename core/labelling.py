"""Labels of proposals by their overlap with the ground truth: positive, negative or ignored."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core import boxes as bx
from core.boxes import Boxes
from core.errors import BoxscopeError
from core.parameters import Checked, parameter
from core.truth import Truth

POSITIVE, NEGATIVE, IGNORED = 1, 0, -1
KINDS = {POSITIVE: "positive", NEGATIVE: "negative", IGNORED: "ignored"}

# COCO matches a detection to a crowd region by intersection over the detection's own area, from 0.5 on.
_CROWD_COVER = 0.5


@dataclass(frozen=True)
class LabelRule(Checked):
    """When a proposal counts as positive, and when as negative; between the two it is ignored.

    The defaults are the article's: a proposal that is not positive is negative, even one that lies inside an
    object.

    Raises
    ------
    BoxscopeError
        A value out of range, or no box would be negative: `negative_from` is not below both `iou` and
        `negative_below`, or is above `ignore_inside`.
    """

    iou: float = parameter(
        0.5,
        label="Positive above IoU",
        help="A proposal is positive when its IoU with an object is above this.",
        min=0.05,
        max=1.0,
        step=0.05,
    )
    inclusive: bool = parameter(
        False,
        label="Positive at IoU ≥ threshold (instead of >)",
        help="On: an IoU equal to the threshold is positive, as in the R-CNN papers. Off: only "
        "a higher one is, as in the article.",
    )
    negative_from: float = parameter(
        0.0,
        label="Negative from IoU",
        help="A proposal with a lower IoU is ignored. Fast R-CNN: 0.1.",
        min=0.0,
        max=1.0,
        step=0.05,
    )
    negative_below: float = parameter(
        1.0,
        label="Negative below IoU",
        help="A proposal that is not positive and has this IoU or more is ignored; 1 ignores none. "
        "R-CNN's classifiers: 0.3.",
        min=0.0,
        max=1.0,
        step=0.05,
    )
    ignore_inside: float = parameter(
        1.0,
        label="Ignore inside an object above",
        help="A proposal that is not positive is ignored when more than this share of its own area lies "
        "inside one object, of which it shows a part; 1 ignores none.",
        min=0.0,
        max=1.0,
        step=0.05,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        end, name = min((self.negative_below, "negative_below"), (self.iou, "iou"))
        if self.negative_from >= end:
            raise BoxscopeError(
                f"got {self.negative_from}, expected less than {name}, which is {end}: no box would be "
                "negative",
                "negative_from",
            )
        if self.negative_from > self.ignore_inside:  # the share inside is never below the IoU
            raise BoxscopeError(
                f"got {self.negative_from}, expected at most ignore_inside, which is {self.ignore_inside}: "
                "no box would be negative",
                "negative_from",
            )

    def passes(self, iou: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Return whether each IoU makes a positive: bool, of the same shape."""
        positive: Any = iou >= self.iou if self.inclusive else iou > self.iou
        return np.asarray(positive)

    def kinds(self, iou: NDArray[np.float32]) -> NDArray[np.int8]:
        """Return labels by IoU alone: int8 of the same shape, ``POSITIVE``, ``NEGATIVE`` or ``IGNORED``."""
        band = iou >= self.negative_from
        if self.negative_below < 1:
            band &= iou < self.negative_below
        return np.where(self.passes(iou), POSITIVE, np.where(band, NEGATIVE, IGNORED)).astype(np.int8)

    def too_far_inside(self, inside: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Return whether each share inside an object makes no negative: bool, of the same shape."""
        return np.asarray(inside > self.ignore_inside)


@dataclass(frozen=True, eq=False)
class Labels:
    """What each of N proposals is to the truth.

    Attributes
    ----------
    iou : float32 (N,)
        Best IoU with any object, crowd regions apart.
    match : int64 (N,)
        Row in Truth of the object with that IoU, the first among equals; -1 where the IoU is 0.
    kind : int8 (N,)
        1 positive, 0 negative, -1 ignored.
    inside : float32 (N,)
        Largest share of the proposal's own area inside one object, crowd regions apart; never below the IoU.
    tied : bool (N,)
        Whether an object of another category has the same IoU as the match, so that the category is not
        certain.
    """

    iou: NDArray[np.float32]
    match: NDArray[np.int64]
    kind: NDArray[np.int8]
    inside: NDArray[np.float32]
    tied: NDArray[np.bool_]

    def first(self, k: int) -> "Labels":
        """Return the labels of the first k proposals."""
        return self.take(slice(k))

    def take(self, rows: NDArray[np.generic] | slice) -> "Labels":
        """Return the labels of some proposals."""
        return Labels(*(getattr(self, name)[rows] for name in _COLUMNS))

    @classmethod
    def joined(cls, parts: Sequence["Labels"]) -> "Labels":
        """Return the concatenation of labels, of at least one."""
        columns = (np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS)
        return cls(*columns)


_COLUMNS = tuple(field.name for field in fields(Labels))


@dataclass(frozen=True, eq=False)
class Matches:
    """How each of N proposals overlaps the truth, independent of the label rule.

    Attributes
    ----------
    iou : float32 (N,)
    match : int64 (N,)
    inside : float32 (N,)
    tied : bool (N,)
        See :class:`Labels`.
    in_crowd : bool (N,)
        Whether at least half of the proposal lies inside one crowd region.
    """

    iou: NDArray[np.float32]
    match: NDArray[np.int64]
    inside: NDArray[np.float32]
    tied: NDArray[np.bool_]
    in_crowd: NDArray[np.bool_]

    def labels(self, rule: LabelRule) -> Labels:
        """Return the labels of a rule, see :func:`label`."""
        kind = rule.kinds(self.iou)
        kind[(kind == NEGATIVE) & (self.in_crowd | rule.too_far_inside(self.inside))] = IGNORED
        return Labels(self.iou, self.match, kind, self.inside, self.tied)

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return sum(getattr(self, field.name).nbytes for field in fields(self))


class Overlaps(NamedTuple):
    """How N proposals overlap the objects of an image, crowd regions apart.

    Attributes
    ----------
    iou : float32 (N, objects)
    inside : float32 (N,)
        Largest share of the proposal's own area inside one object.
    """

    iou: NDArray[np.float32]
    inside: NDArray[np.float32]


def label(boxes: Boxes, truth: Truth, rule: LabelRule) -> Labels:
    """Return labels of proposals by the object that each overlaps most.

    Parameters
    ----------
    boxes : float32 (N, 4)
    truth : Truth
    rule : LabelRule

    Returns
    -------
    Labels
        A proposal between the rule's positives and negatives is ignored. So is one that is not positive
        and lies at least half inside a crowd region: it may show an object that was not annotated. So is one
        that is not positive and lies inside an object with more than the rule's share.
    """
    return matches(boxes, truth).labels(rule)


def matches(boxes: Boxes, truth: Truth, overlaps: Overlaps | None = None) -> Matches:
    """Return how proposals overlap the truth.

    Parameters
    ----------
    boxes : float32 (N, 4)
    truth : Truth
    overlaps : Overlaps or None
        If already computed, see :func:`object_overlaps`.
    """
    overlaps = object_overlaps(boxes, truth) if overlaps is None else overlaps
    iou, match = best_match(boxes, truth, overlaps.iou)
    in_crowd = bx.share_inside(boxes, truth.boxes[truth.crowd]) >= _CROWD_COVER
    return Matches(iou, match, overlaps.inside, _tied(overlaps.iou, iou, match, truth), in_crowd)


def object_overlaps(boxes: Boxes, truth: Truth) -> Overlaps:
    """Return how proposals overlap the objects of an image."""
    objects = truth.boxes[truth.objects]
    shared = bx.intersection(boxes, objects)
    inside = bx.share_inside(boxes, objects, shared).astype(np.float32)
    return Overlaps(bx.iou(boxes, objects, shared), inside)


def best_match(
    boxes: Boxes, truth: Truth, overlaps: NDArray[np.float32] | None = None
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the object that each proposal overlaps most.

    Parameters
    ----------
    boxes : float32 (N, 4)
    truth : Truth
    overlaps : float32 (N, objects), or None
        IoU of each proposal with each object, if already computed.

    Returns
    -------
    iou : float32 (N,)
    match : int64 (N,)
        Row in Truth; the first among equals, -1 where the IoU is 0.
    """
    objects = truth.objects
    if not len(objects) or not len(boxes):
        return np.zeros(len(boxes), np.float32), np.full(len(boxes), -1)
    overlaps = object_overlaps(boxes, truth).iou if overlaps is None else overlaps
    column = overlaps.argmax(axis=1)
    iou = overlaps[np.arange(len(boxes)), column]
    return iou, np.where(iou > 0, objects[column], -1)


def _tied(
    overlaps: NDArray[np.float32], iou: NDArray[np.float32], match: NDArray[np.int64], truth: Truth
) -> NDArray[np.bool_]:
    """Return whether an object of another category overlaps each proposal as much as its match: bool (N,)."""
    categories = truth.category[truth.objects]
    if not len(categories) or (categories == categories[0]).all():
        return np.zeros(len(match), bool)
    matched = match >= 0
    of_match = truth.category[np.where(matched, match, 0)]
    equals = (overlaps == iou[:, None]) & (categories != of_match[:, None])  # (N, objects)
    return np.asarray(matched & equals.any(axis=1))
