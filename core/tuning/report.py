"""What a search found, measured on a split that it never saw, beside what needs no search.

``front`` and ``best``
    Trials, each with its ``setup``, its figures on the sample of the training split and, where there is one,
    on the valid split; ``best`` has the highest average recall at the budget on the training split.
``others``
    The same for the setup that the search began with (``defaults``), the presets of its proposer, and
    baselines that do not look at the picture.
``worth``
    What each setting of the best trial is worth, see :mod:`core.tuning.worth`.
``remarks``
    In words: whether the gain can be told from chance, and whether it is more than the layout of the split.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from typing import Any

import numpy as np

from core.datasets import CocoDataset, overlap
from core.datasets.overlap import SharedPicture
from core.errors import BoxscopeError
from core.evaluation import figures
from core.evaluation.bootstrap import Interval, Share, difference, interval
from core.evaluation.evaluation import COCO_THRESHOLDS, Evaluation
from core.evaluation.whole_set import Plan, SetEvaluation
from core.files.atomic import write_atomically
from core.pipeline import Setup
from core.proposals import boxes_fit
from core.proposals.proposer_cache import ProposerCache
from core.proposers import FullImage, Grid, LearnedBoxes
from core.proposers.learned_boxes.file import encoded
from core.tuning import verdict
from core.tuning.config import TuneConfig
from core.tuning.folder import TuneFolder
from core.tuning.objective import budgets
from core.tuning.progress import TuneProgress, best_of, members_of_front
from core.tuning.trial import UNUSABLE, Trial
from core.tuning.worth import Worth

DEFAULTS = "defaults"
"""Name of the setup that the search began with."""

WITHOUT_PICTURE = (Grid, FullImage, LearnedBoxes)
"""Proposers that do not look at the picture: what they find is the layout of a split."""

MEASURED = 20
"""Members of the front that are measured on the valid split, those of the highest recall."""


class Report:
    """The report of a search.

    Parameters
    ----------
    config : TuneConfig
    trials : sequence of Trial
    progress : TuneProgress
        At the end of the trials.
    valid : CocoDataset or None
    cache : ProposerCache or None
        None is the user's.

    Raises
    ------
    BoxscopeError
        No trial was done.
    """

    def __init__(
        self,
        config: TuneConfig,
        trials: Sequence[Trial],
        progress: TuneProgress,
        valid: CocoDataset | None,
        cache: ProposerCache | None = None,
    ) -> None:
        best = best_of(trials, config)
        if best is None:
            raise BoxscopeError(
                f"not one trial was done in {progress.elapsed:.0f} s: run again with more time, or with "
                "fewer images by --limit",
                config.dataset.annotations,
            )
        self._config, self._trials, self._progress = config, trials, progress
        self._valid, self._cache = valid, cache or ProposerCache()
        self._worth = Worth(config, best, self._cache)
        self._best, self._front = best, members_of_front(trials, config)
        self._on_valid: dict[Setup, Evaluation] = {}
        self._others: dict[str, Setup] = {}
        self._shared: tuple[SharedPicture, ...] = ()

    def run(self, executor: Executor, workers: int, folder: TuneFolder) -> Iterator[tuple[int, int]]:
        """Measure what each setting is worth, then the front and the others on the valid split.

        Yields
        ------
        done, total : int
            Images.
        """
        first = len(self._worth.images)
        total = first + (0 if self._valid is None else len(self._valid))
        yield 0, total
        for done in self._worth.run(executor, workers):
            yield done, total
        self._others = _others(self._config, folder)
        if self._valid is None:
            return
        self._shared = overlap.compare(self._config.dataset, self._valid, pixels=False).shared
        members = [_setup(trial) for trial in (self._best, *self._front[:MEASURED])]
        setups = tuple(dict.fromkeys([*members, *self._others.values()]))
        plan = Plan(setups, budget=self._config.budget, reasons=False)
        measured = SetEvaluation(self._valid, plan, cache=self._cache)
        for progress in measured.run(executor, workers):
            yield first + progress.done, total
        self._on_valid = dict(zip(setups, measured.evaluations(), strict=True))

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain values, for JSON."""
        config, progress = self._config, self._progress
        others = {name: self._figures(setup) for name, setup in self._others.items()}
        return {
            "front": [self._row(trial) for trial in self._front],
            "best": self._row(self._best),
            "others": [{"name": name, **row} for name, row in others.items()],
            "worth": self._worth.rows(),
            "worth_images": len(self._worth.images),
            "remarks": self._remarks(),
            "budget": config.budget,
            "objectives": list(config.objectives),
            "images": sum(number != UNUSABLE for number in self._best.proposals),
            "valid_images": None if self._valid is None else len(self._valid),
            "trials": progress.trials,
            "pruned": progress.pruned,
            "seconds": progress.elapsed,
            "cpu_seconds": progress.cpu_seconds,
        }

    def _row(self, trial: Trial) -> dict[str, Any]:
        return {
            "trial": trial.number,
            "setup": trial.setup,
            "train": self._on_train(trial),
            "valid": self._valid_figures(_setup(trial)),
            "proposals_per_image": trial.proposals_per_image,
            "seconds_per_image": trial.seconds_per_image,
        }

    def _figures(self, setup: Setup) -> dict[str, Any]:
        """Return the row of a setup that needs no search; on the training split only where a trial had it."""
        for trial in self._trials:
            if trial.is_finished and trial.setup == setup.changes():
                return self._row(trial)
        valid = self._valid_figures(setup)
        return {
            "trial": None,
            "setup": setup.changes(),
            "train": None,
            "valid": valid,
            "proposals_per_image": None,
            "seconds_per_image": None,
        }

    def _on_train(self, trial: Trial) -> dict[str, Any]:
        used = np.array(trial.proposals) != UNUSABLE
        found = np.array(trial.found, float)[used]
        objects = np.array(self._config.objects, float)[used]
        share = Share(found, len(COCO_THRESHOLDS) * objects)
        return {"average_recall": trial.average_recall, "interval": verdict.bounds(interval([share]))}

    def _valid_figures(self, setup: Setup) -> dict[str, Any] | None:
        evaluation = self._on_valid.get(setup)
        if evaluation is None:
            return None
        levels, budget = budgets(self._config.budget), self._config.budget
        recalls = {str(k): interval(figures.average_recall(evaluation, k)) for k in levels}
        return {
            "average_recall": {k: verdict.number(one.value) for k, one in recalls.items()},
            "interval": verdict.bounds(recalls[str(budget)]),
            "proposals_per_image": float(np.mean(evaluation.proposals)),
            "seconds_per_image": float(np.mean(evaluation.seconds)),
            "above": {
                name: verdict.as_dict(self._above(evaluation, other))
                for name, other in self._others.items()
                if other != setup
            },
        }

    def _above(self, evaluation: Evaluation, other: Setup) -> Interval:
        """Return how much higher the average recall is than that of another setup, paired over images."""
        pair = (evaluation, self._on_valid[other])
        return difference(*(figures.average_recall(each, self._config.budget) for each in pair))

    def _remarks(self) -> list[str]:
        if self._valid is None:
            return [verdict.WITHOUT_VALID]
        best = self._on_valid[_setup(self._best)]
        budget = self._config.budget
        value = figures.average_recall(best, budget)[0].value
        train = self._best.recall(budget)
        baselines = {
            name: (self._recall(setup), self._above(best, setup))
            for name, setup in self._others.items()
            if isinstance(setup.proposer, WITHOUT_PICTURE)
        }
        over_defaults = self._above(best, self._others[DEFAULTS])
        return [
            *verdict.remarks(budget, train, value, over_defaults, baselines),
            *verdict.seen([pair.second for pair in self._shared]),
        ]

    def _recall(self, setup: Setup) -> float:
        return figures.average_recall(self._on_valid[setup], self._config.budget)[0].value


def _setup(trial: Trial) -> Setup:
    return Setup.parse(trial.setup)


def _others(config: TuneConfig, folder: TuneFolder) -> dict[str, Setup]:
    """Return the setups to compare with, by name, after a fit of boxes to the training split for one."""
    presets = {f"preset {name}": setup for name, setup in config.presets}
    header, boxes = boxes_fit.fitted(config.dataset)
    path = folder.path / "boxes.json"
    write_atomically(path, lambda temporary: temporary.write_bytes(encoded(header, boxes)), folder.work)
    baselines = (Grid(), FullImage(), LearnedBoxes(model=str(path.absolute())))
    own = {one.name: Setup(one).with_order_named() for one in baselines}
    return {DEFAULTS: config.space.base, **presets, **own}
