"""The evaluation of a data set under several setups, in the background: what is done so far, at any time.

Images come in an order whose first ones are spread over the set, so that what is known early is of the whole
set; and each under all setups before the next, so that setups are compared on the same images.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache, partial
from threading import Lock

import numpy as np

from core.datasets import CocoDataset
from core.datasets.spread import spread_order
from core.errors import BoxscopeError, unexpected
from core.evaluation.average_precision import Scored
from core.evaluation.evaluation import Evaluation, joined
from core.evaluation.misses import REASONS, UNKNOWN
from core.evaluation.one_image import RankedImage, image_reasons
from core.evaluation.operating_points import ScoredImages
from core.executors import background
from core.executors.background import Indices
from core.images import Image
from core.pipeline import Setup
from core.proposals.proposer_cache import ProposerCache

AT_ONCE = 500
"""Images that are measured without being asked for: more might take minutes."""

MAX_IMAGES = 2000
"""Images that are measured in the background at most: an evaluation of more is for the command line."""

# Seconds without a request after which the threads end: what is no longer looked at must not take a core.
_IDLE = 3.0

# Images by which the pace is judged: results that are kept take none, and may end.
_PACE = 20


def in_spread_order(dataset: CocoDataset, most: int) -> Indices:
    """Return the images to measure, `most` at most, in an order whose first ones are spread over the set."""
    return spread_order(len(dataset))[: min(most, MAX_IMAGES)]


class SetupResults:
    """The evaluations of images under one setup, as far as they are done; several surveys may add to it."""

    def __init__(self) -> None:
        self._of: dict[int, Evaluation | None] = {}
        self._scored: dict[int, Scored] = {}
        self._joined: tuple[tuple[int, int], Evaluation] | None = None
        self._all_scored: tuple[tuple[int, int], ScoredImages] | None = None
        self._lock = Lock()
        self.reason = ""  # why the first of those that could not be measured could not

    def __contains__(self, index: int) -> bool:
        return index in self._of

    def keep(
        self, index: int, evaluation: Evaluation | None, scored: Scored | None = None, reason: str = ""
    ) -> None:
        """Keep the evaluation of an image, its detections; None for one that cannot be measured, and why."""
        self.reason = self.reason or reason
        if scored is not None:
            self._scored[index] = scored
        self._of[index] = evaluation

    def joined(self, indices: Indices) -> Evaluation | None:
        """Return the evaluation of those of the images that are done, in the order of the file.

        The same object until another image is done; None before the first.
        """
        done = [index for index in np.sort(indices).tolist() if self._of.get(index) is not None]
        if not done:
            return None
        with self._lock:
            if self._joined is None or self._joined[0] != (len(indices), len(done)):
                parts = [part for index in done if (part := self._of[index]) is not None]
                self._joined = (len(indices), len(done)), joined(parts)
            return self._joined[1]

    def scored(self, dataset: CocoDataset, indices: Indices) -> ScoredImages | None:
        """Return the detections of those of the images that are done; None where proposals have no scores.

        The same object until another image is done.
        """
        in_order = indices[np.argsort(dataset.image_ids[indices], kind="stable")].tolist()
        done = [index for index in in_order if index in self._scored]
        if not done:
            return None
        with self._lock:
            if self._all_scored is None or self._all_scored[0] != (len(indices), len(done)):
                images = ScoredImages(tuple(self._scored[index] for index in done))
                self._all_scored = (len(indices), len(done)), images
            return self._all_scored[1]

    def done(self, indices: Indices) -> int:
        """Return how many of these images are done, those that could not be measured among them."""
        return sum(index in self._of for index in indices.tolist())

    def failed(self, indices: Indices) -> int:
        """Return how many of these images could not be measured."""
        return sum(index in self._of and self._of[index] is None for index in indices.tolist())


class EvaluationSurvey(background.Survey[None]):
    """The evaluations of images under several setups, measured in threads; they go to :class:`SetupResults`.

    Parameters
    ----------
    cache : ProposerCache
        Where the results of proposers are kept.
    dataset : CocoDataset
    results : sequence of (Setup, SetupResults)
    threads : int
        Images at once.
    """

    def __init__(
        self,
        cache: ProposerCache,
        dataset: CocoDataset,
        results: Sequence[tuple[Setup, SetupResults]],
        threads: int,
    ) -> None:
        super().__init__(self._measured, threads, _IDLE)
        self._cache, self._dataset, self._of = cache, dataset, results
        self._seconds: list[float] = []

    def is_done(self, index: int) -> bool:
        """Return whether an image is done under all setups."""
        return all(index in results for _, results in self._of)

    @property
    def seconds_per_image(self) -> float | None:
        """Seconds that an image took under all setups, by the latest ones; None before the first."""
        latest = self._seconds[-_PACE:]
        return sum(latest) / len(latest) / self._most_threads if latest else None

    def _measured(self, index: int) -> None:
        start = time.perf_counter()
        read = cache(self._dataset.read)  # once for all setups, and only if one needs it
        for setup, results in self._of:
            if index not in results:
                results.keep(index, *self._evaluated(index, setup, read))
        self._seconds.append(time.perf_counter() - start)

    def _evaluated(
        self, index: int, setup: Setup, read: Callable[[int], Image]
    ) -> tuple[Evaluation | None, Scored | None, str]:
        image = RankedImage(self._cache, self._dataset, index, setup, read)
        try:
            return image.evaluation(), image.scored(), ""
        except BoxscopeError as error:
            return None, None, str(error)
        except Exception as error:
            unexpected(error)
            return None, None, f"{type(error).__name__}, see the log of the server"


class ReasonSurvey(background.Survey[list[str] | None]):
    """Why the objects of images are missed under a setup, see :func:`image_reasons`; None for failures.

    Parameters
    ----------
    cache : ProposerCache
    dataset : CocoDataset
    setup : Setup
    iou : float
    budget : int
    threads : int
        Images at once.
    read : callable or None
        Returns the picture at an index, for a caller that caches them.
    """

    def __init__(
        self,
        cache: ProposerCache,
        dataset: CocoDataset,
        setup: Setup,
        iou: float,
        budget: int,
        threads: int,
        read: Callable[[int], Image] | None = None,
    ) -> None:
        of = partial(_reasons, cache, dataset, setup=setup, iou=iou, budget=budget, read=read)
        super().__init__(of, threads, _IDLE)

    def of_image(self, index: int, seconds: float = 0.0) -> list[str] | None:
        """Request the reasons of an image and return them; None where they are not known yet.

        Parameters
        ----------
        index : int
        seconds : float
            How long to wait for them.

        Returns
        -------
        list of str or None
            Empty for an image that cannot be used.
        """
        if not self.is_done(index):
            self.measure(np.array([index]), seconds)
        return (self.result(index) or []) if self.is_done(index) else None

    def counts(self, indices: Indices) -> dict[str, int]:
        """Return how many objects of images are missed for each reason, of those that are done."""
        results = [self.result(index) or [] for index in indices.tolist() if self.is_done(index)]
        found = Counter(reason for reasons in results for reason in reasons)
        return {reason: found[reason] for reason in REASONS if found[reason]}

    def of_objects(self, evaluation: Evaluation) -> list[str | None]:
        """Return the reason of each object of an evaluation: "" if it is found, None before that is known.

        ``UNKNOWN`` where it cannot be told, as the picture could not be searched without filters.
        """
        reasons: list[str | None] = []
        for index, objects in zip(evaluation.indices.tolist(), evaluation.objects.tolist(), strict=True):
            known = self.result(index) if self.is_done(index) else [None] * objects
            reasons += [UNKNOWN] * objects if known is None else known
        return reasons


def _reasons(
    cache: ProposerCache,
    dataset: CocoDataset,
    index: int,
    setup: Setup,
    iou: float,
    budget: int,
    read: Callable[[int], Image] | None,
) -> list[str] | None:
    try:
        return image_reasons(cache, dataset, index, setup, iou, budget, read)
    except BoxscopeError:
        return None
    except Exception as error:
        unexpected(error)
        return None
