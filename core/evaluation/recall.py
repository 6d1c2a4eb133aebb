"""When an object counts as found, which is apart from what makes a proposal a positive crop."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.parameters import Checked, parameter


@dataclass(frozen=True)
class RecallRule(Checked):
    """When an object is found: a proposal overlaps it by at least the threshold, as in COCO's recall."""

    recall_iou: float = parameter(
        0.5,
        label="Recall at IoU",
        help="An object is found when at least one of the proposals shown has this IoU with it or more. The "
        "labels of crops have thresholds of their own.",
        min=0.05,
        max=1.0,
        step=0.05,
    )

    def passes(self, iou: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Return whether each best IoU of an object finds it: bool, of the same shape."""
        return np.asarray(iou >= np.float32(self.recall_iou))
