"""What each setting of the best trial is worth: the recall that is lost when it alone goes back."""

from collections.abc import Iterator
from concurrent.futures import Executor
from typing import Any

import numpy as np

from core import parameters
from core.datasets.search import find_absent
from core.errors import BoxscopeError
from core.evaluation.bootstrap import Share, difference
from core.evaluation.evaluation import COCO_THRESHOLDS
from core.executors import completed
from core.pipeline import Setup
from core.proposals.proposer_cache import ProposerCache
from core.tuning import objective, verdict
from core.tuning.config import TuneConfig
from core.tuning.pruning import SECOND
from core.tuning.trial import Trial


class Worth:
    """The settings of the best trial, each put back to what the search began with.

    Parameters
    ----------
    config : TuneConfig
    best : Trial
    cache : ProposerCache
    """

    def __init__(self, config: TuneConfig, best: Trial, cache: ProposerCache) -> None:
        self._config, self._best, self._cache = config, best, cache
        self._setups = dict(enumerate(_put_back(config, Setup.parse(best.setup))))
        images = max(len(config.sample) // 3, SECOND)
        self.images = config.sample[:images] if self._setups else ()
        self._figures: dict[tuple[int, int], objective.ImageFigures] = {}

    def run(self, executor: Executor, workers: int) -> Iterator[int]:
        """Measure on a third of the sample, at least 24 images; yield how many are done."""
        config, done = self._config, 0
        setups = [(number, setup) for number, (_, setup) in self._setups.items()]
        absent = find_absent(config.dataset)
        tasks = objective.tasks(config.dataset, self.images, setups, config.budget, self._cache.root, absent)
        for result in completed(executor, objective.measure, tasks, 2 * workers, objective.name):
            self._figures |= result.figures
            done += result.images
            yield done

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each setting, the one that is worth most first.

        Returns
        -------
        list of dict
            ``name``, ``value`` of the best trial, ``default``, how much higher its average recall is than
            with the default (``difference``, paired over images) and its 95 % ``interval``.
        """
        rows = [self._row(number, name) for number, (name, _) in self._setups.items()]
        return sorted(rows, key=lambda row: -(row["difference"] or 0.0))

    def _row(self, number: int, name: str) -> dict[str, Any]:
        config = self._config
        level = objective.budgets(config.budget).index(config.budget)
        both = [
            (self._best.found[at], figures.found[level], len(COCO_THRESHOLDS) * figures.objects)
            for at, index in enumerate(self.images)
            if (figures := self._figures.get((number, index))) is not None
        ]
        with_it, without, wholes = (np.array(column, np.float64) for column in zip(*both, strict=True))
        worth = difference([Share(with_it, wholes)], [Share(without, wholes)])
        best, base = (parameters.spell(setup) for setup in (Setup.parse(self._best.setup), config.space.base))
        return {
            "name": name,
            "value": best[name],
            "default": base[name],
            "difference": verdict.number(worth.value),
            "interval": verdict.bounds(worth),
        }


def _put_back(config: TuneConfig, best: Setup) -> list[tuple[str, Setup]]:
    """Return the best setup with each searched setting, by name, put back; those that do not fit apart."""
    found = []
    values, base = parameters.values(best), parameters.values(config.space.base)
    for each in config.space.searched:
        name = each.spec.name
        if values[name] != base[name]:
            try:
                found.append((name, parameters.replace(best, {name: base[name]})))
            except BoxscopeError:
                continue
    return found
