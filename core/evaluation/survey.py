"""How well a setup covers the objects of a data set, measured image by image, and images worst first."""

from collections.abc import Callable

import numpy as np

from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.evaluation.coverage import Coverage, coverage, worst_first
from core.evaluation.overlap import Records
from core.executors import background
from core.executors.background import Indices
from core.labelling import LabelRule
from core.pipeline import Setup

# Measuring more would keep a person waiting for minutes even with a quick proposer.
MOST = 2000
_ALL = 2**31


class CoverageSurvey(background.Survey[Records | None]):
    """How well proposals cover the objects of one image after another, measured in a thread.

    The rule of the labels and the number of proposals shown do not matter to it: both are applied to
    what was measured.

    Parameters
    ----------
    records_of : callable
        Returns the records of the image of an index; a BoxscopeError means that it cannot be measured.
    """

    def __init__(self, records_of: Callable[[int], Records]) -> None:
        super().__init__(self._measured)
        self._records_of = records_of

    def _measured(self, index: int) -> Records | None:
        try:
            return self._records_of(index)
        except BoxscopeError:
            return None  # who opens this image is told why

    def failed(self, indices: Indices) -> int:
        """Count those of these images that could not be measured."""
        return sum(self.made(index) and self.known(index) is None for index in indices.tolist())

    def coverage(self, index: int, top: int, rule: LabelRule) -> Coverage | None:
        """Sum up an image among its first `top` proposals, 0 for all; None where it is not measured."""
        known = self.known(index)
        return None if known is None else coverage(known.best(top or _ALL), rule)


def to_measure(dataset: CocoDataset, indices: Indices) -> Indices:
    """Return those of some images that are measured: the first ``MOST`` of those that have objects."""
    return indices[dataset.object_counts[indices] > 0][:MOST]


def coverages(
    survey: CoverageSurvey, dataset: CocoDataset, indices: Indices, setup: Setup, measured: int
) -> list[Coverage | None]:
    """Return the coverage of images: of all without objects, and of the first `measured` of the others.

    Parameters
    ----------
    survey : CoverageSurvey
    dataset : CocoDataset
    indices : int64 (I,)
    setup : Setup
        Its `top` and label rule are applied.
    measured : int
        Images, in the order of the file.

    Raises
    ------
    BoxscopeError
        Fewer are measured.
    """
    leading = to_measure(dataset, np.sort(indices))[:measured]
    if survey.done(leading) < measured:
        raise BoxscopeError("these images are not measured yet", "worst first")
    known = set(leading.tolist())
    empty = dataset.object_counts[indices] == 0
    return [
        Coverage(0, 0, 1.0)
        if none
        else survey.coverage(index, setup.top, setup.rule)
        if index in known
        else None
        for index, none in zip(indices.tolist(), empty, strict=True)
    ]


def order_worst_first(
    survey: CoverageSurvey, dataset: CocoDataset, indices: Indices, setup: Setup, measured: int
) -> Indices:
    """Return images ordered worst first, see :func:`core.evaluation.worst_first`.

    Parameters and errors are those of :func:`coverages`.
    """
    return indices[worst_first(coverages(survey, dataset, indices, setup, measured))]
