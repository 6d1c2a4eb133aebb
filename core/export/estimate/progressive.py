"""The dry run in the background: an estimate that grows more exact with every image."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from core.caching.memory import MemoryCache
from core.errors import BoxscopeError, unexpected
from core.executors.background import Indices, Survey
from core.export.config import ExportConfig
from core.export.estimate.breakdown import Inside, negatives_inside
from core.export.estimate.contact_sheet import ExampleCrop, crops_by_iou, example_crops
from core.export.estimate.proposed import ProposedBoxes
from core.export.estimate.result import Estimate
from core.export.estimate.single_pass import evenly_spread
from core.export.estimate.sizes import CropSample, cuts_crops, sample_crops
from core.export.estimate.tally import (
    LEFT_IGNORED,
    UNCHOSEN,
    Counts,
    Tally,
    estimated_quotas,
    outcomes_by_iou,
    tally,
)
from core.export.estimate.totals import extrapolate
from core.export.folder import ExportFolder
from core.images import Image

# More images narrow the interval little: with n it is 1 / sqrt(n) as wide as with one, 3 % with 1,000.
MAX_IMAGES = 1000
# Bytes of proposed boxes, 16 each, that a dry run needs: 1,000 images of 4,000 boxes each.
_BOX_BYTES = 64_000_000
# Crops cut to measure the bytes of one: from so many images, and so many of each.
_CUT_IMAGES, _CUT_CROPS = 24, 6


class _Shown(NamedTuple):
    """What is shown of the first images; see :class:`DryRunState`."""

    outcomes: Counts
    written: Counts
    examples: list[list[ExampleCrop]]
    inside: Inside


class DryRunState(NamedTuple):
    """The results of a dry run so far.

    Attributes
    ----------
    estimate : Estimate
    looked_at, target : int
        Images that are done, and that are to be done.
    done : bool
        Whether the dry run is complete.
    shown_images : int
        The first images, which all that follows is of. A power of two, or all images: so that it changes
        rarely, and not with every image.
    outcomes : int64 (BINS, 4)
        What becomes of their boxes, see :func:`core.export.estimate.tally.outcomes_by_iou`.
    written : int64 (contact_sheet.BINS,)
        Their crops by IoU.
    examples : list of list of ExampleCrop
        Some of these crops by IoU.
    inside : Inside
        How many of the negatives lie inside an object.
    """

    estimate: Estimate
    looked_at: int
    target: int
    done: bool
    shown_images: int
    outcomes: Counts
    written: Counts
    examples: list[list[ExampleCrop]]
    inside: Inside

    @property
    def why_nothing(self) -> str:
        """Why an export would write no crop; empty where it writes some, or that is not certain yet."""
        estimate = self.estimate
        if estimate.crops or not (self.done and (estimate.exact or estimate.counted)):
            return ""
        unchosen, ignored = (int(self.outcomes[:, kind].sum()) for kind in (UNCHOSEN, LEFT_IGNORED))
        if not unchosen + ignored:
            return "There is nothing to export: no image has a proposal."
        return (
            f"There is nothing to export: of all {unchosen + ignored:,} boxes, the label rule ignores "
            f"{ignored:,} and the sampling leaves out {unchosen:,}."
        )


class DryRun:
    """The dry run of one export configuration, more exact with every image.

    Parameters
    ----------
    config : ExportConfig
    propose : callable
        Returns the proposed boxes of an image by its index. It is called again for images whose crops are
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
        self._shown = MemoryCache[_Shown](2)

    def update(self, folder: ExportFolder, seconds: float) -> DryRunState:
        """Return the results so far; more images are processed in the background.

        Parameters
        ----------
        folder : ExportFolder
            Of the export: an interrupted run may have counted all images there.
        seconds : float
            How long to wait for the remaining images.
        """
        indices = self._indices()
        looked_at = self._tallies.measure(indices, seconds)
        complete = looked_at == len(indices)
        tallies = self._known_tallies(indices[:looked_at])
        enough_cut = self._cut_crops(tallies, complete, seconds)
        shown_images = looked_at if complete else (1 << looked_at.bit_length()) >> 1
        shown = self._shown.get(shown_images, lambda: self._show(tallies[:shown_images]))
        return DryRunState(
            extrapolate(self._config, tallies, self._known_samples(), folder),
            looked_at,
            len(indices),
            enough_cut and complete,
            shown_images,
            *shown,
        )

    def _indices(self) -> Indices:
        """Return the images to process: as many as have room for their boxes."""
        indices = np.array(evenly_spread(len(self._config.dataset), MAX_IMAGES), np.int64)
        first = self._known_tallies(indices[:16])
        boxes = sum(int(tallied.kinds.sum()) for tallied in first)
        return indices[: int(_BOX_BYTES * len(first) / (16 * boxes))] if boxes else indices

    def _known_tallies(self, indices: Indices) -> list[Tally]:
        known = (self._tallies.result(index) for index in indices)
        return [tallied for tallied in known if tallied is not None]

    def _tally(self, index: int) -> Tally:
        try:
            return tally(self._config, index, self._propose(index))
        except Exception as error:
            return tally(self._config, index, ProposedBoxes.none(unexpected(error), 0.0))

    def _cut_crops(self, tallies: list[Tally], complete: bool, seconds: float) -> bool:
        """Cut crops of the first images that have any; return whether there are enough of them."""
        if not cuts_crops(self._config):
            return True
        quotas = estimated_quotas(self._config, tallies).tolist()
        for tallied, (positives, negatives) in zip(tallies, quotas, strict=True):
            if len(self._quotas) < _CUT_IMAGES and positives + negatives:
                self._quotas.setdefault(tallied.image_index, (positives, negatives))
        indices = np.array([*self._quotas], np.int64)
        done = self._samples.measure(indices, seconds) == len(indices)
        return done and (complete or len(indices) == _CUT_IMAGES)

    def _sample(self, index: int) -> CropSample | None:
        try:
            proposed, image = self._propose(index), self._read(index)
            return sample_crops(self._config, index, proposed, image, self._quotas[index], _CUT_CROPS)
        except BoxscopeError:
            return None  # removed since its boxes were proposed
        except Exception as error:
            unexpected(error)
            return None

    def _known_samples(self) -> dict[int, CropSample]:
        known = ((index, self._samples.result(index)) for index in self._quotas)
        return {index: sample for index, sample in known if sample is not None}

    def _show(self, tallies: list[Tally]) -> _Shown:
        config, quotas = self._config, estimated_quotas(self._config, tallies)
        return _Shown(
            outcomes_by_iou(tallies, quotas),
            crops_by_iou(tallies, quotas),
            example_crops(config, tallies, quotas, self._propose),
            negatives_inside(tallies, quotas, config.setup.rule),
        )
