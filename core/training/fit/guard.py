"""The guard of a fitted order: whether it beats the hand-made ones on images it was not fitted to."""

from collections.abc import Sequence

from core import wording
from core.boxes import Boxes
from core.evaluation import figures
from core.evaluation.bootstrap import Interval, difference, interval
from core.evaluation.evaluation import Evaluation
from core.proposers.fitted.file import FITTED, Guard
from core.training.fit.images import HAND_MADE, TrainingImage
from core.training.fit.shares import BUDGETS, evaluated

FOLDS = 4


def judged(images: Sequence[TrainingImage], out_of_fold: Sequence[Boxes]) -> Guard:
    """Return what the folds say of a fitted order.

    It is recommended where the mean of its average recall at 10 and at 100 proposals is above that of each
    hand-made order beyond chance, and it is at neither below one beyond chance. A gain that 20 images cannot
    tell from chance is on others as often a loss, and the fitted order takes longer.

    Parameters
    ----------
    images : sequence of TrainingImage
    out_of_fold : sequence of float32 (N, 4)
        The proposals of each image as fitted to the other folds, see :mod:`core.training.fit.shares`.
    """
    own = evaluated(images, out_of_fold)
    others = {name: evaluated(images, [image.hand_made[name] for image in images]) for name in HAND_MADE}
    table = {name: _recalls(each) for name, each in {FITTED: own, **others}.items()}
    reasons = [_lost(name, own, other) for name, other in others.items()]
    lost = [reason for reason in reasons if reason]
    reason = f"{_spelled(FITTED, table)} on images it was not fitted to; "
    reason += "; ".join(lost) if lost else ", ".join(_spelled(name, table) for name in HAND_MADE)
    return Guard(FOLDS, table, not lost, reason)


def too_few(images: int) -> Guard:
    """Return the guard of a fit to too few images for folds, which recommends nothing."""
    return Guard(0, {}, False, f"{images} training images are too few to measure it, {2 * FOLDS} are needed")


def _recalls(of: Evaluation) -> dict[str, float]:
    return {str(budget): round(_recall(of, budget).value, 4) for budget in BUDGETS}


def _recall(of: Evaluation, budget: int) -> Interval:
    return interval(figures.average_recall(of, budget))


def _lost(name: str, own: Evaluation, other: Evaluation) -> str:
    """Return in what an order is not worse than the fitted one; empty where it is."""
    shares = [
        [share for budget in BUDGETS for share in figures.average_recall(each, budget)]
        for each in (own, other)
    ]
    figures_of = ", ".join(f"AR@{budget} {_recall(other, budget).value:.3f}" for budget in BUDGETS)
    more = difference(*shares)
    if not more.value > 0:
        return f"{name} is as good or better ({figures_of})"
    for budget in BUDGETS:
        apart = difference(figures.average_recall(own, budget), figures.average_recall(other, budget))
        if apart.high < 0:
            return f"{name} is better at {budget} proposals ({figures_of})"
    if not more.low > 0:
        images = wording.count(len(own.indices), "image")
        return f"on {images} it cannot be told from {name} ({figures_of})"
    return ""


def _spelled(name: str, table: dict[str, dict[str, float]]) -> str:
    return f"{name} " + ", ".join(f"AR@{budget} {value:.3f}" for budget, value in table[name].items())
