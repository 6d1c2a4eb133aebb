"""The ground truth of one image: G objects."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.boxes import Boxes


class Masks(Protocol):
    """The masks of an image's objects; read when they are asked for, see `core.datasets.object_masks`."""

    def pixels_in(self, boxes: Boxes) -> NDArray[np.int32]:
        """Return how many pixels of any mask lie in each box: int32 (N,)."""
        ...


@dataclass(frozen=True, eq=False)
class Truth:
    """The ground truth of one image.

    Attributes
    ----------
    boxes : float32 (G, 4)
        Cut to the image where its size is known.
    category : int64 (G,)
        Category ids as in the file.
    area : float64 (G,)
        As annotated (of the mask, mostly), or of the box where the file does not say; square pixels.
    crowd : bool (G,)
        A region of many objects, which counts neither as found nor as missed.
    ids : int64 (G,)
        Annotation ids as in the file; one that is no integer there is replaced by an unused integer.
    masks : Masks or None
        Of all the objects of one image, crowd regions too; None where they are not known.
    """

    boxes: Boxes
    category: NDArray[np.int64]
    area: NDArray[np.float64]
    crowd: NDArray[np.bool_]
    ids: NDArray[np.int64]
    masks: Masks | None = None

    @property
    def objects(self) -> NDArray[np.int64]:
        """Rows that are single objects, not crowd regions: int64 (number of objects,)."""
        return np.flatnonzero(~self.crowd)

    def rows(self, rows: NDArray[np.generic] | slice) -> "Truth":
        """Return the truth of some rows, without masks."""
        return Truth(self.boxes[rows], self.category[rows], self.area[rows], self.crowd[rows], self.ids[rows])
