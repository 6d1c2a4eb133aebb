"""The command ``fit``: what a proposer learns from a training split."""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from core import wording
from core.cli import options
from core.cli.counter import Counter
from core.cli.numbers import whole_number
from core.cli.terminal import print_images, print_message, print_result
from core.errors import BoxscopeError
from core.executors import engine
from core.files import as_local_path
from core.files.atomic import write_atomically
from core.proposals import boxes_fit
from core.proposers.fitted.sources import SOURCES
from core.proposers.learned_boxes.file import encoded as encoded_boxes


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command; each thing that can be fitted is a command of its own below it."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "fit", help="fit a proposer to a training split of your own"
    )
    kinds = parser.add_subparsers(required=True, metavar="WHAT")
    _add_proposer(kinds)
    _add_boxes(kinds)
    return parser


def add_out(parser: argparse.ArgumentParser) -> None:
    """Add the options that every fit has."""
    help = "the file to write; it may not exist yet"
    parser.add_argument("--out", type=as_local_path, required=True, metavar="FILE", help=help)
    parser.add_argument("--overwrite", action="store_true", help="replace a file of that name")


def expect_free(args: argparse.Namespace) -> None:
    """Raise if the file exists and may not be replaced, or cannot be written.

    Raises
    ------
    BoxscopeError
    """
    if args.out.exists() and not args.overwrite:
        raise BoxscopeError("exists already, take another name or --overwrite", args.out)
    if not args.out.absolute().parent.is_dir():
        raise BoxscopeError("its folder does not exist", args.out)


def _add_proposer(kinds: Any) -> None:
    parser: argparse.ArgumentParser = kinds.add_parser(
        "proposer",
        help="an order of proposals, for --proposer fitted",
        description="Fit an order of proposals to the training split of a data set: the boxes of selective "
        "search and crack-groups, the best first. Then: --proposer fitted --param model=FILE. It takes some "
        "seconds for 50 images and a minute or two for 300. On four folds of the split it is compared with "
        "the orders that need no fit; for less than 45 images these folds choose what share of the places it "
        "takes beside the better of them. It is recommended only where it is better; the file says so, and "
        "is refused otherwise. Fit it to pictures of the kind that it is for: on another it is worse than no "
        "fit. The same data and seed give the same file, byte for byte.",
        epilog="Example: boxscope fit proposer train.json --out cracks.npz",
    )
    options.add_dataset(parser)
    add_out(parser)
    help = "fit to N images, evenly spread (400, or all where there are fewer)"
    parser.add_argument("--limit", type=int, default=400, metavar="N", help=help)
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of the fit and its folds (0)")
    help = f"the proposers whose boxes are ordered ({' '.join(SOURCES)})"
    parser.add_argument(
        "--sources", nargs="+", choices=SOURCES, default=list(SOURCES), metavar="NAME", help=help
    )
    help = "worker processes (one a core)"
    parser.add_argument("--workers", type=whole_number("--workers"), metavar="N", help=help)
    help = "print one JSON object on standard output"
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=help)
    parser.set_defaults(command=_fit_proposer)


def _fit_proposer(args: argparse.Namespace) -> dict[str, Any]:
    start = time.perf_counter()
    expect_free(args)
    _expect_numbers(args)
    from core.proposers.fitted.file import encoded, is_fitted

    if args.out.exists() and not is_fitted(args.out):
        raise BoxscopeError("is no file of `fit proposer`, and is not replaced: take another name", args.out)
    dataset = options.dataset(args)

    try:
        from core.training.fit import ProposerFit, spread  # importing torch takes 2 s
    except ModuleNotFoundError as error:
        raise BoxscopeError(f"needs {error.name}, which is not installed: pip install torch") from error

    sources = tuple(name for name in SOURCES if name in args.sources)
    fit = ProposerFit(dataset, spread(len(dataset), args.limit), args.seed, sources)
    with engine(args.workers) as (pool, workers):
        counters = {unit: Counter(unit, sys.stderr) for unit in ("images", "fits")}
        for progress in fit.run(pool, workers):
            counters[progress.unit](progress.done, progress.total)
    print_images(fit.skipped, "not used")
    data, header = encoded(fit.content), fit.content.header
    _write(args.out, data)
    advice = "recommended" if header.guard.recommended else "not recommended"
    print_message(
        f"{args.out}: fitted to {wording.count(header.images, 'image')} with "
        f"{wording.count(header.objects, 'object')}; {header.places}; {advice}: {header.guard.reason}"
    )
    if not args.json:
        print_result(_table(header.guard.average_recall))
    return {
        "out": os.fspath(args.out),
        "images": header.images,
        "objects": header.objects,
        "candidates": header.candidates,
        "shares": list(header.shares),
        "plain": header.plain,
        "guard": header.guard.average_recall,
        "recommended": header.guard.recommended,
        "reason": header.guard.reason,
        "skipped": fit.skipped,
        "seconds": round(time.perf_counter() - start, 1),
    }


def _add_boxes(kinds: Any) -> None:
    parser: argparse.ArgumentParser = kinds.add_parser(
        "boxes",
        help="boxes that cover the objects, for --proposer learned-boxes",
        description="Choose boxes, the same for every image, that cover the objects of a training split: a "
        "baseline, which uses no pixels. A proposer that is not above it has learned the photographer's "
        "habits alone. Then: --proposer learned-boxes --param model=FILE. No picture is read.",
        epilog="Example: boxscope fit boxes train.json --out boxes.json",
    )
    options.add_dataset(parser)
    add_out(parser)
    help = "fit to N images, evenly spread (all of them)"
    parser.add_argument("--limit", type=int, default=None, metavar="N", help=help)
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of the boxes to choose from (0)")
    help = "print one JSON object on standard output"
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=help)
    parser.set_defaults(command=_fit_boxes)


def _fit_boxes(args: argparse.Namespace) -> dict[str, Any]:
    expect_free(args)
    _expect_numbers(args)
    header, boxes = boxes_fit.fitted(options.dataset(args), args.limit or 0, args.seed)
    _write(args.out, encoded_boxes(header, boxes))
    fitted_to = f"{wording.count(header.images, 'image')} with {wording.count(header.objects, 'object')}"
    print_message(f"{args.out}: {wording.count(len(boxes), 'box')}, fitted to {fitted_to}")
    counts = {"images": header.images, "objects": header.objects, "boxes": len(boxes)}
    return {"out": os.fspath(args.out), **counts}


def _write(path: Path, data: bytes) -> None:
    with tempfile.TemporaryDirectory(dir=path.absolute().parent, prefix=".fit-") as work:
        write_atomically(path, lambda temporary: temporary.write_bytes(data), as_local_path(work))


def _expect_numbers(args: argparse.Namespace) -> None:
    for name, least in (("limit", 1), ("seed", 0), ("workers", 1)):
        value = getattr(args, name, None)
        if value is not None and value < least:
            raise BoxscopeError(f"got {value}, expected at least {least}", f"--{name}")


def _table(figures: dict[str, dict[str, float]]) -> str:
    lines = [f"{'order, on images it was not fitted to':40} {'AR@10':>7} {'AR@100':>7}"]
    lines += [f"{name:40} {one['10']:7.3f} {one['100']:7.3f}" for name, one in figures.items()]
    return "\n".join(lines)
