"""The parameters of sampling: which boxes become crops, and how they are cut."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.cutting import Cut
from core.parameters import Checked, parameter, part

_MAX_COUNT = 1_000_000_000
BINARY, CATEGORY = "binary", "category"


@dataclass(frozen=True)
class Sampling(Checked):
    """The choice of boxes that become crops, and how these are cut. The defaults are the article's.

    A :class:`core.labelling.LabelRule` sets what is positive, negative or ignored, since labels are drawn and
    measured without any export too. A :class:`core.sampling.Preset` holds both.
    """

    cut: Cut = part(Cut(), flat=True)
    negatives_first: int = parameter(
        400,
        label="Negatives among the first",
        help="A negative proposal can become a crop when its rank is below this. Every positive can.",
        unit="proposals",
        min=0,
        max=100_000,
        step=50,
    )
    negatives: str = parameter(
        "rank",
        label="Negatives by",
        help="Which come first where not all are taken. rank: the best proposals. random. hardest: the "
        "highest IoU. bins: as many of each bin of IoU, drawn at random.",
        choices=("rank", "random", "hardest", "bins"),
    )
    bins: int = parameter(
        10, label="Bins of IoU", help="Of equal width, from 0 to 1; for negatives by bins.", min=2, max=100
    )
    per_bin: int = parameter(
        10,
        label="Negatives of a bin",
        help="At most so many of each bin of an image; for negatives by bins.",
        min=1,
        max=10_000,
    )
    ratio: float = parameter(
        0.0,
        label="Negatives per positive",
        help="At most so many times as many negatives as positives; 0 sets no limit. R-CNN, Fast R-CNN: 3.",
        min=0.0,
        max=1000.0,
        step=0.5,
    )
    ratio_over: str = parameter(
        "image",
        label="Ratio within",
        help="image: of each image, so one without positives gives no negatives. set: of all images.",
        choices=("image", "set"),
    )
    max_positives: int = parameter(
        0,
        label="Positives of an image",
        help="At most; objects come first, then proposals at random. 0 takes all.",
        min=0,
        max=100_000,
    )
    max_negatives: int = parameter(
        0, label="Negatives of an image", help="At most; 0 takes all.", min=0, max=100_000
    )
    set_positives: int = parameter(
        0,
        label="Positives of the set",
        help="At most, shared among the images in proportion to what they have; 0 takes all.",
        min=0,
        max=_MAX_COUNT,
    )
    set_negatives: int = parameter(
        0,
        label="Negatives of the set",
        help="At most, shared among the images in proportion to what they have; 0 takes all.",
        min=0,
        max=_MAX_COUNT,
    )
    empty_images: bool = parameter(
        True,
        label="Images without objects",
        help="Take crops of images without any object: the surest negatives. The article left them out.",
    )
    truth_boxes: bool = parameter(
        False, label="Objects themselves", help="Add every object's own box as a positive, as R-CNN does."
    )
    jitter: int = parameter(
        0,
        label="Jittered boxes of an object",
        help="Add so many boxes near each object, moved and scaled at random; labelled as proposals are.",
        min=0,
        max=100,
    )
    jitter_shift: float = parameter(
        0.1,
        label="Jitter: shift",
        help="At most, as a part of the object's width and height.",
        min=0.0,
        max=1.0,
        step=0.05,
    )
    jitter_scale: float = parameter(
        0.2,
        label="Jitter: scale",
        help="Width and height change at most by this part of themselves, each on its own.",
        min=0.0,
        max=0.9,
        step=0.05,
    )
    jitter_iou: float = parameter(
        0.5,
        label="Jitter: least IoU",
        help="A jittered box that overlaps its object less is not used.",
        min=0.0,
        max=1.0,
        step=0.05,
    )
    crop_min_side: int = parameter(
        0,
        label="Shortest side of a crop's box",
        help="A shorter one becomes no crop; ranks stay, unlike with the minimum side of proposals.",
        unit="px",
        min=0,
        max=1000,
    )
    crop_nms: float = parameter(
        1.0,
        label="No crops nearer than IoU",
        help="A box goes when one of the same label, by rank before it, overlaps it more; objects come "
        "first. 1 keeps all.",
        min=0.05,
        max=1.0,
        step=0.05,
    )
    labels: str = parameter(
        BINARY,
        label="Classes",
        help="What a crop's class is. binary: positive 1, negative 0, as in the article. category: that of "
        "the object it overlaps most, counted from 1 in the order of category ids; the background is 0.",
        choices={BINARY: "positive and negative", CATEGORY: "by category"},
    )
    seed: int = parameter(0, label="Seed", help="Another seed, other random choices.", min=0, max=2**31 - 1)

    @property
    def planned(self) -> bool:
        """Whether all images have to be counted before the first crop is cut."""
        return bool(self.set_positives or self.set_negatives or (self.ratio and self.ratio_over == "set"))

    def negatives_beside(self, positives: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many negatives the ratio allows, rounded down: int64, of the shape of `positives`."""
        # Plus 1e-9: 0.29 * 100 is 28.999999999999996.
        return np.floor(self.ratio * positives + 1e-9).astype(np.int64)
