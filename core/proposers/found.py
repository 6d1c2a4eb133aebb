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
    image_id : int or None
        COCO's id; None for a picture of no data set.
    file_name : str
        As in the annotations; the path of a picture of no data set.
    width, height : int
        Of the picture, pixels.
    other_ids : tuple of int
        Further ids under which the data set lists the image.
    alone : bool
        Whether no other image of the data set has the last part of its file name.
    """

    image_id: int | None
    file_name: str
    width: int
    height: int
    other_ids: tuple[int, ...] = ()
    alone: bool = True


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
    categories : int64 (N,), or None
        The category id that the proposer gives each; None where it knows none.
    remark : str
        What is to be said of the proposals of this picture, as a sentence without a full stop; or empty.
    """

    boxes: Boxes
    scores: NDArray[np.float32] | None = None
    origins: Origins | None = None
    categories: NDArray[np.int64] | None = None
    remark: str = ""

    def take(self, rows: NDArray[np.int64] | slice) -> "Found":
        """Return the proposals of some rows, in the order of these."""
        scores = None if self.scores is None else self.scores[rows]
        categories = None if self.categories is None else self.categories[rows]
        origins = None if self.origins is None else self.origins.take(rows)
        return Found(self.boxes[rows], scores, origins, categories, self.remark)
