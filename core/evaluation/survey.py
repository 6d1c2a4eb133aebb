"""Coverage of a data set's objects under a setup, measured image by image, and images worst first."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from core import ranking
from core.datasets import CocoDataset
from core.errors import BoxscopeError, unexpected
from core.evaluation.coverage import Coverage, coverage, worst_first
from core.evaluation.evaluation import ALL
from core.evaluation.overlap import Records
from core.evaluation.recall import RecallRule
from core.executors import background
from core.executors.background import Indices
from core.pipeline import Setup

# Images that are measured at most: more would take minutes even with a fast proposer.
MAX_IMAGES = 2000
_RECALL = RecallRule()


class CoverageSurvey(background.Survey[Records | None]):
    """Overlap records of one image after another, measured in a thread.

    They do not depend on the recall threshold and the number of proposals shown: both are applied afterwards.

    Parameters
    ----------
    records_of : callable
        Returns the records of the image of an index; an error means that it cannot be measured.
    """

    def __init__(self, records_of: Callable[[int], Records]) -> None:
        super().__init__(self._measured)
        self._records_of = records_of

    def _measured(self, index: int) -> Records | None:
        try:
            return self._records_of(index)
        except BoxscopeError:
            return None  # the error is shown when this image is opened
        except Exception as error:
            unexpected(error)
            return None

    def failed(self, indices: Indices) -> int:
        """Return how many of these images could not be measured."""
        return sum(self.is_done(index) and self.result(index) is None for index in indices.tolist())

    def coverage(self, index: int, top: int, recall: RecallRule) -> Coverage | None:
        """Return an image's coverage by its first `top` proposals, 0 for all; None if it is not measured."""
        records = self.result(index)
        return None if records is None else coverage(records.best(top or ALL), recall)


def to_measure(dataset: CocoDataset, indices: Indices) -> Indices:
    """Return the images that are measured of these: the first ``MAX_IMAGES`` that have objects."""
    return indices[dataset.object_counts[indices] > 0][:MAX_IMAGES]


def coverages(
    survey: CoverageSurvey,
    dataset: CocoDataset,
    indices: Indices,
    setup: Setup,
    measured: int,
    recall: RecallRule = _RECALL,
) -> list[Coverage | None]:
    """Return the coverage of images: all that surely have no objects, and the first `measured` of the others.

    Parameters
    ----------
    survey : CoverageSurvey
    dataset : CocoDataset
    indices : int64 (I,)
    setup : Setup
        Its `top` is applied.
    measured : int
        Images, in the order of the file.
    recall : RecallRule

    Raises
    ------
    BoxscopeError
        Not all of them are measured.
    """
    first = to_measure(dataset, np.sort(indices))[:measured]
    if survey.done(first) < len(first):
        raise BoxscopeError("these images are not measured yet", "worst first")
    measured_indices = set(first.tolist())
    empty = dataset.surely_empty[indices]
    return [
        Coverage(0, 0, 1.0)
        if none
        else survey.coverage(index, setup.top, recall)
        if index in measured_indices
        else None
        for index, none in zip(indices.tolist(), empty, strict=True)
    ]


def other_order(setup: Setup) -> Setup | None:
    """Return a setup with the order to compare with, see :func:`core.ranking.other_order`.

    None where the order decides nothing: all proposals count, and none is dropped for a better one.
    """
    if not setup.top and setup.nms == 1:
        return None
    return replace(setup, order=ranking.other_order(setup.ranked_by))


def order_worst_first(indices: Indices, coverages: Sequence[Coverage | None]) -> Indices:
    """Return images, worst first by their coverages, see :func:`core.evaluation.worst_first`."""
    return indices[worst_first(coverages)]


def with_misses(indices: Indices, coverages: Sequence[Coverage | None]) -> Indices:
    """Return those of the images that are known to have a missed object, in their order."""
    return indices[np.array([each is not None and each.missed > 0 for each in coverages], dtype=bool)]
