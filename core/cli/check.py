"""The command ``check``: the problems of a data set, and the pictures that it shares with another one."""

import argparse
import sys
from dataclasses import asdict
from typing import Any

from core.cli import options
from core.cli.counter import Counter
from core.cli.terminal import print_message, print_result
from core.datasets import CocoDataset, check, compare
from core.errors import BoxscopeError


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "check", help="list the problems of a data set, image by image"
    )
    options.add_dataset(parser)
    parser.add_argument("--headers", action="store_true", help="read only the headers of pictures: faster")
    options.add_other(parser)
    parser.set_defaults(command=_check)
    return parser


def _check(args: argparse.Namespace) -> dict[str, Any]:
    dataset, other = options.dataset(args), options.other(args)
    shared = {} if other is None else _compare(dataset, other)
    health = check(dataset, decode=not args.headers)
    if not args.json:
        print_result(health.text())
    return {**health.as_dict(), **shared}


def _compare(first: CocoDataset, second: CocoDataset) -> dict[str, Any]:
    with Counter("pictures compared", sys.stderr) as counter:
        comparison = compare(first, second, progress=counter)
    unread = {"first": comparison.first_unread, "second": comparison.second_unread}
    for dataset, names in zip((first, second), unread.values(), strict=True):
        _report_unread(dataset, names)
    for shared in comparison.shared:
        print_message(
            f"{shared.first}: also in {second.annotations}, by its {shared.same}, as {shared.second}"
        )
    print_message(f"{len(comparison.shared)} pictures are in {second.annotations} too")
    return {"shared": [asdict(shared) for shared in comparison.shared], "not_compared": unread}


def _report_unread(dataset: CocoDataset, names: tuple[str, ...]) -> None:
    if len(names) == len(dataset):
        raise BoxscopeError(
            f"nothing to compare, none of its {len(dataset)} pictures can be read in {dataset.images_dir}",
            dataset.annotations,
        )
    for name in names:
        print_message(f"{name}: of {dataset.annotations}, cannot be read and is not compared")
