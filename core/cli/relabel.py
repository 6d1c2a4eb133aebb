"""The command ``relabel``: new labels for an existing export."""

import argparse
import os
import sys
from typing import Any

from core.cli import options
from core.cli.counter import Counter
from core.cli.terminal import print_message
from core.errors import BoxscopeError
from core.export import relabel
from core.export.relabel import exports_in
from core.files import AnyPath, as_path
from core.labelling import LabelRule


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "relabel",
        help="label the crops of an export by another threshold, without cutting them again",
        description="Write the labels and names of a finished export again from the IoU stored in it. The "
        "crops stay the same. After an interrupted run the export is marked as such: relabel it again.",
    )
    parser.add_argument("out", type=as_path, metavar="OUT", help="an export's folder, or one with its splits")
    parser.add_argument("--positive", required=True, metavar="IOU", help="a crop is positive above this IoU")
    parser.add_argument("--inclusive", action="store_true", help="count that IoU itself as positive")
    parser.set_defaults(command=_relabel)
    return parser


def _relabel(args: argparse.Namespace) -> dict[str, Any]:
    rule, results = _rule(args), {}
    for folder in exports_in(args.out):
        with Counter("crops", sys.stderr) as counter:
            counts = results[_name(folder.path)] = relabel(folder, rule, counter)
        print_message(
            f"{folder.path}: {counts['changed']} of {counts['crops']} labels changed, "
            f"{counts['positives']} positive, {counts['negatives']} negative"
        )
    return results


def _rule(args: argparse.Namespace) -> LabelRule:
    try:
        return options.label_rule(args.positive, args.inclusive)
    except BoxscopeError as error:
        raise BoxscopeError(error.reason, "--positive") from error


def _name(folder: AnyPath) -> str:
    # The name of Path(".") is empty.
    return os.path.basename(os.path.abspath(str(folder)))
