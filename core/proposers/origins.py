"""Which of a proposer's steps a box comes from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Origins:
    """The step that gave each box; of several that gave the same one, the first of the proposer's order.

    Attributes
    ----------
    names : tuple of str
        Of the steps, as :class:`core.proposers.base.Stage` has them.
    step : int16 (N,)
        Place in `names`.
    level : int32 (N,), or None
        For steps made of merges: 1 for an initial region, else one more than the higher of the two regions
        that were merged.
    """

    names: tuple[str, ...]
    step: NDArray[np.int16]
    level: NDArray[np.int32] | None = None

    def take(self, places: NDArray[np.int64] | slice) -> "Origins":
        """Keep the boxes at some places, in the order of those."""
        level = None if self.level is None else self.level[places]
        return Origins(self.names, self.step[places], level)

    def words(self, rank: int) -> str:
        """Say where a box comes from, as ``darker than mean - 40`` or ``level 7 of HSV, k 150, by fill``."""
        name = self.names[self.step[rank]]
        return name if self.level is None else f"level {self.level[rank]} of {name}"
