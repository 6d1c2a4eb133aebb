"""The order of the images: the file's, or worst first, measured in the background."""

from collections.abc import Hashable
from functools import partial

from core.caching.memory import MemoryCache, nbytes
from core.datasets import CocoDataset
from core.datasets.search import ImageFilter, find_images
from core.evaluation import Coverage, RecallRule, Records, SetCoverage, set_coverage
from core.evaluation.survey import MAX_IMAGES as MAX_IMAGES
from core.evaluation.survey import CoverageSurvey, order_worst_first
from core.evaluation.survey import coverages as core_coverages
from core.evaluation.survey import to_measure as to_measure
from core.evaluation.survey import with_misses as core_with_misses
from core.executors.background import Indices
from core.pipeline import Setup
from core.proposals.store import boxes_setup
from pages.ui.state import cached

_surveys = MemoryCache[CoverageSurvey](8)
_orders = MemoryCache[Indices](50_000_000, nbytes)
_of_set = MemoryCache[SetCoverage](64)
_RECALL = RecallRule()


def survey(dataset: CocoDataset, setup: Setup) -> CoverageSurvey:
    """Return the survey of a data set under a setup, the same object at every call."""
    boxes_only = boxes_setup(setup)
    key = _key(dataset, "survey", boxes_only, setup.proposer.state())
    return _surveys.get(key, lambda: CoverageSurvey(partial(_records, dataset, boxes_only)))


def _records(dataset: CocoDataset, setup: Setup, index: int) -> Records:
    return cached.store.get(dataset, index, setup, background=True).records


def found(dataset: CocoDataset, wanted: ImageFilter) -> Indices:
    """Return the cached result of :func:`core.datasets.search.find_images`."""
    return _orders.get(_key(dataset, "find", wanted), lambda: find_images(dataset, wanted))


def matching(dataset: CocoDataset, wanted: ImageFilter) -> Indices:
    """Return the images that fit, all where none does."""
    some = found(dataset, wanted)
    return some if len(some) else found(dataset, ImageFilter())


def ordered(
    dataset: CocoDataset,
    wanted: ImageFilter,
    by: str,
    missed: bool,
    setup: Setup,
    measured: int,
    recall: RecallRule,
) -> Indices:
    """Return the images of the queue.

    Parameters
    ----------
    wanted : ImageFilter
    by : str
        ``file`` or ``worst``.
    missed : bool
        Whether only those with a missed object are listed; where none has one, all that fit are.
    setup, measured, recall
        See :func:`worst`.
    """
    if missed and len(some := with_misses(dataset, wanted, by, setup, measured, recall)):
        return some
    return worst(dataset, wanted, setup, measured, recall) if by == "worst" else matching(dataset, wanted)


def with_misses(
    dataset: CocoDataset, wanted: ImageFilter, by: str, setup: Setup, measured: int, recall: RecallRule
) -> Indices:
    """Return the images of the queue that are known to have a missed object."""
    indices = ordered(dataset, wanted, by, False, setup, measured, recall)
    return _orders.get(
        _key(dataset, "missed", wanted, by, setup, measured, recall, setup.proposer.state()),
        lambda: core_with_misses(indices, coverages(dataset, indices, setup, measured, recall)),
    )


def worst(
    dataset: CocoDataset, wanted: ImageFilter, setup: Setup, measured: int, recall: RecallRule = _RECALL
) -> Indices:
    """Return the images that fit, worst first.

    See :func:`core.evaluation.survey.order_worst_first`. By now more than `measured` images may have been
    measured, but the order for a `measured` does not change once it has been returned.
    """
    indices = matching(dataset, wanted)
    return _orders.get(
        _key(dataset, "worst", wanted, setup, measured, recall, setup.proposer.state()),
        lambda: order_worst_first(indices, coverages(dataset, indices, setup, measured, recall)),
    )


def coverages(
    dataset: CocoDataset, indices: Indices, setup: Setup, measured: int, recall: RecallRule = _RECALL
) -> list[Coverage | None]:
    """Return :func:`core.evaluation.survey.coverages` of the survey of a setup."""
    return core_coverages(survey(dataset, setup), dataset, indices, setup, measured, recall)


def whole_set(dataset: CocoDataset) -> Indices:
    """Return the images by which a whole data set is measured."""
    return to_measure(dataset, matching(dataset, ImageFilter()))


def of_set(dataset: CocoDataset, setup: Setup, recall: RecallRule) -> SetCoverage | None:
    """Return the coverage of the whole set, as far as it is measured at most; None before all of that is."""
    measurements, indices = survey(dataset, setup), whole_set(dataset)
    if measurements.done(indices) < len(indices):
        return None
    key = _key(dataset, "set", setup, recall, setup.proposer.state())
    each = (measurements.coverage(index, setup.top, recall) for index in indices.tolist())
    return _of_set.get(key, lambda: set_coverage(each))


def _key(dataset: CocoDataset, *rest: Hashable) -> Hashable:
    return *cached.dataset_key(dataset), *rest
