"""The trials of a round: drawn from those of earlier rounds, and measured together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from core import parameters
from core.errors import BoxscopeError
from core.pipeline import Setup
from core.presets import BUILT_IN
from core.tuning import sampler
from core.tuning.config import ROUND, TuneConfig
from core.tuning.objective import ImageFigures, average_recall, budgets
from core.tuning.progress import best_of
from core.tuning.sampler import Told
from core.tuning.trial import FINISHED, PRUNED, REFUSED, UNUSABLE, Trial


@dataclass(eq=False)
class Candidate:
    """A trial under way.

    Attributes
    ----------
    number : int
    setup : Setup or None
        None where what was drawn makes none.
    drawn : dict or None
    figures : dict
        By index of the image.
    reason : str
        Why it cannot be used.
    """

    number: int
    setup: Setup | None
    drawn: dict[str, Any] | None
    figures: dict[int, ImageFigures] = field(default_factory=dict)
    reason: str = ""


def drawn_round(config: TuneConfig, number: int, trials: Sequence[Trial]) -> list[Candidate]:
    """Return the candidates of a round: in the first the defaults and presets, then what is drawn.

    Half of those that are drawn look for the highest recall alone: for the whole front at once, the search
    stays among settings of few proposals. On CrackForest, 200 trials reach an average recall of .24 so, and
    .5 by halves.

    Parameters
    ----------
    config : TuneConfig
    number : int
        Of the round.
    trials : sequence of Trial
        Those of all earlier rounds count.
    """
    first = number * ROUND
    given = _given(config) if number == 0 else []
    told = [estimated(config, trial, trials, first) for trial in trials if _is_told(trial, first)]
    by_recall, by_front = (_told(told, names, config.budget) for names in (("recall",), config.objectives))
    rest = ROUND - len(given)
    half = rest if len(config.objectives) == 1 else (rest + 1) // 2
    dimensions = config.space.dimensions
    drawn = sampler.draw(dimensions, config.seed, 2 * number, by_recall, half)
    drawn += sampler.draw(dimensions, config.seed, 2 * number + 1, by_front, rest - half)
    candidates = [Candidate(first + n, setup, config.space.drawn(setup)) for n, setup in enumerate(given)]
    return candidates + [
        _candidate(config, first + n, values) for n, values in enumerate(drawn, start=len(given))
    ]


def _is_told(trial: Trial, first: int) -> bool:
    return trial.number < first and trial.state != REFUSED


def estimated(config: TuneConfig, trial: Trial, trials: Sequence[Trial], first: int) -> Trial:
    """Return a trial with the recall that it would about have on the whole sample.

    The first images may be easy ones: of a trial that ended early, what it lacks there of the best trial of
    earlier rounds is taken from that one's recall on all.
    """
    if trial.state != PRUNED:
        return trial
    best = best_of([other for other in trials if other.number < first], config)
    if best is None:
        return trial
    number, budget = len(trial.found), config.budget
    used = [at for at in range(number) if trial.proposals[at] != UNUSABLE]
    lacking = average_recall(
        [best.found[at] - trial.found[at] for at in used], [config.objects[at] for at in used]
    )
    recall = max(best.recall(budget) - lacking, 0.0)
    return replace(trial, average_recall={**(trial.average_recall or {}), str(budget): recall})


def _given(config: TuneConfig) -> list[Setup]:
    """Return the setup itself and that of each preset of its proposer, with what is fixed."""
    presets = [setup for _, setup in config.presets]
    return list(dict.fromkeys([config.space.base, *presets]))[: ROUND // 2]


def presets(base: Setup, fixed: Mapping[str, Any]) -> tuple[tuple[str, Setup], ...]:
    """Return a setup with the parameters of each preset of its proposer, those that are fixed apart."""
    kind = parameters.plain(base.proposer)
    found = {name: setup.proposer for name, (setup, _) in BUILT_IN.items()}
    return tuple(
        (name, parameters.replace(replace(base, proposer=proposer), fixed))
        for name, proposer in found.items()
        if proposer != kind and proposer.name == kind.name
    )


def _told(trials: Sequence[Trial], objectives: Sequence[str], budget: int) -> list[Told]:
    return [
        Told(trial.drawn, trial.losses(objectives, budget)) for trial in trials if trial.drawn is not None
    ]


def _candidate(config: TuneConfig, number: int, drawn: dict[str, Any]) -> Candidate:
    try:
        return Candidate(number, config.space.setup(drawn), drawn)
    except BoxscopeError as error:
        return Candidate(number, None, drawn, reason=str(error))


def ended(config: TuneConfig, candidate: Candidate, images: int, state: str, unusable: set[int]) -> Trial:
    """Return the trial of a candidate that was measured on the first images of the sample.

    Parameters
    ----------
    config : TuneConfig
    candidate : Candidate
    images : int
    state : ``finished``, ``pruned`` or ``refused``
    unusable : set of int
        Indices of images that cannot be used.
    """
    setup = {} if candidate.setup is None else candidate.setup.changes()
    trial = Trial(candidate.number, state, setup, candidate.drawn, reason=candidate.reason)
    if state == REFUSED:
        return trial
    indices = config.sample[:images]
    rows = [None if index in unusable else candidate.figures[index] for index in indices]
    used = [row for row in rows if row is not None]
    levels = budgets(config.budget)
    objects = [row.objects for row in used]
    recalls = {
        str(level): average_recall([row.found[at] for row in used], objects)
        for at, level in enumerate(levels)
    }
    at = levels.index(config.budget)
    return replace(
        trial,
        images=len(used),
        average_recall=recalls,
        proposals_per_image=sum(row.proposals for row in used) / max(len(used), 1),
        seconds_per_image=float(np.sum([row.seconds for row in used])) / max(len(used), 1),
        found=tuple(0 if row is None else row.found[at] for row in rows),
        proposals=tuple(UNUSABLE if row is None else row.proposals for row in rows),
        seconds=tuple(0.0 if row is None else round(row.seconds, 6) for row in rows),
    )


def repeated(candidate: Candidate, trials: Sequence[Trial]) -> Trial | None:
    """Return the trial of a candidate whose setup an earlier trial had, None where none had."""
    if candidate.setup is None:
        return None
    texts = candidate.setup.changes()
    for trial in trials:
        if trial.setup == texts and trial.state in (FINISHED, PRUNED):
            first = trial.number if trial.same_as is None else trial.same_as
            return replace(trial, number=candidate.number, drawn=candidate.drawn, same_as=first)
    return None
