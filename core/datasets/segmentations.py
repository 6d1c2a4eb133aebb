"""The smallest boxes around the segmentations of COCO annotations, polygons and run lengths.

Notation: A annotations.
"""

import re
from array import array
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.datasets.polygons import PolygonReader
from core.datasets.records import LARGEST_SIDE

# Annotations whose coordinates are in memory at once.
_CHUNK = 2048
# Run lengths as text: numbers of one or more signs; the sign that ends one lacks the bit of value 32.
_RUNS = re.compile(r"[0-o]*[0-O]")


class RunLengths(msgspec.Struct, gc=False):
    """A mask as alternating runs of background and object, down the columns; `size` is height and width."""

    size: list[int]
    counts: list[int] | str


class Outlines(NamedTuple):
    """What is known of the segmentation of each annotation; :func:`outlines` makes it.

    Attributes
    ----------
    boxes : float64 (A, 4)
        Smallest box ``x0 y0 x1 y1`` around it; four NaN where there is none, it is broken, or it reaches
        beyond all pictures.
    given : bool (A,)
        Whether there is one, broken or not; an empty list is none.
    size : int64 (A, 2)
        Width and height of the picture that run lengths are for; 0 otherwise.
    """

    boxes: NDArray[np.float64]
    given: NDArray[np.bool_]
    size: NDArray[np.int64]


def outlines(texts: Sequence[msgspec.Raw], boxless: NDArray[np.bool_]) -> Outlines:
    """Return the boxes around segmentations.

    Parameters
    ----------
    texts : sequence of Raw, A long
        The JSON of each, ``null`` where there is none.
    boxless : bool (A,)
        Whether the annotation has no other box: run lengths as text are then added up too, in 30 us each.
    """
    found = Outlines(
        np.full((len(texts), 4), np.nan), np.ones(len(texts), bool), np.zeros((len(texts), 2), np.int64)
    )
    runs: dict[int, RunLengths] = {}
    polygons = PolygonReader()
    for start in range(0, len(texts), _CHUNK):
        some = texts[start : start + _CHUNK]
        rows, boxes = polygons.boxes(some)
        found.boxes[rows + start] = boxes
        if len(rows) < len(some):
            rest = np.ones(len(some), bool)
            rest[rows] = False
            numbers = np.flatnonzero(rest).tolist()
            runs |= _fill_one_by_one(found, {n + start: some[n] for n in numbers})
    _fill_run_lengths(found, runs, boxless)
    found.boxes[~(np.abs(found.boxes) <= LARGEST_SIDE).all(axis=1)] = np.nan
    return found


_decoder = msgspec.json.Decoder(list[list[float]] | RunLengths | None)


def _fill_one_by_one(found: Outlines, texts: Mapping[int, msgspec.Raw]) -> dict[int, RunLengths]:
    """Fill in the boxes of polygons, by annotation; return the run lengths among the segmentations."""
    runs: dict[int, RunLengths] = {}
    # An array, not a list: 2 s less for 900,000 annotations.
    numbers, rows, firsts = array("d"), [], []
    for n, text in texts.items():
        try:
            segmentation = _decoder.decode(text)
        except msgspec.DecodeError:
            if bytes(text) in (b"{}", b'""'):
                found.given[n] = False
            continue
        if isinstance(segmentation, RunLengths):
            runs[n] = segmentation
        elif segmentation and len(segmentation) == 1 and len(segmentation[0]) >= 6:  # most of them
            if not len(segmentation[0]) % 2:
                rows.append(n)
                firsts.append(len(numbers) // 2)
                numbers.fromlist(segmentation[0])
        elif not segmentation or not any(segmentation):
            found.given[n] = False
        elif not any(len(polygon) % 2 or 0 < len(polygon) < 6 for polygon in segmentation):
            rows.append(n)
            firsts.append(len(numbers) // 2)
            for polygon in segmentation:
                numbers.fromlist(polygon)
    if rows:
        points = np.frombuffer(numbers, np.float64).reshape(-1, 2)
        found.boxes[rows, :2] = np.minimum.reduceat(points, firsts)
        found.boxes[rows, 2:] = np.maximum.reduceat(points, firsts)
    return runs


def _fill_run_lengths(found: Outlines, runs: dict[int, RunLengths], boxless: NDArray[np.bool_]) -> None:
    """Fill in the boxes of run lengths, and the sizes that they are for."""
    sound = {n: mask for n, mask in runs.items() if is_sound(mask, adds_up=bool(boxless[n]))}
    if not sound:
        return
    from pycocotools import mask as library  # only for files that have such segmentations

    rows = list(sound)
    sizes = np.array([mask.size for mask in sound.values()], np.int64)
    found.size[rows] = sizes[:, ::-1]
    encoded = []
    for mask in sound.values():
        entry = {"size": mask.size, "counts": mask.counts}
        encoded.append(entry if isinstance(mask.counts, str) else library.frPyObjects(entry, *mask.size))
    x, y, width, height = library.toBbox(encoded).T
    boxes = np.stack([x, y, x + width, y + height], axis=1)
    boxes[(boxes[:, 2:] > sizes[:, ::-1]).any(axis=1)] = np.nan
    found.boxes[rows] = boxes


def is_sound(mask: RunLengths, adds_up: bool) -> bool:
    """Return whether run lengths have the form that they should, which the library does not check."""
    if len(mask.size) != 2 or min(mask.size) < 1 or mask.size[0] * mask.size[1] >= 1 << 31:
        return False
    pixels = mask.size[0] * mask.size[1]
    if isinstance(mask.counts, str):
        return bool(_RUNS.fullmatch(mask.counts)) and (not adds_up or _adds_up(mask.counts, pixels))
    return min(mask.counts, default=-1) >= 0 and sum(mask.counts) == pixels


def _adds_up(text: str, pixels: int) -> bool:
    """Return whether run lengths written as text are those of a picture."""
    runs = run_lengths(text)
    return bool(runs.min() >= 0 and runs.sum() == pixels)


def run_lengths(text: str) -> NDArray[np.int64]:
    """Return run lengths written as text, the background's first; [-1] where one is beyond all pictures.

    A number is written with five bits a sign, the lowest first; from the fourth on, as its difference to
    the number two before it.
    """
    signs = np.frombuffer(text.encode(), np.uint8).astype(np.int64) - 48
    ends = np.flatnonzero(signs & 32 == 0)
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = ends + 1 - starts
    if lengths.max() > 7:  # more than any picture has
        return np.array([-1])
    shifts = 5 * (np.arange(len(signs)) - np.repeat(starts, lengths))
    runs = np.add.reduceat((signs & 31) << shifts, starts)
    runs -= np.where(signs[ends] & 16, 1 << (5 * lengths), 0)
    runs[1::2] = np.cumsum(runs[1::2])
    runs[2::2] = np.cumsum(runs[2::2])
    return runs
