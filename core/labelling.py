"""Labels of proposals by their overlap with the ground truth: positive, negative or ignored."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core import boxes as bx
from core.boxes import Boxes
from core.label_rule import IGNORED as IGNORED
from core.label_rule import KINDS as KINDS
from core.label_rule import NEGATIVE as NEGATIVE
from core.label_rule import POSITIVE as POSITIVE
from core.label_rule import LabelRule as LabelRule
from core.truth import Truth

# COCO matches a detection to a crowd region by intersection over the detection's own area, from 0.5 on.
_CROWD_COVER = 0.5


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
    mask : int32 (N,)
        Pixels of any object's mask in the proposal, -1 where the rule does not ask for them.
    """

    iou: NDArray[np.float32]
    match: NDArray[np.int64]
    kind: NDArray[np.int8]
    inside: NDArray[np.float32]
    tied: NDArray[np.bool_]
    mask: NDArray[np.int32]

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

    def labels(self, rule: LabelRule, mask: NDArray[np.int32]) -> Labels:
        """Return the labels of a rule, see :func:`label`; `mask` is :meth:`LabelRule.mask_pixels`."""
        kind = rule.kinds(self.iou)
        uncertain = self.in_crowd | rule.too_far_inside(self.inside) | rule.too_much_mask(mask)
        kind[(kind == NEGATIVE) & uncertain] = IGNORED
        return Labels(self.iou, self.match, kind, self.inside, self.tied, mask)

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
        that is not positive and lies inside an object with more than the rule's share, and one that is not
        positive and holds the rule's number of mask pixels. A negative passes all of these: where a crop of
        bare background inside an object's box is wanted, `ignore_inside` stays off beside `ignore_mask`.

    Raises
    ------
    BoxscopeError
        The rule asks for masks, which are not known or cannot be read.
    """
    return matches(boxes, truth).labels(rule, rule.mask_pixels(boxes, truth))


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
