"""Segmentation and grouping of one colour image: from its pixels to all its groupings."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.errors import BoxscopeError
from core.proposers.selective_search import grouping, ordering, regions, segment, texture
from core.proposers.selective_search.grouping import Strategy
from core.proposers.selective_search.workspace import reused_array

_PAIRS_SEEN = 1 << 16
# Bytes of the histograms of all pieces at most; the regions and their groupings take four times as much more.
_MAX_COUNT_BYTES = 1_000_000_000

Sets = tuple[NDArray[np.uint32], NDArray[np.int32], NDArray[np.float32]]
"""Parents, sizes and heaviest edges of sets of pixels, see :func:`segment.join_shared`."""

Lap = Callable[[str], None]
"""Called with the name of each stage at its end, for benchmarks of the stages."""


def _no_lap(stage: str) -> None:
    pass


class Settings(NamedTuple):
    """The settings of :func:`initial_regions` and :func:`groupings`.

    Attributes
    ----------
    ks : tuple of float
        Ascending; each gives one segmentation.
    sigma : float
        Of the Gaussian blur before segmentation, pixels.
    min_size : int
        Of an initial region, pixels.
    rotated : bool
        Compute diagonal derivatives on rotated pictures, as OpenCV does.
    strategies : tuple of Strategy
    """

    ks: tuple[float, ...]
    sigma: float
    min_size: int
    rotated: bool
    strategies: tuple[Strategy, ...]


class Pieces(NamedTuple):
    """The segmentations of one colour image, as unions of their common pieces.

    Attributes
    ----------
    labels : int32 (H, W)
        The piece of each pixel.
    members : int32 (M, K)
        The region of each of K segmentations that a piece belongs to.
    counts : list of int, K long
        Number of regions of each segmentation.
    """

    labels: NDArray[np.int32]
    members: NDArray[np.int32]
    counts: list[int]


def initial_regions(image: NDArray[np.uint8], settings: Settings, lap: Lap = _no_lap) -> Pieces:
    """Return the segmentations of a colour image, one for each k.

    Parameters
    ----------
    image : uint8 (H, W, channels)
    settings : Settings
    """
    pieces = _pieces(image, settings, lap)
    return pieces._replace(labels=pieces.labels.copy())


def _pieces(image: NDArray[np.uint8], settings: Settings, lap: Lap) -> Pieces:
    """Return the same as :func:`initial_regions`, the labels in memory that the next call overwrites."""
    labels, shared = _components(image, settings, lap)
    region_of = np.empty((len(settings.ks), len(shared.sizes)), np.int32)
    counts = [
        segment.join_rest(*shared, k, settings.min_size, region_of[n]) for n, k in enumerate(settings.ks)
    ]
    lap("union-find of each k")
    piece_of = np.empty(len(shared.sizes), np.int32)
    members = regions.pieces(region_of, piece_of)
    segment.relabel(labels, piece_of)
    lap("common pieces")
    return Pieces(labels.reshape(image.shape[:2]), members, counts)


class _Components(NamedTuple):
    """The components that all k share, and the edges that not all of them may join.

    Attributes
    ----------
    sizes : int32 (C,)
    heaviest : float32 (C,)
    weights : float32 (deferred edges,)
    ends : uint32 (deferred edges, 2)
    """

    sizes: NDArray[np.int32]
    heaviest: NDArray[np.float32]
    weights: NDArray[np.float32]
    ends: NDArray[np.uint32]


def _components(
    image: NDArray[np.uint8], settings: Settings, lap: Lap
) -> tuple[NDArray[np.int32], _Components]:
    """Return the component of each pixel, int32 (P,), and what is known of the components."""
    height, width = image.shape[:2]
    pixels = height * width
    parents, sizes = reused_array("sets", (2, pixels), np.uint32)
    labels = reused_array("labels", pixels, np.int32)
    sets = parents, sizes.view(np.int32), labels.view(np.float32)
    weights, ends = _deferred(image, settings, sets, lap)
    count = segment.count_components(parents)
    found = _Components(np.empty(count, np.int32), np.empty(count, np.float32), weights, ends)
    segment.number_components(*sets, labels, found.sizes, found.heaviest)
    segment.renumber(ends, labels)
    return labels, found


def _deferred(
    image: NDArray[np.uint8], settings: Settings, sets: Sets, lap: Lap
) -> tuple[NDArray[np.float32], NDArray[np.uint32]]:
    """Join the pixels along all edges on which every k agrees; return weights and ends of the others."""
    width, seen = image.shape[1], reused_array("seen", _PAIRS_SEEN, np.uint64)
    seen[:] = 0
    segment.start(*sets)
    all_weights = ordering.weights(image, settings.sigma)
    lap("edges")
    parts = []
    for keys, spare in ordering.sorted_keys(all_weights):
        lap("sort")
        weights, ends = keys.view(np.float32), spare.view(np.uint32).reshape(-1, 2)
        count = segment.join_shared(keys, width, settings.ks[0], *sets, weights, ends, seen)
        parts.append((weights[:count].copy(), ends[:count].copy()))
        lap("shared union-find")
    del all_weights, keys, spare, weights, ends  # of a large picture they are not kept
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


class Run(NamedTuple):
    """One grouping; see :func:`core.proposers.selective_search.grouping.group` for its fields."""

    boxes: NDArray[np.int32]
    levels: NDArray[np.int32]
    parts: NDArray[np.int32]
    similarities: NDArray[np.float32]


def groupings(image: NDArray[np.uint8], settings: Settings, lap: Lap = _no_lap) -> list[Run]:
    """Return all groupings of a colour image, segmented first; see :func:`group_regions`."""
    return group_regions(image, _pieces(image, settings, lap), settings, lap)


def group_regions(
    image: NDArray[np.uint8], pieces: Pieces, settings: Settings, lap: Lap = _no_lap
) -> list[Run]:
    """Return the groupings of every segmentation of a colour image by every strategy.

    Parameters
    ----------
    image : uint8 (H, W, channels)
    pieces : Pieces
    settings : Settings

    Returns
    -------
    list of Run
        Ordered by segmentation, then by strategy.
    """
    runs = []
    for described in describe_regions(image, pieces, settings, lap):
        for strategy in settings.strategies:
            weights = np.array(strategy, np.float32)
            runs.append(Run(*grouping.group(*described, pieces.labels.size, weights)))
        del described  # before the next: on noise, in quality mode, two take 5 bytes a pixel
    lap("groupings")
    return runs


def describe_regions(
    image: NDArray[np.uint8], pieces: Pieces, settings: Settings, lap: Lap = _no_lap
) -> Iterator[regions.Regions]:
    """Yield sizes, boxes, histograms and pairs of the regions of each segmentation."""
    sizes, boxes, pairs = regions.outline(pieces.labels, len(pieces.members))
    lap("outline")
    colour, texels = _zero_counts(len(pieces.members), image.shape[2])
    empty = np.zeros((texture.DIRECTIONS, image.shape[2]), np.bool_)
    # The sets are not needed any more: their memory holds the codes and the derivatives of a channel.
    memory, buffer = reused_array("sets", (2, texture.DIRECTIONS * pieces.labels.size), np.uint8)
    codes = memory.reshape(texture.DIRECTIONS, *pieces.labels.shape)
    for channel in range(image.shape[2]):
        plane = np.ascontiguousarray(image[..., channel])
        empty[:, channel] = _encode(plane, settings.rotated, buffer.view(np.int16), codes)
        lap("texture")
        regions.count_codes(pieces.labels, plane, codes, colour[:, channel], texels[:, channel])
        lap("histograms")
    del memory, buffer, codes
    for n, count in enumerate(pieces.counts):
        region_of = np.ascontiguousarray(pieces.members[:, n])
        yield regions.add_up(region_of, count, sizes, boxes, pairs, colour, texels, empty)


def _zero_counts(count: int, channels: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return zeros for :func:`regions.count_codes`, in the memory that the derivatives used.

    Raises
    ------
    BoxscopeError
        There are too many pieces: k and the smallest region are too small for the picture.
    """
    shades = count * channels * regions.COLOUR_BINS
    bins = shades + count * channels * texture.DIRECTIONS * texture.CODES
    if 4 * bins > _MAX_COUNT_BYTES:
        raise BoxscopeError(
            f"the picture falls into {count:,} initial regions, whose histograms would take "
            f"{4 * bins / 1e9:.1f} GB, expected a larger min_size or base_k",
            "min_size",
        )
    buffer = reused_array("spare", bins, np.int32)
    buffer[:] = 0
    colour = buffer[:shades].reshape(count, channels, regions.COLOUR_BINS)
    return colour, buffer[shades:].reshape(count, channels, texture.DIRECTIONS, texture.CODES)


def _encode(
    plane: NDArray[np.uint8], rotated: bool, buffer: NDArray[np.int16], codes: NDArray[np.uint8]
) -> list[bool]:
    """Fill the codes of a channel's derivatives; return whether each one's negative half is empty."""
    if not rotated:
        return texture.encode_plane(plane, buffer.reshape(2, *plane.shape), codes)
    derivatives = texture.rotated_derivatives(plane)
    return [texture.encode(derivative, codes[n]) for n, derivative in enumerate(derivatives)]
