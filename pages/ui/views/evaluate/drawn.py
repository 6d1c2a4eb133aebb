"""What all parts of the page Evaluate show."""

from typing import NamedTuple

from core.datasets import CocoDataset
from pages.ui.state.choice import Choice
from pages.ui.views.evaluate.choices import EvaluateChoice


class Drawn(NamedTuple):
    """What all parts of the page show.

    Attributes
    ----------
    dataset : CocoDataset
    chosen : Choice
    page : EvaluateChoice
    iou : float
        From which an object is found, one of the thresholds of an evaluation.
    """

    dataset: CocoDataset
    chosen: Choice
    page: EvaluateChoice
    iou: float
