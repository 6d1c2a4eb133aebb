"""The steps of a proposer that its boxes come from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Origins:
    """The step that each box comes from; of several steps with the same box, the first.

    Attributes
    ----------
    names : tuple of str
        Of the steps, as in :class:`core.proposers.stages.Stage`.
    step : int16 (N,)
        Index into `names`.
    level : int32 (N,), or None
        For steps made of merges: 1 for an initial region, else one more than the higher of the two regions
        that were merged; 0 for a box of another step.
    """

    names: tuple[str, ...]
    step: NDArray[np.int16]
    level: NDArray[np.int32] | None = None

    def take(self, rows: NDArray[np.int64] | slice) -> "Origins":
        """Return the origins of some rows, in the order of these."""
        level = None if self.level is None else self.level[rows]
        return Origins(self.names, self.step[rows], level)

    def describe(self, rank: int) -> str:
        """Return a description of where a box comes from.

        For example ``darker than mean - 40`` or ``level 7 of HSV, k 150, by fill``.
        """
        name = self.names[self.step[rank]]
        level = 0 if self.level is None else self.level[rank]
        return f"level {level} of {name}" if level else name


def joined(parts: Sequence[Origins]) -> Origins:
    """Return the origins of the boxes of several parts, one after the other."""
    starts = np.cumsum([0, *(len(part.names) for part in parts[:-1])])
    step = [part.step + start for part, start in zip(parts, starts.tolist(), strict=True)]
    names = tuple(name for part in parts for name in part.names)
    if all(part.level is None for part in parts):
        return Origins(names, np.concatenate(step).astype(np.int16))
    level = [np.zeros(len(part.step), np.int32) if part.level is None else part.level for part in parts]
    return Origins(names, np.concatenate(step).astype(np.int16), np.concatenate(level))
