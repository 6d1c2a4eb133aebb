"""The proposals of the images of data sets, computed once for all callers in a cache of limited size.

The boxes of an image depend on its picture and, of a setup, on the proposer, the order and the filters:
another label rule or another number of proposals shown needs no new run of the proposer.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core import pipeline
from core.boxes import Boxes
from core.caching.memory import MemoryCache, nbytes
from core.datasets import CocoDataset
from core.evaluation.outcome import Outcome
from core.evaluation.overlap import Records, records
from core.files import files_at
from core.images import Image
from core.labelling import LabelRule, Matches, matches, object_overlaps
from core.pipeline import Proposals, Setup
from core.proposals.proposer_cache import ProposerCache, run
from core.proposers import Origins
from core.ranking import DEFAULT_ORDER
from core.truth import Truth


@dataclass(frozen=True, eq=False)
class ImageProposals:
    """All proposals of one image, and how they overlap its truth.

    Attributes
    ----------
    boxes : float32 (N, 4)
        Best first, and all of them whatever the setup's `top` is: the top k are ``boxes[:k]``.
    origins : Origins or None
    scores : float32 (N,), or None
    categories : int64 (N,), or None
    matches : Matches
    records : Records
    width, height : int
        Of the picture, pixels.
    seconds : float
        Spent in the proposer.
    seconds_read : float
        Spent reading the picture before that.
    remark : str
        See :class:`core.proposers.Found`.
    """

    boxes: Boxes
    origins: Origins | None
    scores: NDArray[np.float32] | None
    categories: NDArray[np.int64] | None
    matches: Matches
    records: Records
    width: int
    height: int
    seconds: float
    seconds_read: float
    remark: str = ""

    def outcome(self, truth: Truth) -> Outcome:
        """Return what the proposals find of the truth of their image."""
        return Outcome.of(self.boxes, truth, self.scores, self.matches, self.records)

    def labelled(self, rule: LabelRule, truth: Truth) -> Proposals:
        """Return the proposals with the labels of a rule against the truth of their image.

        Raises
        ------
        BoxscopeError
            The rule asks for masks, which the file does not have or which cannot be read.
        """
        labels = self.matches.labels(rule, rule.mask_pixels(self.boxes, truth))
        return Proposals(self.boxes, labels, self.seconds, self.origins, self.scores, self.categories)

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays, and about 1,000 for the objects around them."""
        boxes = nbytes(self.boxes, self.scores, self.categories) + self.matches.nbytes
        steps = 0 if self.origins is None else nbytes(self.origins.step, self.origins.level)
        return boxes + steps + nbytes(*self.records.rank, *self.records.iou) + 1000


class ProposalStore:
    """The proposals of images under setups, each computed once.

    Parameters
    ----------
    limit : int
        Bytes in memory; the least recently used entries are dropped first.
    disk : ProposerCache or None
        Where the results of proposers are kept; None keeps none.
    """

    def __init__(self, limit: int, disk: ProposerCache | None = None) -> None:
        self._cache = MemoryCache[ImageProposals](limit, lambda found: found.nbytes)
        self._disk = disk

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
            Returns the picture at an index, for a caller that caches them; None is :meth:`CocoDataset.read`.
        background : bool
            The caller works through a whole data set, see :meth:`core.caching.memory.MemoryCache.get`.

        Raises
        ------
        BoxscopeError
            See :func:`core.pipeline.process_image`.
        """
        boxes_only = boxes_setup(setup)
        key = (*image_key(dataset, index), boxes_only, setup.proposer.state())
        return self._cache.get(key, lambda: self._computed(dataset, index, boxes_only, read), background)

    def _computed(
        self, dataset: CocoDataset, index: int, setup: Setup, read: Callable[[int], Image] | None
    ) -> ImageProposals:
        produce = run if self._disk is None else self._disk.result
        result, truth = produce(dataset, index, setup.proposer, read), dataset.truth(index)
        found = pipeline.ranked(setup, result.found)
        overlaps = object_overlaps(found.boxes, truth)
        return ImageProposals(
            found.boxes,
            found.origins,
            found.scores,
            found.categories,
            matches(found.boxes, truth, overlaps),
            records(found.boxes, truth, overlaps.iou),
            result.width,
            result.height,
            result.seconds,
            result.seconds_read,
            found.remark,
        )

    @property
    def nbytes(self) -> int:
        """Bytes of the cached proposals."""
        return int(self._cache.weight)


def boxes_setup(setup: Setup) -> Setup:
    """Return a setup with only the settings that the boxes depend on, the others at their defaults.

    An order that is the proposer's default is the default one, so that equal setups are one.
    """
    order = DEFAULT_ORDER if setup.ranked_by == setup.proposer.default_order else setup.order
    return dataclasses.replace(setup, order=order, top=0, rule=LabelRule())


def image_key(dataset: CocoDataset, index: int) -> tuple[str, int, int, str, int, str]:
    """Return a cache key of an image and its truth as they are on disk at this moment."""
    annotations, path = dataset.annotations, dataset.path(index)
    modified, picture_modified = files_at(annotations).modified(), files_at(path).modified()
    return str(annotations), modified, index, str(path), picture_modified, dataset.levels
