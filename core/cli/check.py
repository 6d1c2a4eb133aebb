"""The command ``check``: what is wrong with a data set, and which pictures another one shows too."""

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
        "check", help="say what is wrong with a data set, image by image"
    )
    options.add_dataset(parser)
    parser.add_argument("--headers", action="store_true", help="read only the headers of pictures: faster")
    options.add_other(parser)
    parser.set_defaults(command=_check)
    return parser


def _check(given: argparse.Namespace) -> dict[str, Any]:
    dataset, other = options.dataset(given), options.other(given)
    compared = {} if other is None else _compared(dataset, other)
    health = check(dataset, decode=not given.headers)
    if not given.json:
        print_result(health.text())
    return {**health.as_dict(), **compared}


def _compared(first: CocoDataset, second: CocoDataset) -> dict[str, Any]:
    with Counter("pictures compared", sys.stderr) as counter:
        found = compare(first, second, progress=counter)
    unread = {"first": found.first_unread, "second": found.second_unread}
    for dataset, names in zip((first, second), unread.values(), strict=True):
        _say_unread(dataset, names)
    for shared in found.shared:
        print_message(
            f"{shared.first}: also in {second.annotations}, by its {shared.same}, as {shared.second}"
        )
    print_message(f"{len(found.shared)} pictures are in {second.annotations} too")
    return {"shared": [asdict(shared) for shared in found.shared], "not_compared": unread}


def _say_unread(dataset: CocoDataset, names: tuple[str, ...]) -> None:
    if len(names) == len(dataset):
        raise BoxscopeError(
            f"nothing to compare, none of its {len(dataset)} pictures can be read in {dataset.images_dir}",
            dataset.annotations,
        )
    for name in names:
        print_message(f"{name}: of {dataset.annotations}, cannot be read and is not compared")
