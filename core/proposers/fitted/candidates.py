"""The candidates that are ordered: boxes of other proposers, each with what its proposer knows of it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core import boxes as bx
from core.boxes import Boxes
from core.images import Image
from core.proposers.crack_groups import grouping, search
from core.proposers.fitted.searched import Searched
from core.proposers.fitted.sources import CRACK_GROUPS, SELECTIVE_SEARCH
from core.proposers.found import Found
from core.proposers.selective_search import SelectiveSearch

KINDS = (SELECTIVE_SEARCH, "crack-groups, small scale", "crack-groups, full scale", "whole image")
"""What a candidate's `kind` counts; a scale of less than 1 is small."""

_SELECTIVE, _SMALL, _FULL, _WHOLE = range(len(KINDS))

# The first boxes of each that are taken; more raise the recall of all boxes and not that of the first 100.
_MOST_SELECTIVE, _MOST_SMALL, _MOST_FULL = 1500, 400, 600

COLUMNS = (
    *("level", "colours", "k", "similarity"),
    *("score", "energy", "gap at birth", "log range of gaps", "log fragments", "percentile"),
)
"""What is known of a candidate besides its kind and rank; 0 where its source does not know it."""

_OF_SEARCH, _OF_GROUPS = slice(0, 4), slice(4, 10)


@dataclass(frozen=True, eq=False)
class Candidates:
    """The candidates of an image, in an order that depends on their corners alone; no two are equal.

    Attributes
    ----------
    boxes : float32 (N, 4)
    kind : int8 (N,)
        Index into ``KINDS``.
    rank : float32 (N,)
        Among the boxes of its kind, in their own order.
    known : float32 (N, 10)
        See ``COLUMNS``.
    names : tuple of str
        Of the steps that they come from.
    step : int16 (N,)
        Index into `names`.
    """

    boxes: Boxes
    kind: NDArray[np.int8]
    rank: NDArray[np.float32]
    known: NDArray[np.float32]
    names: tuple[str, ...]
    step: NDArray[np.int16]

    def take(self, rows: NDArray[np.int64]) -> "Candidates":
        """Return some candidates, in the order of the rows."""
        boxes, kind, rank, known = self.boxes[rows], self.kind[rows], self.rank[rows], self.known[rows]
        return Candidates(boxes, kind, rank, known, self.names, self.step[rows])


def candidates(of: Searched) -> Candidates:
    """Return the candidates of an image; of equal boxes that of the first source."""
    return united([*_parts(of), _whole(of.image)])


def united(parts: list[Candidates]) -> Candidates:
    """Return the candidates of all parts, of equal boxes the first."""
    names: list[str] = []
    steps = []
    for part in parts:
        steps.append(part.step + np.int16(len(names)))
        names += part.names
    boxes, kind, rank, known = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("boxes", "kind", "rank", "known")
    )
    joined = Candidates(boxes, kind, rank, known, tuple(names), np.concatenate(steps))
    joined = joined.take(bx.firsts(joined.boxes))
    return joined.take(np.lexsort(joined.boxes.T[::-1]))


def _parts(of: Searched) -> Iterator[Candidates]:
    if of.sources.selective is not None and of.selective is not None:
        yield _of_selective_search(of.sources.selective, of.selective)
    for scale, cuts in of.scales:
        yield _of_crack_groups(scale, cuts)


def _of_selective_search(proposer: SelectiveSearch, found: Found) -> Candidates:
    found = found.take(slice(_MOST_SELECTIVE))
    origins, settings = found.origins, proposer.settings()
    assert origins is not None
    assert origins.level is not None
    each = len(settings.ks), len(settings.strategies)
    colours, k, similarity = np.unravel_index(
        origins.step, (len(origins.names) // (each[0] * each[1]), *each)
    )
    known = np.zeros((len(found.boxes), len(COLUMNS)), np.float32)
    known[:, _OF_SEARCH] = np.stack([origins.level, colours, k, similarity], axis=1)
    names = tuple(f"{SELECTIVE_SEARCH}: {name}" for name in origins.names)
    return _part(found.boxes, _SELECTIVE, known, names, origins.step)


def _of_crack_groups(scale: search.Scale, cuts: list[search.Cut]) -> Candidates:
    percentiles = scale.settings.percentiles
    step = np.repeat(np.arange(len(cuts), dtype=np.int16), [len(each.boxes) for _, each in cuts])
    columns = np.concatenate([np.zeros((0, 9), np.float32), *map(_columns, (each for _, each in cuts))])
    scores = columns[:, 4]
    most = _MOST_FULL if scale.scale == 1 else _MOST_SMALL
    rows = np.argsort(-scores, kind="stable")[:most]
    columns, step = columns[rows], step[rows]
    known = np.zeros((len(rows), len(COLUMNS)), np.float32)
    known[:, _OF_GROUPS][:, :5] = columns[:, 4:]
    known[:, _OF_GROUPS][:, 5] = np.array(percentiles, np.float32)[step]
    # The energy of the same line falls by the square of the scale, see core.proposers.crack_groups.search.
    known[:, _OF_GROUPS][:, :2] /= (scale.scale, scale.scale**2)
    names = tuple(f"{CRACK_GROUPS}: {name}" for name, _ in cuts)
    kind = _FULL if scale.scale == 1 else _SMALL
    return _part(scale.enlarged(columns[:, :4]), kind, known, names, step)


def _columns(of: grouping.Groups) -> NDArray[np.float32]:
    """Return corners, score, energy, gap at birth, logarithms of range and fragments: float32 (K, 9)."""
    ranges = np.log(np.maximum(of.ended - of.born, 0.05))
    rest = np.stack([of.scores, of.energies, of.born, ranges, np.log(of.fragments)], axis=1)
    return np.concatenate([of.boxes, rest], axis=1).astype(np.float32)


def _whole(image: Image) -> Candidates:
    height, width = image.shape[:2]
    known = np.zeros((1, len(COLUMNS)), np.float32)
    return _part(bx.as_boxes([[0, 0, width, height]]), _WHOLE, known, (KINDS[_WHOLE],), np.zeros(1, np.int16))


def _part(
    boxes: Boxes, kind: int, known: NDArray[np.float32], names: tuple[str, ...], step: NDArray[np.int16]
) -> Candidates:
    count = len(boxes)
    rank = np.arange(count, dtype=np.float32)
    return Candidates(boxes, np.full(count, kind, np.int8), rank, known, names, step)
