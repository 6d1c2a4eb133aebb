"""In which order images are gone through: the file's, or worst first, measured in the background.

A place is an image's index in the data set; an order is an array of places.
"""

import dataclasses
from collections.abc import Hashable

import numpy as np

from core import pipeline
from core.caching.memory import Once, nbytes
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.evaluation import Coverage, Records, coverage, records, worst_first
from core.executors import background as background
from core.executors.background import Places
from core.labelling import LabelRule
from core.pipeline import Setup
from pages.ui.state.cached import changed

# Measuring more would keep a person waiting for minutes even with a quick proposer.
MOST = 2000
_ALL = 2**31


class Survey(background.Survey[Records | None]):
    """How well a setup covers the objects of one image after another, measured in a thread.

    The rule of the labels and the number of proposals shown do not matter to it: both are applied to
    what was measured.
    """

    def __init__(self, dataset: CocoDataset, setup: Setup) -> None:
        super().__init__(self._measured)
        self._dataset, self._setup = dataset, setup

    def _measured(self, place: int) -> Records | None:
        try:
            _, found = pipeline.look(self._setup, self._dataset, place)
        except BoxscopeError:
            return None  # Explore says why when one goes there
        return records(found.boxes, self._dataset.truth(place))

    def failed(self, places: Places) -> int:
        """Count those of these images that could not be measured."""
        return sum(self.made(place) and self.known(place) is None for place in places.tolist())

    def coverage(self, place: int, top: int, rule: LabelRule) -> Coverage | None:
        """Sum up an image among its first `top` proposals, 0 for all; None where it is not measured."""
        known = self.known(place)
        return None if known is None else coverage(known.best(top or _ALL), rule)


_surveys = Once[Survey](8)
_orders = Once[Places](50_000_000, nbytes)


def survey(dataset: CocoDataset, setup: Setup) -> Survey:
    """Give the survey of a data set under a setup, the same one to all who ask."""
    plain = dataclasses.replace(setup, top=0, rule=LabelRule())
    return _surveys.get(_key(dataset, repr(plain)), lambda: Survey(dataset, plain))


def matching(dataset: CocoDataset, find: str) -> Places:
    """List the images whose names contain a text, in the order of the file; all where none does."""
    wanted = find.strip().lower()
    return _orders.get(_key(dataset, "find", wanted), lambda: _matching(dataset, wanted))


def _matching(dataset: CocoDataset, wanted: str) -> Places:
    places = np.arange(len(dataset))
    if not wanted:
        return places
    found = np.array([wanted in name.lower() for name in dataset.file_names], dtype=bool)
    return places[found] if found.any() else places


def to_measure(dataset: CocoDataset, places: Places) -> Places:
    """Take the images that worst first has to measure: those with objects, the first ``MOST`` of them."""
    return places[dataset.object_counts[places] > 0][:MOST]


def _key(dataset: CocoDataset, *rest: Hashable) -> Hashable:
    return str(dataset.annotations), changed(dataset.annotations), *rest


def worst(dataset: CocoDataset, find: str, setup: Setup, measured: int) -> Places:
    """Order images worst first, see :func:`core.evaluation.worst_first`.

    Parameters
    ----------
    measured : int
        How many of those to measure count; more may be done by now, but an order stays as it was given.

    Raises
    ------
    BoxscopeError
        Fewer are measured.
    """
    key = _key(dataset, "worst", find, repr(setup), measured)
    return _orders.get(key, lambda: _worst(dataset, find, setup, measured))


def _worst(dataset: CocoDataset, find: str, setup: Setup, measured: int) -> Places:
    places = matching(dataset, find)
    return places[worst_first(coverages(dataset, places, setup, measured))]


def coverages(dataset: CocoDataset, places: Places, setup: Setup, measured: int) -> list[Coverage | None]:
    """Give what is known of images: all of those without objects, and the first `measured` of the others.

    Parameters
    ----------
    places : int64 (I,)
        In the order of the file.
    """
    leading = to_measure(dataset, np.sort(places))[:measured]
    asked = survey(dataset, setup)
    if asked.done(leading) < measured:
        raise BoxscopeError("these images are not measured yet", "worst first")
    known = set(leading.tolist())
    empty = dataset.object_counts[places] == 0
    return [
        Coverage(0, 0, 1.0)
        if none
        else asked.coverage(place, setup.top, setup.rule)
        if place in known
        else None
        for place, none in zip(places.tolist(), empty, strict=True)
    ]
