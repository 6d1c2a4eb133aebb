"""The proposals of the images of data sets, computed once for all who ask and kept within a bound.

What decides the boxes of an image are its picture and, of a setup, the proposer, the order and the filters:
another label rule or another number of proposals shown asks for no proposer.
"""

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core import pipeline
from core.boxes import Boxes
from core.caching.memory import Once, nbytes
from core.datasets import CocoDataset
from core.evaluation.overlap import Records, records
from core.files import files_at
from core.images import Image
from core.labelling import LabelRule, Matches, matches, object_overlaps
from core.pipeline import Proposals, Setup
from core.proposers import Origins


@dataclass(frozen=True, eq=False)
class ImageProposals:
    """All proposals of one image, and how they overlap its truth.

    Attributes
    ----------
    boxes : float32 (N, 4)
        Best first, whatever the setup's `top` says: the top ones are the head of the list.
    origins : Origins or None
    scores : float32 (N,), or None
    matches : Matches
    records : Records
    width, height : int
        Of the picture, pixels.
    seconds : float
        Spent in the proposer.
    seconds_read : float
        Spent before that, to have the picture.
    """

    boxes: Boxes
    origins: Origins | None
    scores: NDArray[np.float32] | None
    matches: Matches
    records: Records
    width: int
    height: int
    seconds: float
    seconds_read: float

    def labelled(self, rule: LabelRule) -> Proposals:
        """Return the proposals with the labels of a rule."""
        return Proposals(self.boxes, self.matches.labels(rule), self.seconds, self.origins, self.scores)

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays, and some 1,000 for what holds them."""
        own = nbytes(self.boxes, self.scores, self.matches.iou, self.matches.match, self.matches.in_crowd)
        steps = 0 if self.origins is None else nbytes(self.origins.step, self.origins.level)
        return own + steps + nbytes(*self.records.rank, *self.records.iou) + 1000


class ProposalStore:
    """The proposals of images under setups, each computed once.

    Parameters
    ----------
    limit : int
        Bytes that are kept; what was asked for last stays longest.
    """

    def __init__(self, limit: int) -> None:
        self._kept = Once[ImageProposals](limit, lambda found: found.nbytes)

    def get(
        self,
        dataset: CocoDataset,
        index: int,
        setup: Setup,
        read: Callable[[int], Image] | None = None,
        background: bool = False,
    ) -> ImageProposals:
        """Return the proposals of an image; a second caller waits for the first.

        Parameters
        ----------
        dataset : CocoDataset
        index : int
        setup : Setup
        read : callable or None
            Returns the picture of an index to who keeps decoded ones; None is :meth:`CocoDataset.read`.
        background : bool
            Asked by work over a whole data set, see :meth:`core.caching.memory.Once.get`.

        Raises
        ------
        BoxscopeError
            See :func:`core.pipeline.look`.
        """
        boxes_only = deciding(setup)
        key = (*image_key(dataset, index), boxes_only)
        return self._kept.get(key, lambda: _computed(dataset, index, boxes_only, read), background)

    @property
    def nbytes(self) -> int:
        """Bytes of what is kept."""
        return int(self._kept.weight)


def _computed(
    dataset: CocoDataset, index: int, setup: Setup, read: Callable[[int], Image] | None
) -> ImageProposals:
    setup.proposer.prepare()  # loads kernels, which is no cost of this image
    start = time.perf_counter()
    image = (read or dataset.read)(index)
    seconds_read, truth = time.perf_counter() - start, dataset.truth(index)
    _, found, seconds = pipeline.boxes_of(setup, dataset, index, lambda _: image)
    boxes = found.boxes
    overlaps = object_overlaps(boxes, truth)
    height, width = image.shape[:2]
    return ImageProposals(
        boxes,
        found.origins,
        found.scores,
        matches(boxes, truth, overlaps),
        records(boxes, truth, overlaps),
        width,
        height,
        seconds,
        seconds_read,
    )


def deciding(setup: Setup) -> Setup:
    """Return the part of a setup that decides the boxes, with the rest as by default."""
    return dataclasses.replace(setup, top=0, rule=LabelRule())


def image_key(dataset: CocoDataset, index: int) -> tuple[str, int, int, str, int]:
    """Return what names an image and its truth as they are on disk at this moment."""
    annotations, path = dataset.annotations, dataset.path(index)
    changed, picture_changed = files_at(annotations).modified(), files_at(path).modified()
    return str(annotations), changed, index, str(path), picture_changed
