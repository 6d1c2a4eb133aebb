"""Write a part of docs/proposers.md: orders fitted to 20 images, by the share of all places that they take.

    python docs/fitted_shares.py --without CFD_ crackforest=train.json,valid.json …

AR@10 and AR@100 on the second file of each set, the order of crack-groups in the other places. `--without`
leaves out images by the beginning of their name, but of `crackforest`; files are looked for in the folder
that BOXSCOPE_DATA names, else in the working one. Needs torch.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from fitted import FEW, alone, collected, evaluated, pair, perceptron
from page import put

from core.proposers.fitted import warm
from core.proposers.fitted.mixing import SHARES, mixed_boxes
from core.proposers.fitted.sources import CRACK_GROUPS

NAMES = ("none: `crack-groups`", "a quarter", "half", "three quarters", "all")


def main(arguments: list[str]) -> None:
    """Fit to some images of each training split, and put the table in its place in the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sets", nargs="+", metavar="NAME=TRAIN,VALID")
    parser.add_argument("--without", default="", metavar="PREFIX")
    parser.add_argument("--workers", type=int)
    args = parser.parse_args(arguments)
    warm()
    sets = dict(text.split("=", 1) for text in args.sets)
    columns = [
        column(paths.split(","), "" if name == "crackforest" else args.without, args.workers)
        for name, paths in sets.items()
    ]
    lines = [f"| share | {' | '.join(sets)} |", f"| --- |{' --- |' * len(sets)}"]
    lines += [f"| {' | '.join(cells)} |" for cells in zip(NAMES, *columns, strict=True)]
    put(Path(__file__).name, lines)


def column(paths: list[str], without: str, workers: int | None) -> list[str]:
    """Return average recall at 10 and 100 for each share, on the second of two files."""
    few, valid = collected(paths[0], without, workers, FEW), collected(paths[1], without, workers)
    net = perceptron(few, np.ones(len(few), bool))
    own = [(image, alone(net, image), image.hand_made[CRACK_GROUPS]) for image in valid]
    return [
        pair(evaluated([(image, mixed_boxes(fitted, plain, (share, share))) for image, fitted, plain in own]))
        for share in SHARES
    ]


if __name__ == "__main__":
    main(sys.argv[1:])
