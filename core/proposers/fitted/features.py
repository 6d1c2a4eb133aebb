"""The features of candidates: size, what the maps show in and around each, agreement, and its source."""

import numpy as np
from numpy.typing import NDArray

from core.images import Image
from core.proposers.fitted import kernel
from core.proposers.fitted.candidates import COLUMNS, KINDS, Candidates
from core.proposers.fitted.maps import MAPS, integral, maps

VERSION = 2
"""Raised whenever the features of the same picture become others: a fitted file is for one version."""

_EVIDENCE = ("dark", "bright", "lines", "strong lines", "gradient")
_STRIPS = ("lines", "strong lines", "gradient")
_OF_STRIPS = np.array([MAPS.index(name) for name in _STRIPS])
_SCORE, _ENERGY = COLUMNS.index("score"), COLUMNS.index("energy")
_ORIENTATIONS = slice(MAPS.index("gradient 0"), MAPS.index("gradient 135") + 1)

NAMES = (
    *("log area share", "log aspect", "log side in pixels", "ring over area"),
    *("grey", "grey of the ring", "grey difference", "grey deviation", "grey deviation of the ring"),
    *("a", "a difference", "b", "b difference", "colour difference"),
    *(
        f"{of}, {what}"
        for of in _EVIDENCE
        for what in ("mean", "mean of the ring", "share", "inside", "by side")
    ),
    *(f"orientation {angle}" for angle in (0, 45, 90, 135)),
    *(
        f"{of}, {what}"
        for of in _STRIPS
        for what in (
            *("least inner strip", "second inner strip", "largest inner strip"),
            *("least outer strip", "third outer strip", "largest outer strip"),
            *("least step", "second step", "log outer over inner"),
        )
    ),
    *(f"log count of {kind} above {iou}" for kind in KINDS[:-1] for iou in (0.5, 0.7, 0.9)),
    *("weighted score", "best score", "log count inside", "log count around"),
    *KINDS,
    "rank",
    *COLUMNS,
    "log count",
)
"""The names of the features."""


def features(image: Image, of: Candidates) -> NDArray[np.float32]:
    """Return the features of candidates: float32 (N, F), the columns as in ``NAMES``."""
    height, width = image.shape[:2]
    summed = integral(maps(image))
    inside, grown, strips, rectangles = _sums(summed, of, width, height)
    total = summed[-1, -1].astype(np.float32)
    areas = _areas(rectangles[:, :2])
    columns = [
        *_size(of, width, height, areas),
        *_shades(inside, grown, areas),
        *_evidence(inside, grown, areas, total, (summed.shape[0] - 1) * (summed.shape[1] - 1)),
        *_shares(inside[:, _ORIENTATIONS]),
        *_along_sides(strips, inside[:, _OF_STRIPS]),
        *_agreement(of),
        *_source(of),
    ]
    return np.stack(columns, axis=1).astype(np.float32)


Column = NDArray[np.float32]


def _sums(
    summed: NDArray[np.float64], of: Candidates, width: int, height: int
) -> tuple[Column, Column, Column, NDArray[np.int32]]:
    """Return the sums in each box, in its grown box, in the strips of both sides, and the rectangles."""
    count, (rows, columns, number) = len(of.boxes), summed.shape
    rectangles = np.empty((count, 10, 4), np.int32)
    across, down = (columns - 1) / width, (rows - 1) / height
    kernel.rectangles(of.boxes, across, down, columns - 1, rows - 1, rectangles)
    whole = np.empty((count, 2, number), np.float32)
    strips = np.empty((count, len(_STRIPS), 8), np.float32)
    kernel.sums(summed, rectangles, _OF_STRIPS, whole, strips)
    return whole[:, 0], whole[:, 1], strips, rectangles


def _areas(rectangles: NDArray[np.int32]) -> Column:
    sides = (rectangles[..., 2:] - rectangles[..., :2]).astype(np.float32)
    return sides[..., 0] * sides[..., 1]


