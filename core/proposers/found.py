"""The result of a proposer, and the identity of the image it is run on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.boxes import Boxes
from core.proposers.origins import Origins


@dataclass(frozen=True)
class ImageRef:
    """The identity of an image of a data set, for proposers that look boxes up; without its ground truth.

    Attributes
    ----------
    image_id : int
        COCO's id.
    file_name : str
        As in the annotations.
    width, height : int
        Of the picture, pixels.
    """

    image_id: int
    file_name: str
    width: int
    height: int


@dataclass(frozen=True, eq=False)
class Found:
    """The proposals of an image, best first.

    Attributes
    ----------
    boxes : float32 (N, 4)
    scores : float32 (N,), or None
        The proposer's confidence in each; None where it has no scores.
    origins : Origins or None
        The step that each comes from; None where the proposer does not record it.
    """

    boxes: Boxes
    scores: NDArray[np.float32] | None = None
    origins: Origins | None = None

    def take(self, rows: NDArray[np.int64] | slice) -> "Found":
        """Return the proposals of some rows, in the order of these."""
        scores = None if self.scores is None else self.scores[rows]
        return Found(self.boxes[rows], scores, None if self.origins is None else self.origins.take(rows))
