"""What the crops of a dry run are made of: negatives that show a part of an object, and crops by class."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from core import wording
from core.export.estimate.tally import Counts, Tally
from core.labelling import LabelRule
from core.sampling.bands import BINS, iou_histogram
from core.sampling.classes import BACKGROUND, Classes

# Counted from here on where the label rule ignores none.
_HALF = 0.5


class Inside(NamedTuple):
    """How many of some negatives lie inside an object with more than a share of their own area.

    Attributes
    ----------
    share : float
        That of the label rule, or a half where it ignores none.
    negatives : int
        Those that are written.
    inside : int
        Of these, those that lie inside an object with more than the share.
    ignored : int
        Boxes that are no negatives because the label rule ignores them for it.
    by_iou : int64 (BINS,)
        The negatives inside an object, by IoU.
    mask_pixels, ignored_by_mask : int
        From how many mask pixels on the label rule ignores a box, 0 for never; boxes that it ignores for it.
    """

    share: float
    negatives: int
    inside: int
    ignored: int
    by_iou: Counts
    mask_pixels: int = 0
    ignored_by_mask: int = 0

    def text(self) -> str:
        """Return in one sentence or two how many there are."""
        return f"{self._inside_text()} {self._mask_text()}".strip()

    def _mask_text(self) -> str:
        if not self.mask_pixels:
            return ""
        are, hold = ("is", "holds") if self.ignored_by_mask == 1 else ("are", "hold")
        boxes = wording.count(self.ignored_by_mask, "box")
        pixels = wording.count(self.mask_pixels, "mask pixel")
        return f"{boxes} that {are} not positive {hold} {pixels} or more and {are} ignored."

    def _inside_text(self) -> str:
        more = f"more than {self.share_text} inside an object"
        if self.ignored:
            if self.ignored == 1:
                return f"1 box that is not positive lies {more} and is ignored."
            return f"{self.ignored:,} boxes that are not positive lie {more} and are ignored."
        lie = "lies" if self.inside == 1 else "lie"
        return f"{self.inside:,} of {wording.count(self.negatives, 'negative')} {lie} {more}."

    @property
    def share_text(self) -> str:
        """The share in words."""
        return "half" if self.share == _HALF else f"{100 * self.share:.0f} %"


def negatives_inside(tallies: Sequence[Tally], quotas: Counts, rule: LabelRule) -> Inside:
    """Return how many of the negatives written of some images lie inside an object.

    Parameters
    ----------
    tallies : sequence of Tally, n long
    quotas : int64 (n, 2)
        See :func:`core.export.estimate.tally.estimated_quotas`.
    rule : LabelRule
    """
    share = rule.ignore_inside if rule.ignore_inside < 1 else _HALF
    by_iou, negatives = np.zeros(BINS, np.int64), 0
    for tallied, most in zip(tallies, quotas[:, 1].tolist(), strict=True):
        iou, inside = tallied.negatives[:most], tallied.inside[:most]
        by_iou += iou_histogram(iou[inside > share])
        negatives += len(iou)
    ignored = sum(tallied.ignored_inside for tallied in tallies)
    masked = sum(tallied.ignored_mask for tallied in tallies)
    return Inside(share, negatives, int(by_iou.sum()), ignored, by_iou, rule.ignore_mask, masked)


def crops_by_class(tallies: Sequence[Tally], quotas: Counts, classes: Classes) -> Counts:
    """Return how many crops of each class would be written of some images: int64 (K,).

    For the parameters see :func:`negatives_inside`.
    """
    counts = np.zeros(len(classes.names), np.int64)
    for tallied, (positives, negatives) in zip(tallies, quotas.tolist(), strict=True):
        counts += np.bincount(tallied.classes[:positives], minlength=len(counts))
        counts[BACKGROUND] += len(tallied.negatives[:negatives])
    return counts
