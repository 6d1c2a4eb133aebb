"""Write a part of docs/proposers.md: what each choice of crack-groups changes, on training splits.

    python docs/crack_groups.py --without CFD_ crackforest=annotations_train.json crackseg350=train.json:3

A number after a colon takes every so many-th image. `--without` leaves out images by the beginning of their
name; files are looked for in the folder that BOXSCOPE_DATA names, else in the working one. Every row is
compared with the defaults on the same images, image by image; times are of one thread.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import cv2
import numpy as np
from page import put

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from core.datasets import CocoDataset  # noqa: E402
from core.evaluation import figures  # noqa: E402
from core.evaluation.bootstrap import Share, difference, interval  # noqa: E402
from core.evaluation.evaluation import Evaluation, Measured, evaluate  # noqa: E402
from core.images import Image  # noqa: E402
from core.proposers import CrackGroups, Found  # noqa: E402
from core.proposers.crack_groups import grouping, maps, search, warm  # noqa: E402
from core.proposers.crack_groups.grouping import Fragments, Groups, Pairs  # noqa: E402
from core.threads import limit_all  # noqa: E402
from core.truth import Truth  # noqa: E402

ImageOf = tuple[int, Image, Truth]
Propose = Callable[[Image], Found]

PLAIN = maps.contrast


class Variant(NamedTuple):
    """A way of proposing: settings of crack-groups, and other ways of its steps."""

    settings: CrackGroups
    joining: Callable[[Fragments, float], Groups] = grouping.groups
    contrast: Callable[[Image, int, str], maps.Map] = maps.contrast
    to_edges: Callable[[np.ndarray, tuple[int, ...], int], np.ndarray] = grouping.to_edges


# ---- other ways


def gaps_of_boxes(pieces: Fragments, max_gap: float) -> Groups:
    """Return the groups when the gap of two fragments is that between their boxes."""
    x0, y0, x1, y1 = pieces.boxes.T
    across = np.maximum(x0[:, None], x0) - np.minimum(x1[:, None], x1)
    down = np.maximum(y0[:, None], y0) - np.minimum(y1[:, None], y1)
    gap = np.hypot(np.maximum(across, 0), np.maximum(down, 0)).astype(np.float32)
    first, second = np.triu_indices(len(gap), 1)
    return joined(pieces, first, second, gap[first, second], max_gap)


def aligned(weight: float) -> Callable[[Fragments, float], Groups]:
    """Return a way of joining in which a gap grows by up to `weight` of itself where directions disagree.

    Of a pair of fragments that is the mean, over the two, of 1 - |cos| between the direction of the fragment
    and that from its middle to the other's, weighted by how long and thin it is.
    """

    def groups(pieces: Fragments, max_gap: float) -> Groups:
        if not len(pieces.boxes):
            return grouping.groups(pieces, max_gap)
        middle, direction, thin = _shapes(pieces)
        first, second, gap = grouping.pairs(pieces, max_gap)
        link = middle[second] - middle[first]
        link /= np.maximum(np.linalg.norm(link, axis=1, keepdims=True), 1e-6)
        apart = [thin[one] * (1 - np.abs((direction[one] * link).sum(axis=1))) for one in (first, second)]
        return joined(pieces, first, second, gap * (1 + weight * np.mean(apart, axis=0)), max_gap)

    return groups


def shorter_later(power: float) -> Callable[[Fragments, float], Groups]:
    """Return a way of joining in which a gap is multiplied by a power of 20 px over the shorter fragment."""

    def groups(pieces: Fragments, max_gap: float) -> Groups:
        if not len(pieces.boxes):
            return grouping.groups(pieces, max_gap)
        longer = np.maximum(*(pieces.boxes[:, 2:] - pieces.boxes[:, :2]).T)
        first, second, gap = grouping.pairs(pieces, max_gap)
        shorter = np.maximum(np.minimum(longer[first], longer[second]), 1)
        return joined(pieces, first, second, gap * (20 / shorter) ** power, max_gap)

    return groups


def root_contrast(grey: Image, window: int, polarity: str) -> maps.Map:
    """Return the contrast divided by the square root of the mean around, which is less in the dark."""
    dark = 255 - grey if polarity == "bright" else grey
    around = cv2.blur(dark, (window, window), borderType=cv2.BORDER_REFLECT).astype(np.float32)
    return PLAIN(grey, window, polarity) * np.float32(10) / np.sqrt(np.maximum(around, 1))


def _shapes(pieces: Fragments) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the middle of each fragment, its direction, and 0 (round) to 1 (a line)."""
    rows, columns = np.nonzero(pieces.labels)
    number, count = pieces.labels[rows, columns] - 1, len(pieces.boxes)
    sums = [np.bincount(number, weight, count) for weight in (None, columns, rows)]
    x, y = sums[1] / sums[0], sums[2] / sums[0]
    dx, dy = columns - x[number], rows - y[number]
    xx, xy, yy = (np.bincount(number, weight, count) / sums[0] for weight in (dx * dx, dx * dy, dy * dy))
    angle, apart = np.arctan2(2 * xy, xx - yy) / 2, np.hypot(xx - yy, 2 * xy)
    return np.stack([x, y], 1), np.stack([np.cos(angle), np.sin(angle)], 1), apart / np.maximum(xx + yy, 1e-6)


