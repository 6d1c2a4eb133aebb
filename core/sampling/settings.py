"""The parameters of sampling: which boxes become crops, and how they are cut."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.cutting import Cut
from core.parameters import Checked, parameter, part

_MAX_COUNT = 1_000_000_000
BINARY, CATEGORY = "binary", "category"
HARDEST, SCORE = "hardest", "score"
"""The choices of hard negatives: by IoU, and by the proposer's scores."""


@dataclass(frozen=True)
class Sampling(Checked):
    """The choice of boxes that become crops, and how these are cut. The defaults are the article's.

    A :class:`core.labelling.LabelRule` sets what is positive, negative or ignored, since labels are drawn and
    measured without any export too. A :class:`core.sampling.Preset` holds both.
    """

    cut: Cut = part(Cut(), flat=True)
    negatives_first: int = parameter(
        400,
        label="Sample negatives from the top N",
        help="Negatives are sampled from the first N proposals by rank, positives from all.",
        unit="proposals",
        min=0,
        max=100_000,
        step=50,
    )
    negatives: str = parameter(
        "rank",
        label="Negative sampling",
        help="Which negatives are taken where a limit leaves some out. rank: the first by rank. random: "
        "drawn at random. hardest: those with the highest IoU. score: those with the highest score, which a "
        "detector takes most for objects; needs a proposer with scores. bins: as many of each bin of IoU, "
        "drawn at random.",
        choices={
            "rank": "top-ranked",
            "random": "random",
            HARDEST: "hard (highest IoU)",
            SCORE: "hard (highest score)",
            "bins": "stratified by IoU",
        },
    )
    bins: int = parameter(
        10,
        label="Bins of IoU",
        help="Number of bins of equal width from 0 to 1, for negatives stratified by IoU.",
        min=2,
        max=100,
    )
    per_bin: int = parameter(
        10,
        label="Max negatives per bin",
        help="At most this many negatives from each bin of an image, where they are stratified by IoU.",
        min=1,
        max=10_000,
    )
    ratio: float = parameter(
        0.0,
        label="Negative : positive ratio",
        help="At most this many negatives per positive; 0 = no limit. R-CNN, Fast R-CNN: 3.",
        min=0.0,
        max=1000.0,
        step=0.5,
        zero="no limit",
    )
    ratio_over: str = parameter(
        "image",
        label="Ratio holds",
        help="image: in each image, so that an image without positives gives no negatives. set: over the "
        "whole data set.",
        choices={"image": "per image", "set": "over the whole set"},
    )
    max_positives: int = parameter(
        0,
        label="Max positives per image",
        help="At most this many positives are taken from an image: ground-truth boxes first, then proposals "
        "at random; 0 = no limit.",
        min=0,
        max=100_000,
        zero="no limit",
    )
    max_negatives: int = parameter(
        0,
        label="Max negatives per image",
        help="At most this many negatives are taken from an image; 0 = no limit.",
        min=0,
        max=100_000,
        zero="no limit",
    )
    set_positives: int = parameter(
        0,
        label="Max positives in total",
        help="At most this many positives over the whole set, shared among the images in proportion to those "
        "they have; 0 = no limit.",
        min=0,
        max=_MAX_COUNT,
        zero="no limit",
    )
    set_negatives: int = parameter(
        0,
        label="Max negatives in total",
        help="At most this many negatives over the whole set, shared among the images in proportion to those "
        "they have; 0 = no limit.",
        min=0,
        max=_MAX_COUNT,
        zero="no limit",
    )
    empty_images: bool = parameter(
        True,
        label="Use background images",
        help="Sample negatives from images without any object, too: they are the surest ones. The article "
        "leaves these images out.",
    )
    truth_boxes: bool = parameter(
        False,
        label="Add ground-truth boxes as positives",
        help="The ground-truth box of every object becomes a positive crop, as in R-CNN.",
    )
    jitter: int = parameter(
        0,
        label="Jittered boxes per object",
        help="Augmentation: this many copies of each ground-truth box are added, shifted and scaled at "
        "random, and labelled as proposals are.",
        min=0,
        max=100,
    )
    jitter_shift: float = parameter(
        0.1,
        label="Jitter: shift",
        help="Largest shift of a jittered box, as a fraction of the object's width and height.",
        min=0.0,
        max=1.0,
        step=0.05,
    )
    jitter_scale: float = parameter(
        0.2,
        label="Jitter: scale",
        help="Largest change of a jittered box's width and of its height, as a fraction of each.",
        min=0.0,
        max=0.9,
        step=0.05,
    )
    jitter_iou: float = parameter(
        0.5,
        label="Jitter: minimum IoU",
        help="A jittered box with a lower IoU with its object is not used.",
        min=0.0,
        max=1.0,
        step=0.05,
    )
    crop_min_side: int = parameter(
        0,
        label="Minimum side of a crop's box",
        help="A box with a shorter side becomes no crop. The ranks of the others stay, which the minimum "
        "side of proposals changes.",
        unit="px",
        min=0,
        max=1000,
    )
    crop_nms: float = parameter(
        1.0,
        label="Deduplicate above IoU",
        help="A box becomes no crop when its IoU with a higher-ranked crop of the same label is above this; "
        "ground-truth boxes come first. 1 keeps all.",
        min=0.05,
        max=1.0,
        step=0.05,
    )
    labels: str = parameter(
        BINARY,
        label="Classes",
        help="Classes of the crops. binary: positive 1, negative 0, as in the article. category: a positive "
        "has the category of the object it overlaps most, counted from 1 in the order of category ids; "
        "negatives are the background, 0.",
        choices={BINARY: "positive and negative", CATEGORY: "by category"},
    )
    seed: int = parameter(
        0,
        label="Random seed",
        help="Seed of the random choices: another seed gives others.",
        min=0,
        max=2**31 - 1,
    )

    @property
    def planned(self) -> bool:
        """Whether all images have to be counted before the first crop is cut."""
        return bool(self.set_positives or self.set_negatives or (self.ratio and self.ratio_over == "set"))

    def negatives_beside(self, positives: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many negatives the ratio allows, rounded down: int64, of the shape of `positives`."""
        # Plus 1e-9: 0.29 * 100 is 28.999999999999996.
        return np.floor(self.ratio * positives + 1e-9).astype(np.int64)
