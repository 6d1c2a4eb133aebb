"""Write a part of docs/proposers.md: orders fitted to some data sets, measured on each.

    python docs/fitted.py --without CFD_ crackforest=train.json,valid.json kangaroo=annotations.json
    python docs/fitted.py --print --without CFD_ "crackforest, four folds"=annotations.json:4

A data set is a training and a validation split; or one file, whose halves are fitted and tested in turn, or
with a number after a colon so many folds, near-duplicates in one. `--print` writes the tables to standard
output and leaves the page. `--without` leaves out images by the beginning of their name. Files are looked
for in the folder that BOXSCOPE_DATA names, else in the working one. Needs torch.
"""

import argparse
import os
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from page import put

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from core.boxes import Boxes  # noqa: E402
from core.datasets import CocoDataset  # noqa: E402
from core.evaluation import figures  # noqa: E402
from core.evaluation.bootstrap import difference, interval  # noqa: E402
from core.evaluation.evaluation import Evaluation, Measured, evaluate  # noqa: E402
from core.executors import engine  # noqa: E402
from core.proposers.fitted import warm  # noqa: E402
from core.proposers.fitted.mixing import mixed_boxes  # noqa: E402
from core.proposers.fitted.model import ordered  # noqa: E402
from core.proposers.fitted.perceptron import Perceptron  # noqa: E402
from core.proposers.fitted.sources import SOURCES, settings_of  # noqa: E402
from core.training.fit import guard, network, shares, spread  # noqa: E402
from core.training.fit.folds import folds  # noqa: E402
from core.training.fit.images import HAND_MADE, TrainingImage, collect  # noqa: E402

FEW = 20

Split = list[TrainingImage]


