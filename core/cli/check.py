"""The command ``check``: the problems of a data set, and the pictures that it shares with another one."""

import argparse
import sys
from dataclasses import asdict
from typing import Any

from core.cli import options
from core.cli.counter import Counter
from core.cli.terminal import print_lines, print_message, print_result
from core.datasets import CocoDataset, Comparison, Problem, SharedPicture, check, compare, kinds
from core.datasets.formats import kept
from core.datasets.formats.rule import rule
from core.errors import BoxscopeError


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "check",
        help="report the problems of a data set: the number of each kind, and the first of them by name",
    )
    options.add_dataset(parser)
    parser.add_argument(
        "--headers", action="store_true", help="read only the headers of the pictures, which is faster"
    )
    options.add_other(parser)
    options.add_report(parser)
    parser.set_defaults(command=_check)
    return parser


def _check(args: argparse.Namespace) -> dict[str, Any]:
    write_report = options.report(args)
    dataset, other = options.dataset(args), options.other(args)
    comparison = None if other is None else _compare(dataset, other)
    health = check(dataset, decode=not args.headers)
    of_both = [] if comparison is None or other is None else _problems(comparison, other)
    write_report([*health.problems, *of_both])
    if not args.json:
        print_result(health.text())
        if made := rule(dataset.annotations):
            print_message(made)
        if args.report is None and max(health.counts.values(), default=0) > kinds.MOST_LINES:
            print_message("--report FILE.csv writes all of them, --json prints them")
    return {**health.as_dict(), **({} if comparison is None else _as_dict(comparison))}


def _compare(first: CocoDataset, second: CocoDataset) -> Comparison:
    with Counter("pictures compared", sys.stderr) as counter:
        comparison = compare(first, second, progress=counter)
    for dataset, names in ((first, comparison.first_unread), (second, comparison.second_unread)):
        _report_unread(dataset, names)
    print_message(f"{len(comparison.shared)} pictures are in {kept.shown(second.annotations)} too")
    print_lines([f"{pair.first}: {_detail(pair, second)}" for pair in comparison.shared], "pictures")
    return comparison


def _report_unread(dataset: CocoDataset, names: tuple[str, ...]) -> None:
    if len(names) == len(dataset):
        raise BoxscopeError(
            f"nothing to compare, none of its {len(dataset)} pictures can be read in {dataset.images_dir}",
            dataset.annotations,
        )
    shown = kept.shown(dataset.annotations)
    unread = f"of {shown}, cannot be read and is not compared"
    print_lines([f"{name}: {unread}" for name in names], f"of {shown}")


def _problems(comparison: Comparison, second: CocoDataset) -> list[Problem]:
    """Return what was found by comparing as problems, for the table."""
    shared = [Problem("shared", pair.first, _detail(pair, second), False) for pair in comparison.shared]
    names = (*comparison.first_unread, *comparison.second_unread)
    unread = [Problem("not-compared", name, "cannot be read", False) for name in names]
    return [*shared, *unread]


def _detail(pair: SharedPicture, second: CocoDataset) -> str:
    return f"also in {kept.shown(second.annotations)}, by its {pair.same}, as {pair.second}"


def _as_dict(comparison: Comparison) -> dict[str, Any]:
    unread = {"first": comparison.first_unread, "second": comparison.second_unread}
    return {"shared": [asdict(pair) for pair in comparison.shared], "not_compared": unread}
