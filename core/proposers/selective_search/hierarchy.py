"""One colour image from its pixels to all its groupings."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import BoxscopeError
from core.proposers.selective_search import edges, grouping, regions, segment, texture
from core.proposers.selective_search.grouping import Strategy
from core.proposers.selective_search.workspace import take

_PAIRS_SEEN = 1 << 16
# Bytes of the histograms of all pieces; the regions and their groupings take four times as much besides.
_MOST_COUNTS = 1_000_000_000

Lap = Callable[[str], None]
"""Told the name of each stage when it is done, for a benchmark that wants to know how long each takes."""


def _no_lap(stage: str) -> None:
    pass


class Settings(NamedTuple):
    """What :func:`initial_regions` and :func:`groupings` need to know.

    Attributes
    ----------
    ks : tuple of float
        Ascending; one segmentation each.
    sigma : float
        Of the blur before, pixels.
    min_size : int
        Pixels.
    rotated : bool
        Take diagonal derivatives from rotated pictures, as OpenCV does.
    strategies : tuple of Strategy
    """

    ks: tuple[float, ...]
    sigma: float
    min_size: int
    rotated: bool
    strategies: tuple[Strategy, ...]


class Pieces(NamedTuple):
    """The segmentations of one colour image, cut into their common pieces.

    Attributes
    ----------
    labels : int32 (H, W)
        Piece of each pixel.
    members : int32 (M, K)
        The region of each segmentation that a piece belongs to.
    counts : list of int, K long
        Regions of each segmentation.
    """

    labels: NDArray[np.int32]
    members: NDArray[np.int32]
    counts: list[int]


def initial_regions(image: NDArray[np.uint8], settings: Settings, lap: Lap = _no_lap) -> Pieces:
    """Segment a colour image once for each k.

    Parameters
    ----------
    image : uint8 (H, W, channels)
    settings : Settings
    """
    pieces = _pieces(image, settings, lap)
    return pieces._replace(labels=pieces.labels.copy())


def _pieces(image: NDArray[np.uint8], settings: Settings, lap: Lap) -> Pieces:
    """Do it; the labels lie in memory that the next call uses again."""
    height, width = image.shape[:2]
    pixels = height * width
    keys, spare, edge_count = _sorted_edges(image, settings.sigma, lap)
    parents, sizes, heaviest = take("pixels", (3, pixels), np.uint32)
    sets = parents, sizes.view(np.int32), heaviest.view(np.float32)
    # A weight is written only where its key, or a later one, has been read; so both share their memory.
    weights, ends = keys.view(np.float32), spare.view(np.uint32).reshape(-1, 2)
    seen = take("seen", _PAIRS_SEEN, np.uint64)
    in_order = keys[:edge_count]
    aside = segment.join_shared(in_order, width, settings.ks[0], *sets, weights, ends, seen)
    lap("shared union-find")
    labels = heaviest.view(np.int32)
    # Weights fill at most the lower half of the keys' memory.
    sizes_of, heaviest_of = weights[2 * pixels :].reshape(2, pixels)
    count = segment.number_components(*sets, labels, sizes_of.view(np.int32), heaviest_of)
    segment.renumber(ends[:aside], labels)
    found = np.empty((len(settings.ks), count), np.int32)
    shared = sizes_of.view(np.int32)[:count], heaviest_of[:count], weights[:aside], ends[:aside]
    counts = [segment.join_rest(*shared, k, settings.min_size, found[n]) for n, k in enumerate(settings.ks)]
    lap("union-find of each k")
    piece_of = np.empty(count, np.int32)
    members = regions.pieces(found, piece_of)
    segment.relabel(labels, piece_of)
    lap("common pieces")
    return Pieces(labels.reshape(height, width), members, counts)


def _sorted_edges(
    image: NDArray[np.uint8], sigma: float, lap: Lap
) -> tuple[NDArray[np.uint64], NDArray[np.uint64], int]:
    """Give the keys of the edges, sorted, as much memory again for what comes next, and their number."""
    height, width, channels = image.shape
    pixels = height * width
    keys, spare = take("keys", 2 * pixels, np.uint64), take("spare", 2 * pixels, np.uint64)
    floats, room = spare.view(np.float32), take("pixels", 3 * pixels, np.float32)
    floats, blurred = floats[: image.size].reshape(image.shape), room[: image.size].reshape(image.shape)
    np.copyto(floats, image)
    cv2.GaussianBlur(floats, (0, 0), sigma, dst=blurred, sigmaY=sigma)
    # Blurred as it lies in the picture: plane by plane, the last bits of the narrowest ones would differ.
    planes = floats.reshape(channels, height, width)
    for channel in range(channels):
        cv2.extractChannel(blurred, channel, dst=planes[channel])
    right, down = room[: 2 * pixels].reshape(2, height, width)
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
    """Segment a colour image and group every segmentation by every strategy; see :func:`group_regions`."""
    return group_regions(image, _pieces(image, settings, lap), settings, lap)


def group_regions(
    image: NDArray[np.uint8], pieces: Pieces, settings: Settings, lap: Lap = _no_lap
) -> list[Run]:
    """Group every segmentation of a colour image by every strategy.

    Parameters
    ----------
    image : uint8 (H, W, channels)
    pieces : Pieces
    settings : Settings

    Returns
    -------
    list of Run
        A segmentation's strategies follow each other.
    """
    found = []
    for known in described(image, pieces, settings, lap):
        for strategy in settings.strategies:
            weights = np.array(strategy, np.float32)
            found.append(Run(*grouping.group(*known, pieces.labels.size, weights)))
        del known  # before the next: on noise, in quality mode, both take 5 bytes a pixel
    lap("groupings")
    return found


def described(
    image: NDArray[np.uint8], pieces: Pieces, settings: Settings, lap: Lap = _no_lap
) -> Iterator[regions.Regions]:
    """Find out what is known of the regions of each segmentation, one after the other."""
    sizes, boxes, pairs = regions.outline(pieces.labels, len(pieces.members))
    lap("outline")
    codes, empty = _codes(image, settings.rotated)
    lap("texture")
    colour, texels = _room_for_counts(len(pieces.members), image.shape[2])
    regions.count_codes(pieces.labels, image, codes, colour, texels)
    lap("histograms")
    for n, count in enumerate(pieces.counts):
        region_of = np.ascontiguousarray(pieces.members[:, n])
        yield regions.add_up(region_of, count, sizes, boxes, pairs, colour, texels, empty)


def _room_for_counts(count: int, channels: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Give zeros for :func:`regions.count_codes`, where the derivatives were.

    Raises
    ------
    BoxscopeError
        Too many pieces: k and the smallest region are too small for the picture.
    """
    shades = count * channels * regions.COLOUR_BINS
    every = shades + count * channels * texture.DIRECTIONS * texture.CODES
    if 4 * every > _MOST_COUNTS:
        raise BoxscopeError(
            f"the picture falls into {count:,} initial regions, whose histograms would take "
            f"{4 * every / 1e9:.1f} GB, expected a larger min_size or base_k",
            "min_size",
        )
    room = take("spare", every, np.int32)
    room[:] = 0
    colour = room[:shades].reshape(count, channels, regions.COLOUR_BINS)
    return colour, room[shades:].reshape(count, channels, texture.DIRECTIONS, texture.CODES)


def _codes(image: NDArray[np.uint8], rotated: bool) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    height, width, channels = image.shape
    # The keys are done with: their memory is enough for the codes and for the derivatives of a channel.
    codes = take("keys", (channels, texture.DIRECTIONS, height, width), np.uint8)
    room = take("spare", (2, height, width), np.int16)
    empty = np.zeros((texture.DIRECTIONS, channels), np.bool_)
    for channel in range(channels):
        plane = np.ascontiguousarray(image[..., channel])
        if not rotated:
            empty[:, channel] = texture.encode_plane(plane, room, codes[channel])
            continue
        for direction, derivative in enumerate(texture.rotated_derivatives(plane)):
            empty[direction, channel] = texture.encode(derivative, codes[channel, direction])
    return codes, empty
