"""How many of the places a fitted order takes, and which order has the others: chosen on folds."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.boxes import Boxes
from core.evaluation import figures
from core.evaluation.evaluation import Evaluation, Measured, evaluate
from core.proposers.fitted.mixing import HEAD, SHARES, Shares, mixed_boxes
from core.proposers.fitted.sources import CRACK_GROUPS
from core.training.fit.images import TrainingImage

BUDGETS = (HEAD, 100)
"""The numbers of proposals at which orders are compared."""

# Training images from which on the fitted order takes all places: on four folds of CrackForest, fitted to 88
# images each, no share is better than another by more than .007 at 10 and .004 at 100, and what folds choose
# is .006 and .005 below all.
_ENOUGH = 45


class Choice(NamedTuple):
    """The shares of places that a fitted order takes.

    Attributes
    ----------
    shares : (float, float)
        See :mod:`core.proposers.fitted.mixing`.
    plain : str
        The proposer whose own order takes the others.
    """

    shares: Shares
    plain: str


class Chosen(NamedTuple):
    """What the folds choose, and the proposals on images for which they did not.

    Attributes
    ----------
    best : Choice
        By all images.
    boxes : list of float32 (N, 4)
        The first 100 proposals of each image by the choice of the other folds' images.
    """

    best: Choice
    boxes: list[Boxes]


def chosen(
    images: Sequence[TrainingImage],
    out_of_fold: Sequence[Boxes],
    fold: NDArray[np.int64],
    sources: Sequence[str],
) -> Chosen:
    """Return the shares that are best on folds; all places from 45 images on.

    That of the first places by average recall at 10, then that of the others by average recall at 100; of
    equal ones the smallest. The plain order is the better one of the sources' by itself.

    Parameters
    ----------
    images : sequence of TrainingImage
    out_of_fold : sequence of float32 (N, 4)
        The proposals of each image in the order fitted to the other folds.
    fold : int64 (I,)
    sources : sequence of str
        The proposers that may take the other places.
    """
    every = np.ones(len(fold), bool)
    own_orders = {name: [image.hand_made[name] for image in images] for name in sources}
    recalls = {name: _recalls(_counts(evaluated(images, own)), every) for name, own in own_orders.items()}
    plain = max(sources, key=lambda name: recalls[name].sum())
    if len(images) >= _ENOUGH:
        return Chosen(Choice((1.0, 1.0), plain), [own[: max(BUDGETS)] for own in out_of_fold])

    @cache
    def tried(shares: Shares) -> list[Boxes]:
        return proposals(Choice(shares, plain), images, out_of_fold)

    @cache
    def counts(shares: Shares) -> NDArray[np.float64]:
        return _counts(evaluated(images, tried(shares)))

    def best(rows: NDArray[np.bool_]) -> Shares:
        first = max(SHARES, key=lambda share: _recalls(counts((share, share)), rows)[0])
        return first, max(SHARES, key=lambda share: _recalls(counts((first, share)), rows)[1])

    by_fold = {number: best(fold != number) for number in np.unique(fold).tolist()}
    own = [tried(by_fold[number])[row] for row, number in enumerate(fold.tolist())]
    return Chosen(Choice(best(every), plain), own)


def unmeasured(sources: Sequence[str]) -> Choice:
    """Return the choice for too few images for folds: half, beside crack-groups where that is a source."""
    return Choice((0.5, 0.5), CRACK_GROUPS if CRACK_GROUPS in sources else sources[0])


def proposals(of: Choice, images: Sequence[TrainingImage], fitted: Sequence[Boxes]) -> list[Boxes]:
    """Return the first 100 proposals of each image, of its fitted order in turn with the plain one."""
    each = zip(images, fitted, strict=True)
    return [mixed_boxes(own, image.hand_made[of.plain], of.shares, max(BUDGETS)) for image, own in each]


def evaluated(images: Sequence[TrainingImage], boxes: Sequence[Boxes]) -> Evaluation:
    """Return the evaluation of the proposals of images."""
    each = zip(images, boxes, strict=True)
    return evaluate([Measured(image.index, own, image.truth, image.size, 0.0) for image, own in each])


def _counts(of: Evaluation) -> NDArray[np.float64]:
    """Return of each image what was found, and of how many, at each budget: float64 (I, budgets, 2)."""
    shares = (figures.average_recall(of, budget)[0] for budget in BUDGETS)
    return np.stack([np.stack([share.parts, share.wholes], axis=1) for share in shares], axis=1)


def _recalls(counts: NDArray[np.float64], rows: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the average recall of some images at each budget: float64 (budgets,)."""
    found, total = counts[rows].sum(axis=0).T
    return found / np.maximum(total, 1)
