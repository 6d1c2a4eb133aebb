"""How much each searched setting matters for the average recall."""

import warnings
from collections.abc import Sequence

from core.tuning.dimension import Dimension
from core.tuning.sampler import distribution, shifted
from core.tuning.trial import Trial

LEAST = 20
"""Trials below which nothing is said."""


def importances(dimensions: Sequence[Dimension], trials: Sequence[Trial], budget: int) -> dict[str, float]:
    """Return the share of each dimension, 0-1, the largest first; empty before there are ``LEAST`` trials.

    By PED-ANOVA (Watanabe et al., IJCAI 2023): how much the values of the better trials of a dimension differ
    from those of all. Trials that ended early count by what they reached on their images.

    Parameters
    ----------
    dimensions : sequence of Dimension
    trials : sequence of Trial
    budget : int
        Proposals an image that count.
    """
    told = [trial for trial in trials if trial.drawn is not None and trial.average_recall]
    if len(told) < LEAST or len({trial.recall(budget) for trial in told}) < 2:
        return {}
    import optuna  # takes .2 s

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    ranges = {one.name: distribution(one) for one in dimensions}
    study = optuna.create_study(direction="maximize")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        study.add_trials(
            [
                optuna.trial.create_trial(
                    params=shifted(dimensions, trial.drawn or {}),
                    distributions=ranges,
                    value=trial.recall(budget),
                )
                for trial in told
            ]
        )
        found = optuna.importance.get_param_importances(
            study, evaluator=optuna.importance.PedAnovaImportanceEvaluator()
        )
    return {name: float(found[name]) for name in sorted(found, key=lambda name: (-found[name], name))}
