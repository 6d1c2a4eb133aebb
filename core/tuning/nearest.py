"""Which settings find an object: the smallest change of a proposer's parameters under which it is no miss.

Changes of one parameter come first, the smallest first, then pairs of those that came nearest; the first that
finds the object is made as small as it can be. It is a search of one image and says nothing of others.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from core import pipeline
from core.datasets import CocoDataset
from core.evaluation import RecallRule
from core.evaluation.outcome import Limit
from core.images import Image
from core.pipeline import Setup
from core.proposers import ImageRef
from core.truth import Truth
from core.tuning.attempts import MOST, Attempt, Attempts
from core.tuning.neighbours import Change, changes

SECONDS = 3.0
"""How long a search takes at most."""

# Halvings of the last step, after which it is a hundredth of the range or a step.
_HALVINGS = 7


@dataclass(frozen=True)
class Nearest:
    """The end of a search.

    Attributes
    ----------
    before : Attempt
        The setup as it is.
    best : Attempt
        The smallest change that finds the object, else the one that comes nearest, by IoU.
    attempts : int
        Setups that were tried.
    is_complete : bool
        Whether all were tried that there are to try, where none finds the object.
    seconds : float
    """

    before: Attempt
    best: Attempt
    attempts: int
    is_complete: bool
    seconds: float


def can_search(setup: Setup) -> bool:
    """Return whether the proposer has parameters to change."""
    return bool(changes(setup.proposer, 16))


def nearest_of(
    dataset: CocoDataset,
    index: int,
    number: int,
    setup: Setup,
    limit: Limit,
    recall: RecallRule,
    read: Callable[[int], Image] | None = None,
) -> Nearest:
    """Return :func:`nearest` for an object of an image of a data set.

    `read` returns the picture at an index, for a caller that has it; None is :meth:`CocoDataset.read`.
    """
    image, item = (read or dataset.read)(index), str(dataset.path(index))
    ref = pipeline.image_ref(dataset, index, image)
    return nearest(setup, image, dataset.truth(index), number, limit, recall, item, ref)


def nearest(
    setup: Setup,
    image: Image,
    truth: Truth,
    number: int,
    limit: Limit = Limit(),  # noqa: B008 - immutable
    recall: RecallRule = RecallRule(),  # noqa: B008 - immutable
    item: str = "image",
    ref: ImageRef | None = None,
    seconds: float = SECONDS,
    most: int | None = None,
) -> Nearest:
    """Return the smallest change of the proposer's parameters that finds an object.

    Parameters
    ----------
    setup : Setup
        Order and filters stay.
    image : uint8 (H, W, 3)
    truth : Truth
    number : int
        Of the object, crowd regions not counted.
    limit : Limit
        Which proposals count.
    recall : RecallRule
        From which IoU on it is found.
    item, ref
        See :func:`core.pipeline.propose`.
    seconds : float
        After which no further setup is tried.
    most : int or None
        Setups to try; None for as many as fit the time, 400 at most.

    Raises
    ------
    BoxscopeError
        The proposer cannot use the image as it is.
    """
    start = time.monotonic()
    tried = Attempts(setup, image, truth, number, limit, recall, item, ref)
    before = tried.attempt(())
    one = time.monotonic() - start
    tried.until = start + seconds - one  # a run begins only if it can end in time
    tried.left = MOST if most is None else most
    single = _affordable(setup, tried.left if most is not None else int(seconds / max(one, 1e-4)) // 2)
    best, is_complete = _first(tried, before, ((change,) for change in single))
    if not best.is_found and is_complete:
        best, is_complete = _first(tried, best, tried.pairs(single))
    return Nearest(before, best, tried.count, is_complete, time.monotonic() - start)


def _affordable(setup: Setup, attempts: int) -> list[Change]:
    """Return the changes of one parameter, fewer where fewer can be tried, so that all are looked at."""
    for growth in (2, 4, 16):
        found = changes(setup.proposer, growth)
        if len(found) <= attempts:
            break
    return found


def _first(tried: Attempts, best: Attempt, wanted: Iterator[tuple[Change, ...]]) -> tuple[Attempt, bool]:
    """Return the first attempt that finds the object, else the nearest; and whether all were tried."""
    for values in wanted:
        if not tried.may_go_on:
            return best, False
        found = tried.changed(values)
        if found is None:
            continue
        if found.is_found:
            return _smallest(tried, values, found), True
        if found.iou > best.iou:
            best = found
    return best, True


def _smallest(tried: Attempts, values: tuple[Change, ...], found: Attempt) -> Attempt:
    """Return the attempt nearest to the present setup on the way to one that finds the object.

    One change after the other is halved, as long as there is something between.
    """
    changed = list(values)
    for number, change in enumerate(values):
        at: Callable[[float], object] | None = change.at
        low, high = 0.0, 1.0
        for _ in range(_HALVINGS if at is not None else 0):
            share = (low + high) / 2
            value = at(share) if at is not None else None
            if value == changed[number].value or not tried.may_go_on:
                low = share
                continue
            trial = [*changed]
            trial[number] = replace(change, value=value, size=change.size * share)
            attempt = tried.changed(trial)
            if attempt is not None and attempt.is_found:
                changed, found, high = trial, attempt, share
            else:
                low = share
    return found
