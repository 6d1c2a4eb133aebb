"""Write a part of docs/proposers.md: what a perfect order of the boxes of crack-groups would find.

    python docs/crack_groups_bound.py --without CFD_ "crackforest, valid"=annotations_valid.json …

For each file the first 100 boxes and all of them, with the default settings and with settings that keep
nearly everything; then how many resamples of the images reach average recall 0.72 and recall 0.9 with the
first 100. Files of a name with `crackforest` keep all their images.
`--without` leaves out images by the beginning of their name; files are looked for in the folder that
BOXSCOPE_DATA names, else in the working one.
"""

import argparse
import sys
from pathlib import Path

from crack_groups import ImageOf, images, measured
from page import put

from core.evaluation import figures
from core.evaluation.bootstrap import Share
from core.evaluation.evaluation import ALL
from core.proposers import CrackGroups
from core.proposers.crack_groups import warm
from core.threads import limit_all

WANTED = 0.72, 0.9
_PERCENTILES = (85.0, 88.0, 90.0, 92.0, 94.0, 96.0, 97.0, 98.0, 98.5, 99.0, 99.5, 99.9)
POOLS = {
    "defaults": CrackGroups(),
    "12 percentiles, all fragments": CrackGroups(
        percentiles=_PERCENTILES, min_length=1, max_gap=150.0, duplicates=1.0, damping=1.0
    ),
}


def main(arguments: list[str]) -> None:
    """Measure each file and put the table in its place in the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sets", nargs="+", metavar="NAME=FILE")
    parser.add_argument("--without", default="", metavar="PREFIX")
    args = parser.parse_args(arguments)
    warm()
    limit_all(1)
    heads = ("", "boxes", "AR@100", "AR of all", "recall@.5 of 100", "of all", "reach .72", "reach .9")
    lines = [f"| {' | '.join(heads)} |", "| --- | --: | --- | --- | --- | --- | --: | --: |"]
    for name, path in (text.split("=", 1) for text in args.sets):
        each = images(path, "" if "crackforest" in name else args.without)
        for title, settings in POOLS.items():
            lines.append(f"| {name}: {title} | {' | '.join(row(each, settings))} |")
            print(lines[-1], file=sys.stderr)
    put(Path(__file__).name, lines)


def row(each: list[ImageOf], settings: CrackGroups) -> list[str]:
    """Return the cells of some settings on some images."""
    made, _ = measured(each, settings.propose)
    average = [mean(figures.average_recall(made, budget)) for budget in (100, ALL)]
    recall = [mean(figures.recall(made, budget, 0.5)) for budget in (100, ALL)]
    pairs = zip((average[0], recall[0]), WANTED, strict=True)
    reach = [(one.resampled() >= least).mean() for one, least in pairs]
    values = [f"{share.value:.3f}" for share in (*average, *recall)]
    return [f"{made.proposals.mean():,.0f}", *values, *(f"{100 * part:.0f} %" for part in reach)]


def mean(shares: list[Share]) -> Share:
    """Return the share of a set of one class."""
    (only,) = shares
    return only


if __name__ == "__main__":
    main(sys.argv[1:])
