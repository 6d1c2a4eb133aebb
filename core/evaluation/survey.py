"""Coverage of a data set's objects under a setup, measured image by image, and images worst first."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from core import ranking
from core.datasets import CocoDataset
from core.errors import BoxscopeError, unexpected
from core.evaluation.coverage import Coverage, coverage, worst_first
from core.evaluation.outcome import FalsePositives, Limit, Outcome, worst_false_first
from core.evaluation.recall import RecallRule
from core.executors import background
from core.executors.background import Indices
from core.pipeline import Setup

# Images that are measured at most: more would take minutes even with a fast proposer.
MAX_IMAGES = 2000


class Criteria(NamedTuple):
    """By what images are judged: which proposals count, and when one finds an object.

    Attributes
    ----------
    setup : Setup
        Of what it proposes, the first `top` count.
    recall : RecallRule
    score : float or None
        The least score of a proposal that counts; None for all.
    """

    setup: Setup
    recall: RecallRule = RecallRule()
    score: float | None = None

    @property
    def limit(self) -> Limit:
        """Which proposals count."""
        return Limit(self.setup.top, self.score)


class CoverageSurvey(background.Survey[Outcome | None]):
    """The outcomes of one image after another, measured in a thread.

    They do not depend on the recall threshold and on which proposals count: both are applied afterwards.

    Parameters
    ----------
    outcome_of : callable
        Returns the outcome of the image of an index; an error means that it cannot be measured.
    """

    def __init__(self, outcome_of: Callable[[int], Outcome]) -> None:
        super().__init__(self._measured)
        self._outcome_of = outcome_of

    def _measured(self, index: int) -> Outcome | None:
        try:
            return self._outcome_of(index)
        except BoxscopeError:
            return None  # the error is shown when this image is opened
        except Exception as error:
            unexpected(error)
            return None

    def failed(self, indices: Indices) -> int:
        """Return how many of these images could not be measured."""
        return sum(self.is_done(index) and self.result(index) is None for index in indices.tolist())

    def coverage(self, index: int, criteria: Criteria) -> Coverage | None:
        """Return the coverage of an image's objects; None if it is not measured."""
        outcome = self.result(index)
        return None if outcome is None else coverage(outcome.best(criteria.limit), criteria.recall)

    def false_positives(self, index: int, criteria: Criteria) -> FalsePositives | None:
        """Return the false positives of an image; None if it is not measured."""
        outcome = self.result(index)
        return None if outcome is None else outcome.worst_false(criteria.limit, criteria.recall)


def to_measure(
    dataset: CocoDataset, indices: Indices, empty: bool = False, most: int | None = MAX_IMAGES
) -> Indices:
    """Return the images that are measured of these: the first ones that have objects.

    Parameters
    ----------
    dataset : CocoDataset
    indices : int64 (I,)
    empty : bool
        Whether those that surely have none are measured as well, for their false positives.
    most : int or None
        None for all.
    """
    wanted = dataset.object_counts[indices] > 0
    if empty:
        wanted |= dataset.surely_empty[indices]
    return indices[wanted][:most]


def coverages(
    survey: CoverageSurvey,
    dataset: CocoDataset,
    indices: Indices,
    criteria: Criteria,
    measured: int,
    empty: bool = False,
) -> list[Coverage | None]:
    """Return the coverage of images: all that surely have no objects, and of the others what is measured.

    Parameters
    ----------
    survey : CoverageSurvey
    dataset : CocoDataset
    indices : int64 (I,)
    criteria : Criteria
    measured : int
        How many images, in the order of the file.
    empty : bool
        See :func:`to_measure`.

    Raises
    ------
    BoxscopeError
        Not all of them are measured.
    """
    known = _measured(survey, dataset, indices, measured, empty)
    without = dataset.surely_empty[indices]
    return [
        Coverage(0, 0, 1.0) if none else survey.coverage(index, criteria) if index in known else None
        for index, none in zip(indices.tolist(), without, strict=True)
    ]


def false_positives(
    survey: CoverageSurvey, dataset: CocoDataset, indices: Indices, criteria: Criteria, measured: int
) -> list[FalsePositives | None]:
    """Return the false positives of images that are measured, see :func:`coverages`; `empty` is True."""
    known = _measured(survey, dataset, indices, measured, empty=True)
    return [survey.false_positives(index, criteria) if index in known else None for index in indices.tolist()]


def _measured(
    survey: CoverageSurvey, dataset: CocoDataset, indices: Indices, measured: int, empty: bool
) -> set[int]:
    first = to_measure(dataset, np.sort(indices), empty)[:measured]
    if survey.done(first) < len(first):
        raise BoxscopeError("these images are not measured yet", "worst first")
    return set(first.tolist())


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


def among(indices: Indices, some: Indices) -> Indices:
    """Return those of the images that are among some, in their order; all of them where none is."""
    left = indices[np.isin(indices, some)]
    return left if len(left) else indices


def order_worst_false_first(indices: Indices, found: Sequence[FalsePositives | None]) -> Indices:
    """Return images, the one with the false positive of the highest score first."""
    return indices[worst_false_first(found)]


def with_false_positives(indices: Indices, found: Sequence[FalsePositives | None]) -> Indices:
    """Return those of the images that are known to have a false positive, in their order."""
    return indices[np.array([each is not None and each.number > 0 for each in found], dtype=bool)]
