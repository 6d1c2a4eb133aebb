"""The steps of a proposer that its boxes come from."""

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
        that were merged.
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
        return name if self.level is None else f"level {self.level[rank]} of {name}"