def joined(
    pieces: Fragments, first: np.ndarray, second: np.ndarray, gap: np.ndarray, max_gap: float
) -> Groups:
    """Return the groups of pairs in any order."""
    rows = np.argsort(gap, kind="stable")
    rows = rows[gap[rows] < max_gap]
    pairs = Pairs(first[rows].astype(np.int32), second[rows].astype(np.int32), gap[rows].astype(np.float32))
    return grouping.joined(pieces, pairs, max_gap)


BASE = CrackGroups()
VARIANTS = {
    "defaults": Variant(BASE),
    "no box taken to an edge of the picture": Variant(BASE, to_edges=lambda boxes, shape, near: boxes),
    "contrast by the root of the mean around": Variant(BASE, contrast=root_contrast),
    "gaps between boxes, not pixels": Variant(BASE, gaps_of_boxes),
    "gaps larger, the shorter a fragment": Variant(BASE, shorter_later(0.25)),
    "gaps up to 1.5 times as large where directions disagree": Variant(BASE, aligned(0.5)),
    "gaps up to 3 times as large": Variant(BASE, aligned(2)),
    "`agreement=0`": Variant(BASE.replace(agreement=0.0)),
    "`agreement=1`": Variant(BASE.replace(agreement=1.0)),
    "`polarity=bright`": Variant(BASE.replace(polarity="bright")),
    "`polarity=both`": Variant(BASE.replace(polarity="both")),
    "`max_gap=30`": Variant(BASE.replace(max_gap=30.0)),
    "`max_gap=100`": Variant(BASE.replace(max_gap=100.0)),
    "`max_gap=150`": Variant(BASE.replace(max_gap=150.0)),
    "`scales=0.125,0.25,0.5`": Variant(BASE.replace(scales=(0.125, 0.25, 0.5))),
    "`scales=0.15,0.4,1`": Variant(BASE.replace(scales=(0.15, 0.4, 1.0))),
    "`percentiles=85,92,97,98,99`": Variant(BASE.replace(percentiles=(85.0, 92.0, 97.0, 98.0, 99.0))),
    "`percentiles=92,97,98,99,99.5`": Variant(BASE.replace(percentiles=(92.0, 97.0, 98.0, 99.0, 99.5))),
    "`min_length=5`": Variant(BASE.replace(min_length=5)),
    "`min_length=12`": Variant(BASE.replace(min_length=12)),
    "`window=31`": Variant(BASE.replace(window=31)),
    "`window=81`": Variant(BASE.replace(window=81)),
    "`length=7`": Variant(BASE.replace(length=7)),
    "`length=15`": Variant(BASE.replace(length=15)),
}