def main(arguments: list[str]) -> None:
    """Fit to each data set, measure on each and put the tables in their place in the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sets", nargs="+", metavar="NAME=TRAIN,VALID")
    parser.add_argument("--without", default="", metavar="PREFIX")
    parser.add_argument("--print", action="store_true")
    parser.add_argument("--workers", type=int)
    args = parser.parse_args(arguments)
    warm()
    named = dict(pair.split("=", 1) for pair in args.sets)
    sets = {name: splits(paths.split(","), args.without, args.workers) for name, paths in named.items()}
    own = {name: [fitted(train) for train, _ in pairs] for name, pairs in sets.items()}
    few = {
        name: [fitted(at(train, FEW)) for train, _ in pairs] if len(pairs) == 1 else []
        for name, pairs in sets.items()
    }
    lines = [
        "| tested on | order | AR@10 | AR@100 | AR@1000 | recall at 0.5, first 100 |",
        "| --- | --- | --- | --- | --- | --- |",
        *(line for name, pairs in sets.items() for line in rows(name, pairs, own[name], few[name])),
        *("", "Average recall at 10 and 100 of an order fitted to one data set and tested on another:", ""),
        *transfer(sets, own),
    ]
    if args.print:
        print("\n".join(lines))
        return
    put(Path(__file__).name, lines)


def splits(paths: list[str], without: str, workers: int | None) -> list[tuple[Split, Split]]:
    """Return the pairs of images to fit to and to test on."""
    first, _, count = paths[0].partition(":")
    parts = [collected(path, without, workers) for path in (first, *paths[1:])]
    if len(parts) == 2:
        return [(parts[0], parts[1])]
    if not count:
        even, odd = parts[0][::2], parts[0][1::2]
        return [(even, odd), (odd, even)]
    fold = folds([image.hash for image in parts[0]], int(count), seed=0).tolist()
    numbered = list(zip(parts[0], fold, strict=True))
    return [
        ([image for image, own in numbered if own != one], [image for image, own in numbered if own == one])
        for one in range(int(count))
    ]


def collected(path: str, without: str, workers: int | None, limit: int | None = None) -> Split:
    """Return the images of a file, or some evenly spread, with candidates, features and truth."""
    dataset, images = CocoDataset.open(Path(os.environ.get("BOXSCOPE_DATA", "")) / path), []
    names = enumerate(dataset.file_names)
    indices = [index for index, name in names if not (without and name.startswith(without))]
    if limit is not None:
        indices = [indices[row] for row in spread(len(indices), limit)]
    with engine(workers) as (pool, count):
        for done in collect(dataset, indices, settings_of(), pool, count):
            images = done.images
    print(f"{path}: {len(images)} images", file=sys.stderr)
    return images


def at(images: Split, limit: int) -> Split:
    """Return some of the images, evenly spread."""
    return [images[index] for index in spread(len(images), limit)]


class Order(NamedTuple):
    """A fitted order: its perceptron, and the shares of places that it takes, as its folds chose them."""

    net: Perceptron
    choice: shares.Choice


def fitted(images: Split) -> Order:
    """Return the order fitted to images, as `fit proposer` does."""
    start = time.process_time()
    fold = folds([image.hash for image in images], guard.FOLDS, seed=0)
    nets = [perceptron(images, fold != number) for number in range(guard.FOLDS)]
    own = [alone(nets[number], image) for image, number in zip(images, fold.tolist(), strict=True)]
    choice = shares.chosen(images, own, fold, SOURCES).best
    found = Order(perceptron(images, fold >= 0), choice)
    seconds = time.process_time() - start
    print(f"fitted to {len(images)} images in {seconds:.1f} s of CPU: {choice}", file=sys.stderr)
    return found


def perceptron(images: Split, wanted: NDArray[np.bool_]) -> Perceptron:
    """Return the perceptron fitted to some images."""
    some = [image for image, is_wanted in zip(images, wanted, strict=True) if is_wanted]
    worth = [network.worth(image.iou) for image in some]
    return network.fitted([image.features for image in some], worth, seed=0)


def alone(net: Perceptron, image: TrainingImage) -> Boxes:
    """Return the proposals of an image by a perceptron."""
    return ordered(image.candidates, net.scores(image.features)).boxes


def by(order: Order, image: TrainingImage) -> Boxes:
    """Return the proposals of an image by a fitted order."""
    plain = image.hand_made[order.choice.plain]
    return mixed_boxes(alone(order.net, image), plain, order.choice.shares)


Pairs = list[tuple[Split, Split]]
Orders = list[Order]


def tested(pairs: Pairs, orders: Orders) -> Evaluation:
    """Return the evaluation of the images that each order was not fitted to."""
    each = [(image, by(one, image)) for (_, test), one in zip(pairs, orders, strict=True) for image in test]
    return evaluated(each)


def evaluated(each: list[tuple[TrainingImage, Boxes]]) -> Evaluation:
    """Return the evaluation of the proposals of images."""
    return evaluate([Measured(one.index, boxes, one.truth, one.size, 0.0) for one, boxes in each])


def rows(name: str, pairs: Pairs, own: Orders, few: Orders) -> list[str]:
    """Return the rows of the table for a data set."""
    test = [image for _, images in pairs for image in images]
    trained = len(pairs[0][0])
    found = {f"`{order}`": evaluated([(one, one.hand_made[order]) for one in test]) for order in HAND_MADE}
    found[f"`fitted` to {trained} images"] = tested(pairs, own)
    if few and trained > FEW:
        found[f"`fitted` to {FEW} images"] = tested(pairs, few)
    best = max(list(found.values())[:2], key=lambda one: interval(figures.average_recall(one, 100)).value)
    for budget in (10, 100):
        fit = figures.average_recall(tested(pairs, own), budget)
        apart = difference(fit, figures.average_recall(best, budget))
        print(f"{name}: AR@{budget} above the best without a fit {spelled(apart)}", file=sys.stderr)
    title = f"{name}, {len(test)} images"
    return [f"| {title} | {order} | {' | '.join(cells(one))} |" for order, one in found.items()]


def cells(of: Evaluation) -> list[str]:
    """Return the figures of an order."""
    recalls = [figures.average_recall(of, budget) for budget in (10, 100, 1000)]
    return [spelled(interval(each)) for each in (*recalls, figures.recall(of, 100, 0.5))]


def spelled(one: tuple[float, float, float]) -> str:
    """Return a figure with its interval."""
    return f"{one[0]:.3f} ({one[1]:.2f}–{one[2]:.2f})"


def transfer(sets: dict[str, Pairs], own: dict[str, Orders]) -> list[str]:
    """Return the table of orders fitted to each data set and tested on each."""
    lines = [f"| fitted to | {' | '.join(sets)} |", f"| --- |{' --- |' * len(sets)}"]
    for name in sets:
        results = [
            pair(tested(pairs, own[other] if other == name else [own[name][0]] * len(pairs)))
            for other, pairs in sets.items()
        ]
        lines.append(f"| {name} | {' | '.join(results)} |")
    for order in HAND_MADE:
        each = ([(one, one.hand_made[order]) for _, test in pairs for one in test] for pairs in sets.values())
        lines.append(f"| no fit: `{order}` | {' | '.join(pair(evaluated(one)) for one in each)} |")
    return lines


def pair(of: Evaluation) -> str:
    """Return average recall at 10 and 100."""
    return " / ".join(f"{interval(figures.average_recall(of, budget)).value:.3f}" for budget in (10, 100))


if __name__ == "__main__":
    main(sys.argv[1:])
