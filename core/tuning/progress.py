"""How far a search is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from core.runs import Progress
from core.tuning.front import front
from core.tuning.trial import Trial


class Aims(Protocol):
    """What trials are judged by, as :class:`core.tuning.config.TuneConfig` has it."""

    @property
    def objectives(self) -> tuple[str, ...]:
        """Some of :data:`core.tuning.front.OBJECTIVES`."""

    @property
    def budget(self) -> int:
        """Proposals an image that count for the recall."""


@dataclass(frozen=True)
class TuneProgress(Progress):
    """The progress of a search; the images of a trial are those of the sample.

    Attributes
    ----------
    trials : int
        That have ended, those of earlier runs included.
    started : int
        Trials that have been drawn.
    pruned : int
    front : int
        Members of the present front.
    best : float or None
        The highest average recall at the budget so far; None before the first trial has finished.
    elapsed : float
        Seconds of the search, those of earlier runs included.
    cpu_seconds : float
        Of the trials of this run, over all workers.
    minutes : float or None
        When the search ends, None where it ends at a number of trials.
    planned : int or None
        That number of trials.
    began_with : int
        Trials that earlier runs had done.
    measured, to_measure : int
        Images of the report; 0 until the trials are done.
    """

    trials: int = 0
    started: int = 0
    pruned: int = 0
    front: int = 0
    best: float | None = None
    elapsed: float = 0.0
    cpu_seconds: float = 0.0
    minutes: float | None = None
    planned: int | None = None
    began_with: int = 0
    measured: int = 0
    to_measure: int = 0

    @property
    def seconds_left(self) -> float | None:
        """Estimated seconds to the end of the search, None before there is anything to go by."""
        by_time = None if self.minutes is None else max(60 * self.minutes - self.elapsed, 0.0)
        if self.planned is None or self.trials <= self.began_with or not self.seconds:
            return by_time
        each = self.seconds / (self.trials - self.began_with)
        by_trials = max(self.planned - self.trials, 0) * each
        return by_trials if by_time is None else min(by_time, by_trials)

    def of(self, trials: Sequence[Trial], aims: Aims) -> "TuneProgress":
        """Return the progress after some trials."""
        members = members_of_front(trials, aims)
        recalls = [trial.recall(aims.budget) for trial in members]
        return replace(
            self,
            trials=len(trials),
            pruned=sum(not trial.is_finished for trial in trials),
            front=len(members),
            best=max(recalls, default=None),
        )


def members_of_front(trials: Sequence[Trial], aims: Aims) -> list[Trial]:
    """Return the finished trials that none dominates, the highest average recall first.

    One that finds nothing is no member, though none has fewer proposals than it may have.
    """
    finished = [
        trial
        for trial in trials
        if trial.is_finished and trial.same_as is None and trial.recall(aims.budget) > 0
    ]
    rows = front([trial.losses(aims.objectives, aims.budget) for trial in finished])
    return sorted((finished[row] for row in rows), key=lambda trial: _best_first(trial, aims))


def best_of(trials: Sequence[Trial], aims: Aims) -> Trial | None:
    """Return the finished trial of the highest average recall, of equal ones that with fewest proposals."""
    finished = [trial for trial in trials if trial.is_finished]
    return min(finished, key=lambda trial: _best_first(trial, aims), default=None)


def _best_first(trial: Trial, aims: Aims) -> tuple[Any, ...]:
    return -trial.recall(aims.budget), trial.proposals_per_image, trial.number
