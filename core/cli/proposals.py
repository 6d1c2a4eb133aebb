"""The command ``proposals``: the proposals of a data set, for COCO's tools, trainers, and to be read back."""

import argparse
import sys
from collections.abc import Callable
from typing import Any

from core.cli import options, results_files
from core.cli.counter import Counter
from core.cli.terminal import print_images, print_message
from core.datasets.table import image_problems
from core.executors import engine
from core.export.results import DEFAULT_RESULTS, RESULTS, write_results
from core.files import as_path
from core.pipeline import Setup


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "proposals",
        help="write the proposals of a data set, as COCO results or for a trainer",
        description="Write the proposals of a data set, without labels and crops. The score is the "
        "proposer's where that falls with the rank, else 1 / (1 + rank); the category is the proposer's, or "
        "in COCO results the data set's first: compare without categories then. An image whose id is no "
        "whole number is skipped. The pickles have an entry for every image, without boxes for one that was "
        "skipped. A run that was interrupted is resumed.",
    )
    add_options(parser)
    parser.set_defaults(command=_proposals)
    return parser


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that :func:`write` reads."""
    options.add_dataset(parser)
    parser.add_argument("--out", type=as_path, required=True, metavar="FILE", help="the file to write")
    summaries = "; ".join(f"{name}: {form.summary}" for name, form in RESULTS.items())
    help = f"{summaries} ({DEFAULT_RESULTS})"
    parser.add_argument("--format", choices=list(RESULTS), default=DEFAULT_RESULTS, help=help)
    options.add_setup(parser, labels=False)
    options.add_workers(parser)
    parser.add_argument("--overwrite", action="store_true", help="replace a file of that name")
    options.add_report(parser)


def _proposals(args: argparse.Namespace) -> dict[str, Any]:
    return write(args, lambda setup: setup)


def write(args: argparse.Namespace, change: Callable[[Setup], Setup]) -> dict[str, Any]:
    """Write the proposals that the options name, and return what the command prints.

    Parameters
    ----------
    args : argparse.Namespace
    change : callable
        Returns what to run in place of the setup of the options.
    """
    args = options.with_absolute_paths(args)
    write_report = options.report(args)
    dataset, setup = options.dataset(args), options.setup(args)
    (setup,) = results_files.prepared(args, dataset, [setup])
    setup = change(setup)
    with engine(args.workers, args.scheduler) as (pool, workers), Counter("images", sys.stderr) as counter:
        for progress in write_results(dataset, setup, args.out, pool, workers, args.overwrite, args.format):
            if progress.state == "running":
                counter(progress.done, progress.total)
    skipped = sorted(progress.skipped, key=lambda image: image["file"])
    write_report([*dataset.problems, *image_problems(skipped, "skipped")])
    print_images(skipped, "skipped")
    print_message(f"{args.out}: {progress.proposals} proposals of {progress.images} images")
    return {
        "total": progress.total,
        "images": progress.images,
        "proposals": progress.proposals,
        "skipped": skipped,
        "out": str(args.out),
    }