@contextmanager
def proposing(variant: Variant) -> Iterator[Propose]:
    """Yield the function that proposes by a variant."""
    with (
        patch.object(search, "groups", variant.joining),
        patch.object(maps, "contrast", variant.contrast),
        patch.object(grouping, "to_edges", variant.to_edges),
    ):
        yield variant.settings.propose


# ---- measured


def main(arguments: list[str]) -> None:
    """Measure all variants and put the table in its place in the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sets", nargs="+", metavar="NAME=TRAIN[:EVERY]")
    parser.add_argument("--without", default="", metavar="PREFIX")
    args = parser.parse_args(arguments)
    warm()
    limit_all(1)
    sets = {name: images(rest, args.without) for name, rest in (text.split("=", 1) for text in args.sets)}
    heads = " | ".join(f"{name}: AR@10 | AR@100 | recall@.5 of 100 | ms" for name in sets)
    lines = [f"| | {heads} |", "| --- |" + " --- | --- | --- | --: |" * len(sets)]
    base: dict[str, Evaluation] = {}
    for title, variant in VARIANTS.items():
        with proposing(variant) as propose:
            made = {name: measured(each, propose) for name, each in sets.items()}
        base = base or {name: evaluation for name, (evaluation, _) in made.items()}
        cells = [cell for name, pair in made.items() for cell in row(*pair, base[name])]
        lines.append(f"| {title} | {' | '.join(cells)} |")
        print(lines[-1], file=sys.stderr)
    put(Path(__file__).name, lines)


def images(text: str, without: str) -> list[ImageOf]:
    """Return index, picture and objects of the images of a file."""
    path, _, every = text.partition(":")
    dataset = CocoDataset.open(Path(os.environ.get("BOXSCOPE_DATA", "")) / path)
    names = enumerate(dataset.file_names)
    kept = [index for index, name in names if not (without and name.startswith(without))]
    found = []
    for index in kept[:: int(every or 1)]:
        truth = dataset.truth(index)
        found.append((index, dataset.read(index), truth.rows(truth.objects)))
    return found


def measured(each: list[ImageOf], propose: Propose) -> tuple[Evaluation, float]:
    """Return the evaluation of a way of proposing, and its milliseconds of CPU an image."""
    start = time.process_time()
    boxes = [propose(image).boxes for _, image, _ in each]
    milliseconds = 1000 * (time.process_time() - start) / len(each)
    pairs = zip(each, boxes, strict=True)
    made = [Measured(index, found, truth, image.shape[1::-1], 0.0) for (index, image, truth), found in pairs]
    return evaluate(made), milliseconds


def row(made: Evaluation, milliseconds: float, base: Evaluation) -> list[str]:
    """Return the figures of a variant, each with how much it is above the defaults."""
    pairs = zip(shares(made), shares(base), strict=True)
    return [*(spelled(own, other) for own, other in pairs), f"{milliseconds:.0f}"]


def shares(of: Evaluation) -> list[list[Share]]:
    """Return what the figures are made of."""
    return [*(figures.average_recall(of, budget) for budget in (10, 100)), figures.recall(of, 100, 0.5)]


def spelled(own: list[Share], other: list[Share]) -> str:
    """Return a figure, and how much it is above another with the interval of that."""
    value = f"{interval(own).value:.3f}"
    if own is other or [one.value for one in own] == [one.value for one in other]:
        return value
    more = difference(own, other)
    text = f"{more.value:+.3f} ({more.low:+.3f} to {more.high:+.3f})"
    return f"{value} **{text}**" if more.excludes_zero else f"{value} {text}"


if __name__ == "__main__":
    main(sys.argv[1:])
