"""Fragments of a mask, and the groups that they make as the nearest join first."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core import boxes as bx
from core.boxes import Boxes
from core.proposers.crack_groups import kernel
from core.proposers.crack_groups.components import components
from core.proposers.crack_groups.maps import Map

# Gap below which two births count as one, pixels: a group that ends where it began would have no strength.
_LEAST_RANGE = 0.05


class Fragments(NamedTuple):
    """The connected components of a mask that are long enough.

    Attributes
    ----------
    labels : int32 (H, W)
        1 to F inside, 0 elsewhere.
    boxes : float32 (F, 4)
    energies : float32 (F,)
        Sum of the line map over each.
    """

    labels: NDArray[np.int32]
    boxes: Boxes
    energies: NDArray[np.float32]


class Pairs(NamedTuple):
    """Pairs of fragments, smallest gap first; a pair may come several times.

    Attributes
    ----------
    first, second : int32 (M,)
        From 0 on.
    gap : float32 (M,)
        Pixels.
    """

    first: NDArray[np.int32]
    second: NDArray[np.int32]
    gap: NDArray[np.float32]


class Groups(NamedTuple):
    """Fragments and the groups of them.

    Attributes
    ----------
    boxes : float32 (K, 4)
    scores : float32 (K,)
        The energy times the square root of the range of gaps over which each is a group of its own.
    energies : float32 (K,)
        Sum of the line map over the fragments of each.
    born, ended : float32 (K,)
        The gaps between which each is a group of its own, pixels.
    fragments : int32 (K,)
        How many each is made of.
    """

    boxes: Boxes
    scores: NDArray[np.float32]
    energies: NDArray[np.float32]
    born: NDArray[np.float32]
    ended: NDArray[np.float32]
    fragments: NDArray[np.int32]


def fragments(of: Map, contrast: Map, threshold: float, min_length: int) -> Fragments:
    """Return the connected components (8 neighbours) of a map above a threshold.

    Parameters
    ----------
    of : float32 (H, W)
    contrast : float32 (H, W)
        Boxes hold the pixels of a component whose own contrast is above the threshold.
    threshold : float
    min_length : int
        Of the longer side of a component's box, pixels; shorter ones are dropped. A box that ends nearer than
        this to an edge of the map is taken to that edge: a piece that lay between would be too short to keep.
    """
    labels = np.zeros(of.shape, np.int32)
    boxes, energies = components(of, contrast, threshold, min_length, labels)
    boxes = to_edges(boxes, of.shape, min_length)
    return Fragments(labels, bx.as_boxes(boxes), energies.astype(np.float32))


def to_edges(boxes: NDArray[np.float32], shape: tuple[int, ...], near: int) -> NDArray[np.float32]:
    """Return boxes whose sides that are nearer than `near` pixels to an edge of the map lie on it."""
    far = np.array([shape[1], shape[0]], np.float32)
    begin, end = boxes[:, :2], boxes[:, 2:]
    return np.concatenate([np.where(begin < near, 0, begin), np.where(far - end < near, far, end)], axis=1)


def groups(pieces: Fragments, max_gap: float) -> Groups:
    """Return the fragments and all groups of them, joined nearest first up to a gap.

    Parameters
    ----------
    pieces : Fragments
    max_gap : float
        Between the pixels of two groups, pixels.
    """
    if not len(pieces.boxes):
        none = np.zeros(0, np.float32)
        return Groups(bx.as_boxes([]), none, none, none, none, np.zeros(0, np.int32))
    return joined(pieces, pairs(pieces, max_gap), max_gap)


def pairs(pieces: Fragments, max_gap: float) -> Pairs:
    """Return the gaps between the pixels of neighbouring fragments, smallest first."""
    nearest, distance = np.empty(pieces.labels.shape, np.int32), np.empty(pieces.labels.shape, np.float32)
    kernel.nearest_fragment(pieces.labels, nearest, distance)
    return Pairs(*kernel.gaps(nearest, distance, max_gap))


def joined(pieces: Fragments, gaps: Pairs, max_gap: float) -> Groups:
    """Return the fragments and all groups of them that arise as the pairs are joined in their order."""
    found, energies, born, ended, counts = kernel.join(pieces.boxes, pieces.energies, *gaps, max_gap)
    scores = energies * np.sqrt(np.maximum(ended - born, _LEAST_RANGE))
    return Groups(found, scores, energies, born, ended, counts)
