"""The rounds of a search: settings drawn, measured on more and more images, kept as lines of the folder."""

import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import replace

from core.datasets.search import find_absent
from core.errors import BoxscopeError
from core.executors import Engine, SerialExecutor, completed
from core.proposals.proposer_cache import ProposerCache
from core.tuning import objective
from core.tuning.config import ROUND, TuneConfig
from core.tuning.folder import TuneFolder
from core.tuning.progress import TuneProgress, members_of_front
from core.tuning.pruning import is_pruned, rungs
from core.tuning.rounds import Candidate, drawn_round, ended, repeated
from core.tuning.trial import FINISHED, PRUNED, REFUSED, UNUSABLE, Trial

IDLE_ROUNDS = 5
"""Rounds without a setup that no earlier trial had, after which the space counts as tried."""


class _OutOfTime(Exception):
    """The minutes of the search are over."""


class Search:
    """A search for the settings of a proposer.

    Parameters
    ----------
    config : TuneConfig
    folder : TuneFolder
    cache : ProposerCache or None
        Of the results of proposers; None is the user's.
    """

    def __init__(self, config: TuneConfig, folder: TuneFolder, cache: ProposerCache | None = None) -> None:
        self.config, self.folder = config, folder
        self.trials: list[Trial] = []
        self._cache = cache or ProposerCache()
        self._progress = TuneProgress(len(config.sample))
        self._unusable: set[int] = set()
        self._begin = self._before = 0.0

    @property
    def progress(self) -> TuneProgress:
        """How far the search is at this moment."""
        elapsed = self._elapsed()
        return replace(self._progress, elapsed=elapsed, seconds=elapsed - self._before)

    def resume(self, minutes: float | None, planned: int | None) -> None:
        """Read what earlier runs have done; from here on the time of this run counts."""
        self._begin = time.perf_counter()
        self.folder.mend()
        self.folder.remove_temporary()
        self.trials = self.folder.trials()
        before = self.folder.read_progress() or {}
        elapsed, cpu_seconds = (float(before.get(name) or 0) for name in ("elapsed", "cpu_seconds"))
        self._before = max([elapsed, *(trial.elapsed for trial in self.trials)])
        self._unusable = self._unusable_before()
        start = replace(self._progress, pid=os.getpid(), minutes=minutes, planned=planned)
        start = replace(start, began_with=len(self.trials), cpu_seconds=cpu_seconds)
        self._progress = start.of(self.trials, self.config)

    def rounds(
        self, executor: Executor, workers: int, minutes: float | None, planned: int | None
    ) -> Iterator[None]:
        """Run trials until the time is over or there are as many as planned, those of earlier runs included.

        Parameters
        ----------
        executor : Executor
            See :mod:`core.executors`.
        workers : int
            How many tasks may be under way, twice over.
        minutes, planned : float, int or None
            Either ends the search.

        Yields
        ------
        None
            Whenever :attr:`progress` has changed.
        """
        idle, number, last_round = 0, 0, 0.0
        done = {trial.number for trial in self.trials}
        while set(range(number * ROUND, (number + 1) * ROUND)) <= done:
            number += 1
        if isinstance(executor, Engine):
            executor.require_paths(self.config.dataset.images_dir)
        while idle < IDLE_ROUNDS:
            if _is_over(self._elapsed(), last_round, minutes, planned, len(self.trials)):
                return
            begin, before = time.perf_counter(), len(self.trials)
            most = None if planned is None else planned - before
            with suppress(_OutOfTime):
                yield from self._round(number, executor, workers, minutes, most)
            yield
            last_round, number = time.perf_counter() - begin, number + 1
            is_new = any(trial.same_as is None for trial in self.trials[before:])
            idle = 0 if is_new else idle + 1

    def _round(
        self, number: int, executor: Executor, workers: int, minutes: float | None, most: int | None
    ) -> Iterator[None]:
        """Measure the trials of a round that have not ended, at most so many of them."""
        earlier = [trial for trial in self.trials if trial.number < number * ROUND]
        done = {trial.number for trial in self.trials}
        candidates = [each for each in drawn_round(self.config, number, earlier) if each.number not in done]
        candidates = candidates[:most]
        self._progress = replace(self._progress, started=len(self.trials) + len(candidates))
        yield
        self._keep([trial for each in candidates if (trial := repeated(each, earlier))])
        done = {trial.number for trial in self.trials}
        self._end([each for each in candidates if each.reason], 0, REFUSED)
        alive = [each for each in candidates if each.number not in done and not each.reason]
        others, first = members_of_front(earlier, self.config), 0
        for last in rungs(len(self.config.sample)):
            if not alive:
                return
            yield from self._measured(alive, self.config.sample[first:last], executor, workers, minutes)
            self._end([each for each in alive if each.reason], last, REFUSED)
            alive, first = [each for each in alive if not each.reason], last
            if last == len(self.config.sample):
                self._refuse_nothing()
                self._end(alive, last, FINISHED)
                return
            ending = [each for each in alive if self._is_pruned(each, last, others)]
            self._end(ending, last, PRUNED)
            alive = [each for each in alive if each not in ending]

    def _measured(
        self,
        alive: Sequence[Candidate],
        indices: Sequence[int],
        executor: Executor,
        workers: int,
        minutes: float | None,
    ) -> Iterator[None]:
        config, by_number = self.config, {each.number: each for each in alive}
        setups = [(each.number, each.setup) for each in alive if each.setup is not None]
        absent = find_absent(config.dataset)
        indices = [index for index in indices if index not in self._unusable]
        tasks = objective.tasks(config.dataset, indices, setups, config.budget, self._cache.root, absent)
        # In this process a task is done when it is submitted, and its result would wait for those after it.
        window = 1 if isinstance(executor, SerialExecutor) else 2 * workers
        for done in completed(executor, objective.measure, tasks, window, objective.name):
            for (number, index), figures in done.figures.items():
                by_number[number].figures[index] = figures
            for number, reason in sorted(done.refused.items()):
                by_number[number].reason = reason
            self._unusable |= done.unusable
            self._progress = replace(
                self._progress,
                images=self._progress.images + len(done.figures),
                skipped=(*self._progress.skipped, *done.skipped),
                cpu_seconds=self._progress.cpu_seconds + done.cpu_seconds,
            )
            yield
            if minutes is not None and self._elapsed() >= 60 * minutes:
                raise _OutOfTime

    def _is_pruned(self, candidate: Candidate, images: int, others: Sequence[Trial]) -> bool:
        trial = ended(self.config, candidate, images, PRUNED, self._unusable)
        return is_pruned(trial, others, self.config.objects, "time" in self.config.objectives)

    def _end(self, candidates: Sequence[Candidate], images: int, state: str) -> None:
        self._keep([ended(self.config, each, images, state, self._unusable) for each in candidates])

    def _keep(self, trials: Sequence[Trial]) -> None:
        if trials:
            timed = [replace(trial, elapsed=round(self._elapsed(), 3)) for trial in trials]
            self.folder.append(timed)
            self.trials = sorted([*self.trials, *timed], key=lambda trial: trial.number)
            self._progress = self._progress.of(self.trials, self.config)
            self.folder.remove_report()

    def _refuse_nothing(self) -> None:
        if len(self._unusable) == len(self.config.sample):
            first = min(self._progress.skipped, key=lambda image: image["file"])
            raise BoxscopeError(f"cannot be used, like all of the sample: {first['reason']}", first["file"])

    def _unusable_before(self) -> set[int]:
        """Return the indices of the images that earlier trials could not use."""
        finished = [trial for trial in self.trials if trial.is_finished][:1]
        pairs = (zip(self.config.sample, trial.proposals, strict=True) for trial in finished)
        return {index for pair in pairs for index, number in pair if number == UNUSABLE}

    def _elapsed(self) -> float:
        return self._before + time.perf_counter() - self._begin


def _is_over(
    elapsed: float, last_round: float, minutes: float | None, planned: int | None, trials: int
) -> bool:
    """Return whether no further round begins: one that would not be done in time is not begun."""
    if planned is not None and trials >= planned:
        return True
    return minutes is not None and elapsed + last_round > 60 * minutes
