"""The dry run in the background: images are looked at one after another, and what is known can be asked."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from core.caching.memory import Once
from core.errors import BoxscopeError
from core.executors.background import Indices, Survey
from core.export.config import ExportConfig
from core.export.estimate.contact_sheet import ExampleCrop, crops_by_iou, example_crops
from core.export.estimate.proposed import ProposedBoxes
from core.export.estimate.result import Estimate
from core.export.estimate.single_pass import evenly_spread
from core.export.estimate.sizes import CropSample, cuts_crops, sample_crops
from core.export.estimate.tally import Counts, Tally, estimated_quotas, outcomes_by_iou, tally
from core.export.estimate.totals import extrapolate
from core.export.folder import ExportFolder
from core.images import Image

# More images narrow the interval little: with 1,000 it is some 3 % of what one image leaves open.
MOST = 1000
# Bytes of proposed boxes, 16 each, that a dry run asks for: 1,000 images of 4,000 boxes each.
_BOX_BYTES = 64_000_000
# Crops cut to see what one weighs: images, and crops of each.
_CUT_IMAGES, _CUT_CROPS = 24, 6


class _Steady(NamedTuple):
    """What is shown of the first images; see :class:`DryRunState`."""

    outcomes: Counts
    written: Counts
    examples: list[list[ExampleCrop]]


class DryRunState(NamedTuple):
    """What a dry run knows so far.

    Attributes
    ----------
    estimate : Estimate
    looked_at, wanted : int
        Images: so many of so many.
    done : bool
        Whether it goes no further.
    steady : int
        A power of two, or all of them: what is shown of so many changes rarely, and not with each image.
    outcomes : int64 (BINS, 4)
        What becomes of the boxes of the first `steady` images, see
        :func:`core.export.estimate.tally.outcomes_by_iou`.
    written : int64 (contact_sheet.BINS,)
        Crops of these images by IoU.
    examples : list of list of ExampleCrop
        Some of them by IoU.
    """

    estimate: Estimate
    looked_at: int
    wanted: int
    done: bool
    steady: int
    outcomes: Counts
    written: Counts
    examples: list[list[ExampleCrop]]


class DryRun:
    """What an export with one configuration would write, more exact with every image looked at.

    Parameters
    ----------
    config : ExportConfig
    propose : callable
        Returns the proposed boxes of an image by its index. It is asked again for images whose crops are
        cut or shown, so it should keep the boxes, some ``_BOX_BYTES`` of them.
    read : callable
        Returns the picture of an image by its index, uint8 (H, W, 3).
    """

    def __init__(
        self,
        config: ExportConfig,
        propose: Callable[[int], ProposedBoxes],
        read: Callable[[int], Image],
    ) -> None:
        self._config, self._propose, self._read = config, propose, read
        self._tallies = Survey[Tally](self._tally)
        self._samples = Survey[CropSample | None](self._sample)
        self._quotas: dict[int, tuple[int, int]] = {}
        self._steady = Once[_Steady](2)

    def update(self, folder: ExportFolder, seconds: float) -> DryRunState:
        """Look at more images in the background; returns what is known so far.

        Parameters
        ----------
        folder : ExportFolder
            Where a run that was broken off may have counted.
        seconds : float
            How long to wait for the rest.
        """
        indices = self._indices()
        looked_at = self._tallies.measure(indices, seconds)
        complete = looked_at == len(indices)
        known = [found for index in indices[:looked_at] if (found := self._tallies.known(index)) is not None]
        cut = self._cut_some(known, complete, seconds)
        steady = looked_at if complete else (1 << looked_at.bit_length()) >> 1
        shown = self._steady.get(steady, lambda: self._show(known[:steady]))
        return DryRunState(
            extrapolate(self._config, known, self._known_samples(), folder),
            looked_at,
            len(indices),
            cut and complete,
            steady,
            *shown,
        )

    def _indices(self) -> Indices:
        """Choose the images to look at: as many as their boxes leave room for."""
        indices = np.array(evenly_spread(len(self._config.dataset), MOST), np.int64)
        some = [found for index in indices[:16] if (found := self._tallies.known(index)) is not None]
        boxes = sum(int(found.kinds.sum()) for found in some)
        return indices[: int(_BOX_BYTES * len(some) / (16 * boxes))] if boxes else indices

    def _tally(self, index: int) -> Tally:
        return tally(self._config, index, self._propose(index))

    def _cut_some(self, known: list[Tally], complete: bool, seconds: float) -> bool:
        """Cut crops of the first images that give any; returns whether there are enough of them."""
        if not cuts_crops(self._config):
            return True
        given = estimated_quotas(self._config, known).tolist()
        for found, (positives, negatives) in zip(known, given, strict=True):
            if len(self._quotas) < _CUT_IMAGES and positives + negatives:
                self._quotas.setdefault(found.image_index, (positives, negatives))
        indices = np.array([*self._quotas], np.int64)
        done = self._samples.measure(indices, seconds) == len(indices)
        return done and (complete or len(indices) == _CUT_IMAGES)

    def _sample(self, index: int) -> CropSample | None:
        try:
            proposed, image = self._propose(index), self._read(index)
            return sample_crops(self._config, index, proposed, image, self._quotas[index], _CUT_CROPS)
        except BoxscopeError:
            return None  # gone since it was looked at

    def _known_samples(self) -> dict[int, CropSample]:
        known = ((index, self._samples.known(index)) for index in self._quotas)
        return {index: own for index, own in known if own is not None}

    def _show(self, known: list[Tally]) -> _Steady:
        config, given = self._config, estimated_quotas(self._config, known)
        return _Steady(
            outcomes_by_iou(known, given),
            crops_by_iou(known, given),
            example_crops(config, known, given, self._propose),
        )
