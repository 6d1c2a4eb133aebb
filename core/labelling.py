"""Labels of proposals by their overlap with the ground truth: positive, negative or ignored."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import boxes as bx
from core.boxes import Boxes
from core.errors import BoxscopeError
from core.parameters import Checked, parameter
from core.truth import Truth

POSITIVE, NEGATIVE, IGNORED = 1, 0, -1
_COLUMNS = ("iou", "match", "kind")
KINDS = {POSITIVE: "positive", NEGATIVE: "negative", IGNORED: "ignored"}

# COCO matches a detection to a crowd region by intersection over the detection's own area, from 0.5 on.
_CROWD_COVER = 0.5


@dataclass(frozen=True)
class LabelRule(Checked):
    """When a proposal counts as positive, and when as negative; between the two it is ignored.

    The defaults are the article's: a proposal that is not positive is negative.

    Raises
    ------
    BoxscopeError
        A value out of range, or no box would be negative: `negative_from` is not below both `iou` and
        `negative_below`.
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
        label="Count the threshold itself",
        help="On: positive from the threshold up, as in the R-CNN papers. Off: only above it (the article).",
    )
    negative_from: float = parameter(
        0.0,
        label="Negative from IoU",
        help="A proposal that overlaps less is ignored. Fast R-CNN: 0.1.",
        min=0.0,
        max=1.0,
        step=0.05,
    )
    negative_below: float = parameter(
        1.0,
        label="Negative below IoU",
        help="A proposal that is not positive and overlaps this much or more is ignored; 1 ignores none. "
        "The classifiers of R-CNN: 0.3.",
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


@dataclass(frozen=True, eq=False)
class Labels:
    """What each of N proposals is to the truth.

    Attributes
    ----------
    iou : float32 (N,)
        Best IoU with any object, crowd regions apart.
    match : int64 (N,)
        Row in Truth of the object with that IoU, -1 where the IoU is 0.
    kind : int8 (N,)
        1 positive, 0 negative, -1 ignored.
    """

    iou: NDArray[np.float32]
    match: NDArray[np.int64]
    kind: NDArray[np.int8]

    def first(self, k: int) -> "Labels":
        """Return the labels of the first k proposals."""
        return self.take(slice(k))

    def take(self, rows: NDArray[np.generic] | slice) -> "Labels":
        """Return the labels of some proposals."""
        return Labels(self.iou[rows], self.match[rows], self.kind[rows])

    @classmethod
    def joined(cls, parts: Sequence["Labels"]) -> "Labels":
        """Return the concatenation of labels, of at least one."""
        columns = (np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS)
        return cls(*columns)


@dataclass(frozen=True, eq=False)
class Matches:
    """How each of N proposals overlaps the truth, independent of the label rule.

    Attributes
    ----------
    iou : float32 (N,)
    match : int64 (N,)
        See :class:`Labels`.
    in_crowd : bool (N,)
        Whether at least half of the proposal lies inside one crowd region.
    """

    iou: NDArray[np.float32]
    match: NDArray[np.int64]
    in_crowd: NDArray[np.bool_]

    def labels(self, rule: LabelRule) -> Labels:
        """Return the labels of a rule, see :func:`label`."""
        kind = rule.kinds(self.iou)
        kind[(kind == NEGATIVE) & self.in_crowd] = IGNORED
        return Labels(self.iou, self.match, kind)


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
        and lies at least half inside a crowd region: it may show an object that was not annotated.
    """
    return matches(boxes, truth).labels(rule)


def matches(boxes: Boxes, truth: Truth, overlaps: NDArray[np.float32] | None = None) -> Matches:
    """Return how proposals overlap the truth.

    Parameters
    ----------
    boxes : float32 (N, 4)
    truth : Truth
    overlaps : float32 (N, objects), or None
        IoU of each proposal with each object if already computed, see :func:`object_overlaps`.
    """
    iou, match = best_match(boxes, truth, overlaps)
    return Matches(iou, match, _crowd_cover(boxes, truth) >= _CROWD_COVER)


def object_overlaps(boxes: Boxes, truth: Truth) -> NDArray[np.float32]:
    """Return the IoU of each proposal with each object, crowd regions apart: float32 (N, objects)."""
    return bx.iou(boxes, truth.boxes[truth.objects])


def best_match(
    boxes: Boxes, truth: Truth, overlaps: NDArray[np.float32] | None = None
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the object that each proposal overlaps most; for the parameters see :func:`matches`.

    Returns
    -------
    iou : float32 (N,)
    match : int64 (N,)
        Row in Truth; the first among equals, -1 where the IoU is 0.
    """
    objects = truth.objects
    if not len(objects) or not len(boxes):
        return np.zeros(len(boxes), np.float32), np.full(len(boxes), -1)
    overlaps = object_overlaps(boxes, truth) if overlaps is None else overlaps
    column = overlaps.argmax(axis=1)
    iou = overlaps[np.arange(len(boxes)), column]
    return iou, np.where(iou > 0, objects[column], -1)


def _crowd_cover(boxes: Boxes, truth: Truth) -> NDArray[np.float64]:
    """Return the largest share of each proposal's area inside one crowd region: float64 (N,)."""
    crowds = truth.boxes[truth.crowd]
    if not len(crowds) or not len(boxes):
        return np.zeros(len(boxes))
    cover: NDArray[np.float64] = bx.intersection(boxes, crowds).max(axis=1) / np.maximum(bx.area(boxes), 1e-9)
    return cover
