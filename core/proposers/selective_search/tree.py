"""The tree of a grouping: the initial regions, and the merged ones.

Notation: R initial regions.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.proposers.selective_search.kernel import in_place, makes_arrays
from core.proposers.selective_search.similarity import X0


class Tree(NamedTuple):
    """The regions of a grouping, and the region in each slot.

    Attributes
    ----------
    boxes : int32 (2R - 1, 4)
    levels : int32 (2R - 1,)
    parts : int32 (2R - 1, 2)
    similarities : float32 (2R - 1,)
        As ``grouping.group`` returns them, like the three above.
    regions : int32 (R,)
    """

    boxes: NDArray[np.int32]
    levels: NDArray[np.int32]
    parts: NDArray[np.int32]
    similarities: NDArray[np.float32]
    regions: NDArray[np.int32]


@makes_arrays()
def leaves(boxes):  # type: ignore[no-untyped-def]
    """Return the tree of the initial regions, with memory for the merged ones."""
    count = len(boxes)
    most = max(2 * count - 1, 1)
    tree = Tree(
        np.empty((most, 4), np.int32),
        np.empty(most, np.int32),
        np.empty((most, 2), np.int32),
        np.empty(most, np.float32),
        np.empty(count, np.int32),
    )
    for n in range(count):
        tree.levels[n], tree.similarities[n], tree.regions[n] = 1, 0, n
        tree.parts[n, 0] = tree.parts[n, 1] = -1
        for side in range(4):
            tree.boxes[n, side] = boxes[n, side]
    return tree


@in_place()
def add_merged(tree, made, a, b, similarity, slot, shapes):  # type: ignore[no-untyped-def]
    """Add the union of the regions in slots `a` and `b`, now in `slot`, to the tree."""
    part, other = tree.regions[a], tree.regions[b]
    tree.parts[made, 0], tree.parts[made, 1] = part, other
    tree.levels[made] = max(tree.levels[part], tree.levels[other]) + 1
    tree.similarities[made] = similarity
    for side in range(4):
        tree.boxes[made, side] = shapes[slot, X0 + side]
    tree.regions[slot] = made
