"""Ready choices of labels and crops, from the article and from the papers it builds on.

A preset sets the label rule, by which boxes are drawn without any export too, and the sampling, which selects
crops among the labelled boxes. Whole setups, with proposer and order, are :mod:`core.presets`.

- ``article``: positive above an IoU of 0.5, all else negative; every positive, the negatives among the first
  400, 224 x 224, warped.
- ``rcnn-finetune``: Girshick, Donahue, Darrell, Malik: Rich feature hierarchies (CVPR 2014), 2.3 and appendix
  A. Positive from 0.5 up, the objects among them; 32 positives to 96 negatives, at random; warped to 227 with
  16 pixels of context, the mean colour outside the picture.
- ``rcnn-svm``: the same, 2.3, for its classifiers. The objects alone are positive, negatives lie below 0.3,
  what is between is ignored. All negatives: the paper mines the hard ones among them.
- ``fast-rcnn``: Girshick: Fast R-CNN (ICCV 2015), 2.3. Of each image a quarter from 0.5 up, the rest from
  [0.1, 0.5), at random; objects are among the proposals, as in its published code. It pools features and
  cuts no crops, so the article's cut stays.
- ``hard-negatives``: the article's positives, and of each image the 100 negatives nearest to being positive:
  the likeliest errors of a classifier (the idea of Felzenszwalb et al., PAMI 2010; by IoU, since there is no
  classifier yet).
- ``per-iou-bin``: the article's positives, and of each image 10 negatives from every tenth of IoU, at random.
  The article's next part trains on such a sample.
"""

from dataclasses import dataclass, field

from core.cutting import Cut
from core.labelling import LabelRule
from core.sampling.settings import Sampling

ARTICLE_TITLE = "Multiple bounding box detection, part 2"
ARTICLE_URL = (
    "https://mmalek06.github.io/python/computer-vision/2024/11/02/multiple-bounding-box-detection-part2.html"
)
"""The article whose method the defaults follow."""

_ALL = 100_000
_RCNN = Cut(side=227, context=16)


@dataclass(frozen=True)
class Preset:
    """A choice of labels and crops.

    Attributes
    ----------
    description : str
        One line, for a list of presets.
    rule : LabelRule
    sampling : Sampling
    """

    description: str
    rule: LabelRule = field(default_factory=LabelRule)
    sampling: Sampling = field(default_factory=Sampling)


PRESETS = {
    "article": Preset("every positive, negatives from the first 400 proposals"),
    "rcnn-finetune": Preset(
        "R-CNN's fine-tuning: positive at IoU ≥ 0.5, ground-truth boxes added, 32 positives : 96 negatives, "
        "16 px context",
        LabelRule(iou=0.5, inclusive=True),
        Sampling(
            cut=_RCNN,
            negatives="random",
            negatives_first=_ALL,
            truth_boxes=True,
            ratio=3.0,
            ratio_over="set",
        ),
    ),
    "rcnn-svm": Preset(
        "R-CNN's SVM classifiers: only ground-truth boxes are positive, negative at IoU < 0.3",
        LabelRule(iou=1.0, inclusive=True, negative_below=0.3),
        Sampling(cut=_RCNN, negatives_first=_ALL, truth_boxes=True),
    ),
    "fast-rcnn": Preset(
        "Fast R-CNN: per image a quarter positives, IoU ≥ 0.5, the rest negatives, 0.1 ≤ IoU < 0.5",
        LabelRule(iou=0.5, inclusive=True, negative_from=0.1, negative_below=0.5),
        Sampling(negatives="random", negatives_first=_ALL, truth_boxes=True, ratio=3.0),
    ),
    "hard-negatives": Preset(
        "the article's positives, and per image the 100 negatives with the highest IoU",
        sampling=Sampling(negatives="hardest", negatives_first=_ALL, max_negatives=100),
    ),
    "per-iou-bin": Preset(
        "the article's positives, and per image 10 random negatives from each tenth of IoU",
        sampling=Sampling(negatives="bins", negatives_first=_ALL, bins=10, per_bin=10),
    ),
}
