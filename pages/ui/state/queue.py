"""The order of the images: the file's, or worst first, measured in the background."""

from collections.abc import Hashable
from functools import partial
from typing import NamedTuple

from core.caching.memory import MemoryCache, nbytes
from core.datasets import CocoDataset
from core.datasets.search import ImageFilter, find_images
from core.evaluation import Coverage, SetCoverage, set_coverage
from core.evaluation.outcome import FalsePositives, Outcome
from core.evaluation.survey import MAX_IMAGES as MAX_IMAGES
from core.evaluation.survey import (
    CoverageSurvey,
    among,
    order_worst_false_first,
    order_worst_first,
    with_false_positives,
    with_misses,
)
from core.evaluation.survey import Criteria as Criteria
from core.evaluation.survey import coverages as core_coverages
from core.evaluation.survey import false_positives as core_false_positives
from core.evaluation.survey import to_measure as core_to_measure
from core.executors.background import Indices
from core.pipeline import Setup
from core.proposals.store import boxes_setup
from pages.ui.state import cached, precedence

_surveys = MemoryCache[CoverageSurvey](8)
_orders = MemoryCache[Indices](50_000_000, nbytes)
_of_set = MemoryCache[SetCoverage](64)

FILE, WORST, FALSE = "file", "worst", "false"
"""Orders: of the file; worst covered first; the false positive of the highest score first."""


class Order(NamedTuple):
    """The order of the images of a queue, and which are left out by what proposals find in them.

    Attributes
    ----------
    by : str
        ``FILE``, ``WORST`` or ``FALSE``.
    missed, false : bool
        Whether only images with a missed object, and with a false positive, are listed; where none has one,
        all are.
    """

    by: str = FILE
    missed: bool = False
    false: bool = False

    @property
    def is_measured(self) -> bool:
        """Whether it depends on what proposals find."""
        return self != Order()

    @property
    def counts_false(self) -> bool:
        """Whether it depends on false positives, which images without objects have as well."""
        return self.by == FALSE or self.false


FILE_ORDER = Order()


def survey(dataset: CocoDataset, setup: Setup) -> CoverageSurvey:
    """Return the survey of a data set under a setup, the same object at every call."""
    boxes_only = boxes_setup(setup)
    key = _key(dataset, "survey", boxes_only, setup.proposer.state())
    return _surveys.get(key, lambda: CoverageSurvey(partial(_outcome, dataset, boxes_only)))


def _outcome(dataset: CocoDataset, setup: Setup, index: int) -> Outcome:
    precedence.of_viewers.give_way()
    return cached.store.get(dataset, index, setup, background=True).outcome(dataset.truth(index))


def found(dataset: CocoDataset, wanted: ImageFilter) -> Indices:
    """Return the cached result of :func:`core.datasets.search.find_images`."""
    return _orders.get(_key(dataset, "find", wanted), lambda: find_images(dataset, wanted))


def matching(dataset: CocoDataset, wanted: ImageFilter) -> Indices:
    """Return the images that fit, all where none does."""
    some = found(dataset, wanted)
    return some if len(some) else found(dataset, ImageFilter())


def to_measure(dataset: CocoDataset, indices: Indices, order: Order = FILE_ORDER) -> Indices:
    """Return the images that are measured for an order of these."""
    return core_to_measure(dataset, indices, order.counts_false)


def could_be_measured(dataset: CocoDataset, indices: Indices, order: Order) -> int:
    """Return how many of these images an order would measure, were there no limit."""
    return len(core_to_measure(dataset, indices, order.counts_false, most=None))


def ordered(
    dataset: CocoDataset, wanted: ImageFilter, order: Order, criteria: Criteria, measured: int
) -> Indices:
    """Return the images of the queue.

    Parameters
    ----------
    wanted : ImageFilter
    order : Order
    criteria : Criteria
    measured : int
        By now more images may have been measured, but the order for a `measured` does not change once it has
        been returned.
    """
    if not order.is_measured:
        return matching(dataset, wanted)
    of = dataset, wanted, order, criteria, measured
    return _orders.get(_order_key("ordered", *of), lambda: _ordered(*of))


def _ordered(
    dataset: CocoDataset, wanted: ImageFilter, order: Order, criteria: Criteria, measured: int
) -> Indices:
    indices = matching(dataset, wanted)
    if order.by == FALSE:
        found = false_positives(dataset, indices, criteria, measured)
        indices = order_worst_false_first(indices, found)
    elif order.by == WORST:
        indices = order_worst_first(indices, coverages(dataset, indices, criteria, measured, order))
    for some in some_only(dataset, wanted, order, criteria, measured).values():
        indices = among(indices, some)
    return indices


def some_only(
    dataset: CocoDataset, wanted: ImageFilter, order: Order, criteria: Criteria, measured: int
) -> dict[str, Indices]:
    """Return the images that fit and are known to have what the order asks for, by its name in words."""
    of = dataset, wanted, order, criteria, measured
    kinds = {"missed object": (order.missed, _with_misses), "false positive": (order.false, _with_false)}
    return {
        name: _orders.get(_order_key(name, *of), partial(make, *of))
        for name, (is_asked, make) in kinds.items()
        if is_asked
    }


def _with_misses(
    dataset: CocoDataset, wanted: ImageFilter, order: Order, criteria: Criteria, measured: int
) -> Indices:
    indices = matching(dataset, wanted)
    return with_misses(indices, coverages(dataset, indices, criteria, measured, order))


def _with_false(
    dataset: CocoDataset, wanted: ImageFilter, order: Order, criteria: Criteria, measured: int
) -> Indices:
    indices = matching(dataset, wanted)
    return with_false_positives(indices, false_positives(dataset, indices, criteria, measured))


def coverages(
    dataset: CocoDataset, indices: Indices, criteria: Criteria, measured: int, order: Order = FILE_ORDER
) -> list[Coverage | None]:
    """Return :func:`core.evaluation.survey.coverages` of the survey of a setup."""
    measurements = survey(dataset, criteria.setup)
    return core_coverages(measurements, dataset, indices, criteria, measured, order.counts_false)


def false_positives(
    dataset: CocoDataset, indices: Indices, criteria: Criteria, measured: int
) -> list[FalsePositives | None]:
    """Return :func:`core.evaluation.survey.false_positives` of the survey of a setup."""
    return core_false_positives(survey(dataset, criteria.setup), dataset, indices, criteria, measured)


def whole_set(dataset: CocoDataset) -> Indices:
    """Return the images by which a whole data set is measured."""
    return to_measure(dataset, matching(dataset, ImageFilter()))


def of_set(dataset: CocoDataset, criteria: Criteria) -> SetCoverage | None:
    """Return the coverage of the whole set, as far as it is measured at most; None before all of that is."""
    measurements, indices = survey(dataset, criteria.setup), whole_set(dataset)
    if measurements.done(indices) < len(indices):
        return None
    key = _key(dataset, "set", criteria, criteria.setup.proposer.state())
    each = (measurements.coverage(index, criteria) for index in indices.tolist())
    return _of_set.get(key, lambda: set_coverage(each))


def _order_key(
    name: str, dataset: CocoDataset, wanted: ImageFilter, order: Order, criteria: Criteria, measured: int
) -> Hashable:
    return _key(dataset, name, wanted, order, criteria, measured, criteria.setup.proposer.state())


def _key(dataset: CocoDataset, *rest: Hashable) -> Hashable:
    return *cached.dataset_key(dataset), *rest
