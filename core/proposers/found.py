"""What goes into a proposer beside the picture, and what comes out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.boxes import Boxes
from core.proposers.origins import Origins


@dataclass(frozen=True)
class ImageRef:
    """Which image of a data set a picture is, for a proposer that looks its boxes up; never its truth.

    Attributes
    ----------
    image_id : int
        COCO's id.
    file_name : str
        As the annotations have it.
    width, height : int
        Of the picture, pixels.
    """

    image_id: int
    file_name: str
    width: int
    height: int


@dataclass(frozen=True, eq=False)
class Found:
    """What a proposer gives for an image, best first.

    Attributes
    ----------
    boxes : float32 (N, 4)
    scores : float32 (N,), or None
        How sure the proposer is of each; None where it tells no score.
    origins : Origins or None
        Which of its steps each comes from; None where it does not tell.
    """

    boxes: Boxes
    scores: NDArray[np.float32] | None = None
    origins: Origins | None = None

    def take(self, rows: NDArray[np.int64] | slice) -> "Found":
        """Return some rows, in the order of these, with their scores and origins."""
        scores = None if self.scores is None else self.scores[rows]
        return Found(self.boxes[rows], scores, None if self.origins is None else self.origins.take(rows))
