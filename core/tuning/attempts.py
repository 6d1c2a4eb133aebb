"""Setups that are tried on an image, each with some parameters changed, and what each gives for an object."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import NamedTuple

from core import boxes as bx
from core import parameters, pipeline
from core.errors import BoxscopeError
from core.evaluation import RecallRule
from core.evaluation.outcome import Limit
from core.images import Image
from core.pipeline import Setup
from core.proposers import ImageRef
from core.truth import Truth
from core.tuning.neighbours import Change

MOST = 400
"""Settings that are tried at most."""

# Of each parameter, how many of the values that come nearest make pairs.
_OF_EACH = 3


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


class Attempts:
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
