"""Work on long columns some thousand rows at a time, in threads.

What a block takes fits the processor's cache and is used again for the next, where fresh memory for each step
of 860,000 rows costs as much as the step.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.threads import in_threads

Mask = NDArray[np.bool_]

ROWS = 1 << 15


def in_blocks(count: int, work: Callable[[slice], object]) -> None:
    """Call a function with slices that cover so many rows.

    Parameters
    ----------
    count : int
    work : callable
        Several may run at once, see :func:`core.threads.in_threads`.
    """
    blocks = [slice(start, min(start + ROWS, count)) for start in range(0, count, ROWS)]
    in_threads(work, blocks)


def all_of(mask: Mask) -> Mask:
    """Return whether all of each row are true: bool (A,), in a fifth of the time of ``all(axis=1)``."""
    found = mask[:, 0].copy()
    for column in range(1, mask.shape[1]):
        found &= mask[:, column]
    return found


def any_of(mask: Mask) -> Mask:
    """Return whether any of each row is true: bool (A,), see :func:`all_of`."""
    found = mask[:, 0].copy()
    for column in range(1, mask.shape[1]):
        found |= mask[:, column]
    return found
