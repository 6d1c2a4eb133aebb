"""Boxes of neighbouring tiles put together: what a border cuts is joined, what both tiles see stays once.

Tiles are joined to rows from left to right, and rows to the picture from top to bottom, by the same rule. The
band is what the two sides share: pixels that both have seen.

- A box is cut where it ends within an eighth of the band's breadth from the border of its own side.
- A cut box and a box of the other side are one object where they reach over each other in the band and
  overlap along the border. Of several the cut box is joined with the five best ranked, and with the one whose
  extent along the border is most like its own. Their bounds take the place of the cut ones; of bounds that
  nearly equal better ones, the better stay.
- Of two boxes that reach into the band and nearly equal each other, the better ranked stays.

Nearly equal are boxes with an IoU above a limit.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core import boxes as bx
from core.boxes import Boxes

# Of the breadth of a band: a proposer that works on a shrunk picture ends its boxes at whole pixels of that.
_NEAR = 8

# A cut box is joined with so many of those that it meets. On drawn walls of 12 megapixels, 7 cracks that
# borders cut, the best boxes of crack-groups have a mean IoU of .69 with 1, .88 with 3, .86 with 5 and 8;
# those of selective-search .50, .74 and .79; not joined .61 and .56.
_BEST = 5

# Boxes that are compared with all others at once.
_BLOCK = 64


class Placed(NamedTuple):
    """The boxes of some tiles in coordinates of the picture.

    Attributes
    ----------
    boxes : float32 (N, 4)
    place : float64 (N,)
        By which they are ranked, the lowest first: the score with its sign changed, or the rank in the tile.
        That of a joined box is the worse of its two.
    row : int64 (N,)
        Which of all boxes found each is, or the better ranked of the two that it joins.
    """

    boxes: Boxes
    place: NDArray[np.float64]
    row: NDArray[np.int64]

    def take(self, rows: NDArray[np.generic]) -> "Placed":
        """Return the boxes of some rows."""
        return Placed(self.boxes[rows], self.place[rows], self.row[rows])

    @classmethod
    def joined(cls, parts: "list[Placed]") -> "Placed":
        """Return the boxes of several."""
        return cls(*map(np.concatenate, zip(*parts, strict=True)))


class Joined(NamedTuple):
    """The boxes of two sides put together, with the number of cut ones that have found their continuation."""

    placed: Placed
    cut: int


def join(one: Placed, other: Placed, band: tuple[int, int], axis: int, duplicates: float) -> Joined:
    """Return the boxes of two neighbouring sides together.

    Parameters
    ----------
    one, other : Placed
        Those on the left and on the right, or above and below.
    band : (int, int)
        First pixel of the other side, and the one behind the last of the first side.
    axis : 0 or 1
        Across which the sides lie: 0 for left and right, 1 for above and below.
    duplicates : float
        IoU above which two boxes are nearly equal.
    """
    start, end = band
    near = (end - start) / _NEAR
    reach_a, reach_b = one.boxes[:, axis + 2] > start, other.boxes[:, axis] < end
    a, b = one.take(reach_a), other.take(reach_b)
    cut_a, cut_b = a.boxes[:, axis + 2] >= end - near, b.boxes[:, axis] <= start + near
    pairs = np.unique(
        np.concatenate([_partners(a, b, cut_a, axis), _partners(b, a, cut_b, axis)[:, ::-1]]), axis=0
    )
    gone_a = cut_a & _named(pairs[:, 0], len(cut_a))
    gone_b = cut_b & _named(pairs[:, 1], len(cut_b))
    whole = _distinct(a.take(~gone_a), b.take(~gone_b), duplicates)
    new = _bounds(a.take(pairs[:, 0]), b.take(pairs[:, 1]))
    new = new.take(np.argsort(new.place, kind="stable"))
    new = new.take(bx.nms(new.boxes, duplicates))
    # A whole box and its own half that the other side cuts are that box again.
    new = new.take(~_near_any(new.boxes, whole.boxes, duplicates))
    parts = [new, whole, one.take(~reach_a), other.take(~reach_b)]
    return Joined(Placed.joined(parts), int(gone_a.sum() + gone_b.sum()))


def _partners(cut: Placed, others: Placed, is_cut: NDArray[np.bool_], axis: int) -> NDArray[np.int64]:
    """Return which of the others each cut box continues in: int64 (P, 2), pairs of rows.

    The `_BEST` best ranked and the most similar one of those that it meets; a pair may come twice.
    """
    rows, pairs, along = np.flatnonzero(is_cut), [np.zeros((0, 2), np.int64)], 1 - axis
    if not len(others.boxes):
        return pairs[0]
    low, high = others.boxes[:, along], others.boxes[:, along + 2]
    for some in _blocks(rows):
        boxes = cut.boxes[some]
        over = (boxes[:, None, axis + 2] > others.boxes[:, axis]) & (
            boxes[:, None, axis] < others.boxes[:, axis + 2]
        )
        first, last = boxes[:, along, None], boxes[:, along + 2, None]
        shared = np.minimum(last, high) - np.maximum(first, low)
        like = shared / (np.maximum(last, high) - np.minimum(first, low))  # IoU of extents
        meet = over & (shared > 0)
        place = np.where(meet, others.place, np.inf)
        best = np.argsort(place, axis=1, kind="stable")[:, :_BEST]
        similar = np.where(meet, like, -np.inf).argmax(axis=1)
        for chosen in (*best.T, similar):
            pairs.append(np.stack([some, chosen], axis=1)[meet[np.arange(len(some)), chosen]])
    return np.concatenate(pairs)


def _blocks(rows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return rows in blocks, so that no matrix of all boxes by all is in memory."""
    return [rows[at : at + _BLOCK] for at in range(0, len(rows), _BLOCK)]


def _named(rows: NDArray[np.int64], count: int) -> NDArray[np.bool_]:
    """Return which of so many rows are among some: bool (count,)."""
    named = np.zeros(count, bool)
    named[rows] = True
    return named


def _bounds(a: Placed, b: Placed) -> Placed:
    """Return the bounds of pairs of boxes."""
    low, high = np.minimum(a.boxes[:, :2], b.boxes[:, :2]), np.maximum(a.boxes[:, 2:], b.boxes[:, 2:])
    row = np.where(a.place <= b.place, a.row, b.row)
    return Placed(np.concatenate([low, high], axis=1), np.maximum(a.place, b.place), row)


def _distinct(a: Placed, b: Placed, duplicates: float) -> Placed:
    """Return the boxes of two sides, of two that nearly equal each other the better."""
    worse_a, worse_b = np.zeros(len(a.boxes), bool), np.zeros(len(b.boxes), bool)
    for some in _blocks(np.arange(len(a.boxes))):
        same = bx.iou(a.boxes[some], b.boxes) > duplicates
        first = a.place[some, None] <= b.place
        worse_a[some] = (same & ~first).any(axis=1)
        worse_b |= (same & first).any(axis=0)
    return Placed.joined([a.take(~worse_a), b.take(~worse_b)])


def _near_any(boxes: Boxes, others: Boxes, duplicates: float) -> NDArray[np.bool_]:
    """Return which boxes nearly equal any of others: bool (N,)."""
    near = np.zeros(len(boxes), bool)
    for some in _blocks(np.arange(len(boxes))):
        near[some] = (bx.iou(boxes[some], others) > duplicates).any(axis=1)
    return near
