"""Evaluations of data sets under setups, measured in the background, and what is made of them, cached."""

import os
import time
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from threading import Lock
from typing import Any, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from core.caching.memory import MemoryCache
from core.datasets import CocoDataset
from core.evaluation.evaluation import Evaluation
from core.evaluation.operating_points import ScoredImages
from core.evaluation.set_survey import (
    AT_ONCE,
    EvaluationSurvey,
    ReasonSurvey,
    SetupResults,
    in_spread_order,
)
from core.evaluation.set_survey import MAX_IMAGES as MAX_IMAGES
from core.executors.background import Indices
from core.pipeline import Setup
from core.proposals.store import boxes_setup
from pages.ui.state import cached, session

T = TypeVar("T")

# Those of 1,000 images take some 4 MB.
_results = MemoryCache[SetupResults](24)
_surveys = MemoryCache[EvaluationSurvey](8)
_reasons = MemoryCache[ReasonSurvey](8)
# By what they are made of, and gone with it: while a set is measured, its evaluation is another each second.
_made: WeakKeyDictionary[Any, MemoryCache[Any]] = WeakKeyDictionary()
_made_lock = Lock()

_THREADS = min(os.cpu_count() or 1, 8)
# Seconds between two states of charts: at first, and at most.
_PAUSES = 3.0, 10.0
_STEADY = session.page_key("evaluate", "steady")
_ALL_ASKED = session.page_key("evaluate", "all_asked")


class Measured(NamedTuple):
    """What is measured of a data set under several setups.

    Attributes
    ----------
    indices : int64 (I,)
        The images to measure.
    done, failed : int
        Of them, under all setups; and those that could not be measured.
    evaluations : list of Evaluation or None
        Of the images that are done under each setup; None before the first.
    others : list of Evaluation or None
        The same under each setup in its other order, where that was asked for.
    scored : list of ScoredImages or None
        Their detections; None where proposals have no scores.
    seconds : float or None
        What the images that are left take; None before the first is done.
    reason : str
        Why the first of those that could not be measured could not.
    """

    indices: Indices
    done: int
    failed: int
    evaluations: list[Evaluation | None]
    others: list[Evaluation | None]
    scored: list[ScoredImages | None]
    seconds: float | None
    reason: str = ""

    @property
    def is_done(self) -> bool:
        """Whether all images are measured."""
        return self.done == len(self.indices)


def measure(
    dataset: CocoDataset,
    setups: Sequence[Setup],
    others: Sequence[Setup | None],
    seconds: float = 0.0,
    images: int | None = None,
) -> Measured:
    """Request the evaluations of a data set; to be called repeatedly, see ``Survey.measure``.

    Parameters
    ----------
    dataset : CocoDataset
    setups : sequence of Setup
    others : sequence of Setup or None
        Each setup in another order, None for none.
    seconds : float
        How long to wait for all of them.
    images : int or None
        How many of the images to measure; None for all of :func:`to_measure`.
    """
    wanted = dict.fromkeys(boxes_setup(each) for each in (*setups, *others) if each is not None)
    of = {each: _of_setup(dataset, each) for each in wanted}
    indices = to_measure(dataset)[:images]
    survey = _surveys.get(
        _key(dataset, "survey", tuple(wanted), tuple(each.proposer.state() for each in wanted)),
        lambda: EvaluationSurvey(cached.proposer_cache, dataset, list(of.items()), _THREADS),
    )
    survey.measure(indices, seconds)
    done = min((results.done(indices) for results in of.values()), default=0)
    failed = max((results.failed(indices) for results in of.values()), default=0)
    pace = survey.seconds_per_image
    return Measured(
        indices,
        done,
        failed,
        [of[boxes_setup(each)].joined(indices) for each in setups],
        [None if each is None else of[boxes_setup(each)].joined(indices) for each in others],
        [of[boxes_setup(each)].scored(dataset, indices) for each in setups],
        None if pace is None else pace * (len(indices) - done),
        next((results.reason for results in of.values() if results.failed(indices)), "") if failed else "",
    )


