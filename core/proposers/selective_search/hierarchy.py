"""Segmentation and grouping of one colour image: from its pixels to all its groupings."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import BoxscopeError
from core.proposers.selective_search import edges, grouping, regions, segment, texture
from core.proposers.selective_search.grouping import Strategy
from core.proposers.selective_search.workspace import reused_array

_PAIRS_SEEN = 1 << 16
# Bytes of the histograms of all pieces at most; the regions and their groupings take four times as much more.
_MAX_COUNT_BYTES = 1_000_000_000

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
    height, width = image.shape[:2]
    pixels = height * width
    keys, spare, edge_count = _sorted_edges(image, settings.sigma, lap)
    parents, sizes, heaviest = reused_array("pixels", (3, pixels), np.uint32)
    sets = parents, sizes.view(np.int32), heaviest.view(np.float32)
    # Weights share the memory of the keys: a weight is written only after its key, or a later one, was read.
    weights, ends = keys.view(np.float32), spare.view(np.uint32).reshape(-1, 2)
    seen = reused_array("seen", _PAIRS_SEEN, np.uint64)
    sorted_keys = keys[:edge_count]
    deferred = segment.join_shared(sorted_keys, width, settings.ks[0], *sets, weights, ends, seen)
    lap("shared union-find")
    labels = heaviest.view(np.int32)
    # The weights take at most the lower half of the keys' memory.
    sizes_of, heaviest_of = weights[2 * pixels :].reshape(2, pixels)
    count = segment.number_components(*sets, labels, sizes_of.view(np.int32), heaviest_of)
    segment.renumber(ends[:deferred], labels)
    region_of = np.empty((len(settings.ks), count), np.int32)
    shared = sizes_of.view(np.int32)[:count], heaviest_of[:count], weights[:deferred], ends[:deferred]
    counts = [
        segment.join_rest(*shared, k, settings.min_size, region_of[n]) for n, k in enumerate(settings.ks)
    ]
    lap("union-find of each k")
    piece_of = np.empty(count, np.int32)
    members = regions.pieces(region_of, piece_of)
    segment.relabel(labels, piece_of)
    lap("common pieces")
    return Pieces(labels.reshape(height, width), members, counts)


def _sorted_edges(
    image: NDArray[np.uint8], sigma: float, lap: Lap
) -> tuple[NDArray[np.uint64], NDArray[np.uint64], int]:
    """Return the sorted keys of the edges, a spare array of the same size, and the number of edges."""
    height, width, channels = image.shape
    pixels = height * width
    keys, spare = reused_array("keys", 2 * pixels, np.uint64), reused_array("spare", 2 * pixels, np.uint64)
    floats, buffer = spare.view(np.float32), reused_array("pixels", 3 * pixels, np.float32)
    floats, blurred = floats[: image.size].reshape(image.shape), buffer[: image.size].reshape(image.shape)
    np.copyto(floats, image)
    cv2.GaussianBlur(floats, (0, 0), sigma, dst=blurred, sigmaY=sigma)
    # Blurred before it is split: plane by plane, the last bits of very narrow images would differ.
    planes = floats.reshape(channels, height, width)
    for channel in range(channels):
        cv2.extractChannel(blurred, channel, dst=planes[channel])
    right, down = buffer[: 2 * pixels].reshape(2, height, width)
    edges.weigh(planes, right, down)
    count = edges.make_keys(right.view(np.uint32), down.view(np.uint32), keys)
    lap("edges")
    swapped = edges.sort(keys[:count], spare[:count])
    lap("sort")
    return (spare, keys, count) if swapped else (keys, spare, count)


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
    codes, empty = _codes(image, settings.rotated)
    lap("texture")
    colour, texels = _zero_counts(len(pieces.members), image.shape[2])
    regions.count_codes(pieces.labels, image, codes, colour, texels)
    lap("histograms")
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


def _codes(image: NDArray[np.uint8], rotated: bool) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    height, width, channels = image.shape
    # The keys are not needed any more: their memory holds the codes and the derivatives of a channel.
    codes = reused_array("keys", (channels, texture.DIRECTIONS, height, width), np.uint8)
    buffer = reused_array("spare", (2, height, width), np.int16)
    empty = np.zeros((texture.DIRECTIONS, channels), np.bool_)
    for channel in range(channels):
        plane = np.ascontiguousarray(image[..., channel])
        if not rotated:
            empty[:, channel] = texture.encode_plane(plane, buffer, codes[channel])
            continue
        for direction, derivative in enumerate(texture.rotated_derivatives(plane)):
            empty[direction, channel] = texture.encode(derivative, codes[channel, direction])
    return codes, empty
