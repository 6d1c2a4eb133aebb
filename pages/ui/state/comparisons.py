"""Comparisons of two setups over a data set and on one image, cached."""

from functools import partial

from core.caching.memory import MemoryCache
from core.datasets import CocoDataset
from core.evaluation.compared_objects import ObjectResult, object_results
from core.evaluation.comparison import (
    ChangedImages,
    Comparison,
    Pair,
    changed_images,
    compare,
    pair,
)
from core.pipeline import Setup
from core.proposals.store import boxes_setup
from pages.ui.state import cached, evaluations
from pages.ui.state.evaluations import Measured

# The last ones: while a set is measured, its evaluations are others each second.
_pairs = MemoryCache[Pair](8)
_objects = MemoryCache[list[ObjectResult]](500)


def measured_pair(measured: Measured) -> Pair | None:
    """Return the evaluations of two setups on the images that are done under both; None before the first."""
    first, second = measured.evaluations
    if first is None or second is None:
        return None
    return _pairs.get((first, second), lambda: pair(first, second))


def comparison(both: Pair, budget: int, iou: float) -> Comparison:
    """Return the cached result of :func:`core.evaluation.comparison.compare`."""
    return evaluations.made(compare, both, budget, iou)


def changed(both: Pair, budget: int, iou: float, which: str) -> ChangedImages:
    """Return the cached result of :func:`core.evaluation.comparison.changed_images`."""
    return evaluations.made(changed_images, both, budget, iou, "coco", which)


def results(dataset: CocoDataset, index: int, setup: Setup, iou: float, budget: int) -> list[ObjectResult]:
    """Return the cached result of :func:`core.evaluation.compared_objects.object_results`."""
    key = (*cached.image_key(dataset, index), boxes_setup(setup), setup.proposer.state(), iou, budget)
    read = partial(cached.image, dataset)
    return _objects.get(
        key, lambda: object_results(cached.proposer_cache, dataset, index, setup, iou, budget, read)
    )
