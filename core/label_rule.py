"""The label rule: when a proposal is positive, negative or ignored."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.boxes import Boxes
from core.errors import BoxscopeError
from core.parameters import Checked, parameter
from core.truth import Truth

POSITIVE, NEGATIVE, IGNORED = 1, 0, -1
KINDS = {POSITIVE: "positive", NEGATIVE: "negative", IGNORED: "ignored"}


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
    ignore_mask: int = parameter(
        0,
        label="Ignore from mask pixels",
        help="A proposal that is not positive is ignored when this many pixels of the objects' masks "
        "(segmentation in the COCO file) lie in it, or more: a negative holds fewer. A pixel lies in a box "
        "where its centre does; an object without a mask counts with all of its box. 0: off, no mask is "
        "read.",
        unit="px",
        min=0,
        max=1_000_000,
        logarithmic=True,
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

    @property
    def asks_for_masks(self) -> bool:
        """Whether labels depend on the masks of the objects."""
        return self.ignore_mask > 0

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

    def too_much_mask(self, pixels: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Return whether each number of mask pixels makes no negative: bool, of the same shape."""
        return np.asarray(self.asks_for_masks & (pixels >= self.ignore_mask))

    def mask_pixels(self, boxes: Boxes, truth: Truth) -> NDArray[np.int32]:
        """Return how many mask pixels lie in each box, -1 where the rule does not ask: int32 (N,).

        Raises
        ------
        BoxscopeError
            The masks are not known.
        """
        if not self.asks_for_masks:
            return np.full(len(boxes), -1, np.int32)
        if not len(truth.boxes):
            return np.zeros(len(boxes), np.int32)
        if truth.masks is None:
            raise BoxscopeError(f"got {self.ignore_mask}, but no masks are known", "ignore_mask")
        return truth.masks.pixels_in(boxes)
