"""Which settings find an object: the smallest change of a proposer's parameters under which it is no miss.

Changes of one parameter come first, the smallest first, then pairs of those that came nearest; the first that
finds the object is made as small as it can be. It is a search of one image and says nothing of others.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import NamedTuple

from core import boxes as bx
from core import parameters, pipeline
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.evaluation import RecallRule
from core.evaluation.outcome import Limit
from core.images import Image
from core.pipeline import Setup
from core.proposers import ImageRef
from core.truth import Truth
from core.tuning.neighbours import Change, changes

SECONDS = 3.0
"""How long a search takes at most."""

MOST = 400
"""Settings that are tried at most."""

# Of the parameters that come nearest, how many values of each make pairs.
_OF_EACH = 3
# Halvings of the last step, after which it is a hundredth of the range or a step.
_HALVINGS = 7


class Changed(NamedTuple):
    """A parameter that was changed, its values as text."""

    name: str
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Attempt:
    """What a setup gives for the object.

    Attributes
    ----------
    setup : Setup
    iou : float
        The highest among the proposals that count, 0 without one.
    rank : int
        Of the first proposal that finds the object, else of that with the highest IoU; -1 without one.
    is_found : bool
    proposals : int
        All that there are on the image.
    found : int
        Objects of the image that are found.
    """

    setup: Setup
    iou: float
    rank: int
    is_found: bool
    proposals: int
    found: int

    def changed_from(self, before: Setup) -> tuple[Changed, ...]:
        """Return the parameters of the proposer that differ."""
        old, new = parameters.spell(before.proposer), parameters.spell(self.setup.proposer)
        specs = parameters.parameters(before.proposer)
        return tuple(
            Changed(spec.name, spec.label, old[spec.name], new[spec.name])
            for spec in specs
            if old[spec.name] != new[spec.name]
        )


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
    tried = _Trials(setup, image, truth, number, limit, recall, item, ref)
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


class _Trials:
    """Setups that are tried on an image, as long as there is time."""

    def __init__(
        self,
        setup: Setup,
        image: Image,
        truth: Truth,
        number: int,
        limit: Limit,
        recall: RecallRule,
        item: str,
        ref: ImageRef | None,
    ) -> None:
        self._setup, self._image, self._truth, self._number = setup, image, truth, number
        self._limit, self._recall, self._item, self._ref = limit, recall, item, ref
        self.until, self.left, self.count = float("inf"), MOST, -1
        self._ious: dict[tuple[Change, ...], float] = {}

    @property
    def may_go_on(self) -> bool:
        """Whether a further setup may be tried."""
        return self.count < self.left and time.monotonic() < self.until

    def changed(self, values: Sequence[Change]) -> Attempt | None:
        """Return what the setup gives with some parameters changed; None where these do not fit."""
        try:
            found = self.attempt(values)
        except BoxscopeError:  # values that do not fit each other, or too little memory for them
            return None
        self._ious[tuple(values)] = found.iou
        return found

    def attempt(self, values: Sequence[Change]) -> Attempt:
        """Return what the setup gives with some parameters changed.

        Raises
        ------
        BoxscopeError
            The values do not fit, or the proposer cannot use the image.
        """
        changed = {change.name: change.value for change in values}
        setup = replace(self._setup, proposer=parameters.replace(self._setup.proposer, changed))
        self.count += 1
        proposed, _ = pipeline.propose(replace(setup, top=0), self._image, self._item, self._ref)
        rows = self._limit.rows(len(proposed.boxes), proposed.scores)
        overlaps = bx.iou(proposed.boxes[rows], self._truth.boxes[self._truth.objects])
        of_object = overlaps[:, self._number]
        passing = self._recall.passes(of_object)
        row = int(passing.argmax() if passing.any() else of_object.argmax()) if len(rows) else -1
        return Attempt(
            setup,
            float(of_object.max(initial=0)),
            int(rows[row]) if row >= 0 else -1,
            bool(passing.any()),
            len(proposed.boxes),
            int(self._recall.passes(overlaps.max(axis=0, initial=0)).sum()),
        )

    def pairs(self, single: Sequence[Change]) -> Iterator[tuple[Change, ...]]:
        """Yield pairs of changes of different parameters, a few values of each, the smallest first."""
        by_name: dict[str, list[Change]] = {}
        for change in single:
            by_name.setdefault(change.name, []).append(change)
        by_name = {name: self._promising(several) for name, several in by_name.items()}
        kept = [change for several in by_name.values() for change in several]
        two = [pair for pair in combinations(kept, 2) if pair[0].name != pair[1].name]
        yield from sorted(two, key=lambda pair: pair[0].size + pair[1].size)

    def _promising(self, several: Sequence[Change]) -> list[Change]:
        """Return the changes of a parameter for pairs: those that came nearest, and the largest.

        Of two that are needed, each alone may change nothing.
        """
        nearer = sorted(several, key=lambda change: -self._ious.get((change,), 0.0))[:_OF_EACH]
        return list(dict.fromkeys([*nearer, *several[-2:]]))


def _first(tried: _Trials, best: Attempt, wanted: Iterator[tuple[Change, ...]]) -> tuple[Attempt, bool]:
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


def _smallest(tried: _Trials, values: tuple[Change, ...], found: Attempt) -> Attempt:
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