class _Steady(NamedTuple):
    of: Hashable
    began: float
    until: float
    measured: Measured


def steady(measured: Measured, of: Hashable) -> Measured:
    """Return what is measured with evaluations that change every few seconds, until all images are done.

    A chart that is drawn anew each second is never seen on a busy machine, and cannot be clicked.

    Parameters
    ----------
    measured : Measured
    of : hashable
        What it is of: another one is shown at once.
    """
    now, last = time.monotonic(), session.remembered(_STEADY)
    if measured.is_done or not any(measured.evaluations):
        return measured
    begun = last is not None and last.of == of
    if begun and now < last.until and _known(last.measured) == _known(measured):
        before = last.measured
        return measured._replace(evaluations=before.evaluations, others=before.others, scored=before.scored)
    began = last.began if begun else now
    pause = min(max(now - began, _PAUSES[0]), _PAUSES[1])
    session.remember(_STEADY, _Steady(of, began, now + pause, measured))
    return measured


def _known(measured: Measured) -> list[bool]:
    """Return under which setups there is an evaluation."""
    return [each is not None for each in measured.evaluations]


def _of_setup(dataset: CocoDataset, setup: Setup) -> SetupResults:
    return _results.get(_key(dataset, "results", setup, setup.proposer.state()), SetupResults)


def proposals_per_image(dataset: CocoDataset, setup: Setup) -> float | None:
    """Return the mean number of proposals, where all images of the page Evaluate are measured; else None."""
    results, indices = _of_setup(dataset, boxes_setup(setup)), to_measure(dataset)
    evaluation = results.joined(indices) if results.done(indices) == len(indices) else None
    return None if evaluation is None else float(evaluation.proposals.mean())


def to_measure(dataset: CocoDataset) -> Indices:
    """Return the images to measure: some of a large set, until all are asked for."""
    asked = session.remembered(_ALL_ASKED) == cached.dataset_key(dataset)
    return made(in_spread_order, dataset, MAX_IMAGES if asked else AT_ONCE)


def measure_all(dataset: CocoDataset) -> None:
    """Ask for all images of a large data set, as many as the app measures."""
    session.remember(_ALL_ASKED, cached.dataset_key(dataset))


def cost(measured: Measured, images: int) -> float | None:
    """Return about how many seconds further images take, none of which is kept; None where it is unknown."""
    known = [each.seconds.mean() for each in measured.evaluations if each is not None]
    return float(sum(known)) * images / _THREADS if known else None


def reasons(
    dataset: CocoDataset, setup: Setup, evaluation: Evaluation, iou: float, budget: int, seconds: float
) -> list[str | None]:
    """Request why objects are missed, and return it as far as it is known, see :class:`ReasonSurvey`.

    Parameters
    ----------
    evaluation : Evaluation
        That of the images.
    iou, budget
        When an object is missed.
    seconds : float
        How long to wait for all.
    """
    survey = reason_survey(dataset, setup, iou, budget)
    survey.measure(evaluation.indices, seconds)
    return survey.of_objects(evaluation)


def reason_survey(dataset: CocoDataset, setup: Setup, iou: float, budget: int) -> ReasonSurvey:
    """Return the survey of the reasons of misses, the same object at every call."""
    return _reasons.get(
        _key(dataset, "reasons", boxes_setup(setup), iou, budget, setup.proposer.state()),
        lambda: ReasonSurvey(
            cached.proposer_cache,
            dataset,
            boxes_setup(setup),
            iou,
            budget,
            _THREADS,
            partial(cached.image, dataset, background=True),
        ),
    )


def made(make: Callable[..., T], of: Hashable, *arguments: Hashable) -> T:
    """Return ``make(of, *arguments)``, cached as long as there is `of`, which the result must not hold."""
    with _made_lock:
        kept = _made.setdefault(of, MemoryCache[Any](200))
    return kept.get((make, arguments), lambda: make(of, *arguments))


def _key(dataset: CocoDataset, *rest: Hashable) -> Hashable:
    return *cached.dataset_key(dataset), *rest