def _size(of: Candidates, width: int, height: int, areas: Column) -> list[Column]:
    sides = np.maximum(of.boxes[:, 2:] - of.boxes[:, :2], 1e-3)
    log = np.log(sides)
    pixels = log.sum(axis=1)
    share = (pixels - np.log(width * height)).astype(np.float32)
    return [share, log[:, 0] - log[:, 1], pixels / 2, (areas[:, 1] - areas[:, 0]) / areas[:, 0]]


def _shades(inside: Column, grown: Column, areas: Column) -> list[Column]:
    """Return grey levels and colours of the box and of the ring around it."""
    ring = np.maximum(areas[:, 1] - areas[:, 0], 1)
    within, around = inside / areas[:, :1], (grown - inside) / ring[:, None]
    deviations = [np.sqrt(np.maximum(means[:, 1] - means[:, 0] ** 2, 0)) for means in (within, around)]
    apart = within - around
    colours = np.abs(apart[:, [0, 11, 12]]).sum(axis=1)
    grey = [within[:, 0], around[:, 0], apart[:, 0], *deviations]
    return [*grey, within[:, 11], apart[:, 11], within[:, 12], apart[:, 12], colours]


def _evidence(inside: Column, grown: Column, areas: Column, total: Column, pixels: int) -> list[Column]:
    ring = np.maximum(areas[:, 1] - areas[:, 0], 1)
    found = []
    for name in _EVIDENCE:
        own, both, whole = inside[:, MAPS.index(name)], grown[:, MAPS.index(name)], total[MAPS.index(name)]
        mean = max(whole / pixels, np.float32(1e-6))
        around = np.maximum(both - own, 0)
        found += [
            own / areas[:, 0] / mean,
            around / ring / mean,
            own / max(whole, np.float32(1e-6)),
            own / np.maximum(both, 1e-6),
            own / np.sqrt(areas[:, 0]),
        ]
    return found


def _shares(parts: Column) -> list[Column]:
    return list((parts / np.maximum(parts.sum(axis=1, keepdims=True), 1e-6)).T)


def _along_sides(strips: Column, inside: Column) -> list[Column]:
    """Return of the strips the smallest and largest, so that no side is special."""
    shares: Column = (strips / np.maximum(inside, 1e-6)[..., None]).astype(np.float32)
    inner, outer = np.sort(shares[..., :4], axis=2), np.sort(shares[..., 4:], axis=2)
    steps = np.sort(shares[..., :4] - shares[..., 4:], axis=2)
    totals = shares.reshape(*shares.shape[:2], 2, 4).sum(axis=3) + 0.01
    ratio: Column = np.log(totals[..., 1] / totals[..., 0]).astype(np.float32)
    found: list[Column] = []
    for n in range(strips.shape[1]):
        found += [inner[:, n, 0], inner[:, n, 1], inner[:, n, 3], outer[:, n, 0], outer[:, n, 2]]
        found += [outer[:, n, 3], steps[:, n, 0], steps[:, n, 1], ratio[:, n]]
    return found


def _agreement(of: Candidates) -> list[Column]:
    count = len(of.boxes)
    counts, nested = np.zeros((count, len(KINDS), 3), np.int32), np.zeros((count, 2), np.int32)
    weighted, best = np.zeros(count, np.float32), np.zeros(count, np.float32)
    kernel.consensus(of.boxes, of.kind, _over_largest(of.known[:, _SCORE]), counts, nested, weighted, best)
    logs = np.log1p(counts[:, :-1].reshape(count, -1)).T
    return [*logs, np.log1p(weighted), best, *np.log1p(nested).T]


def _source(of: Candidates) -> list[Column]:
    known = of.known.copy()
    for column in (_SCORE, _ENERGY):
        known[:, column] = _over_largest(known[:, column])
    kinds = [(of.kind == number).astype(np.float32) for number in range(len(KINDS))]
    count = np.full(len(of.boxes), np.log(len(of.boxes)), np.float32)
    return [*kinds, of.rank / 100, *known.T, count]


def _over_largest(values: Column) -> Column:
    return values / max(values.max(initial=0), np.float32(1e-6))
