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
from core.export.relabel import exports_in, own_share_inside
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
    parser.add_argument("--inclusive", action="store_true", help="an IoU equal to it is positive, too")
    help = "refuse where a negative would lie inside an object with more than this share of its area (the "
    help += "export's own; 1 refuses none)"
    parser.add_argument("--ignore-inside", metavar="SHARE", help=help)
    parser.set_defaults(command=_relabel)
    return parser


def _relabel(args: argparse.Namespace) -> dict[str, Any]:
    results = {}
    _ = _rule(args, "1")  # refuses what is no rule, whatever there is to relabel
    for folder in exports_in(args.out):
        rule = _rule(args, own_share_inside(folder))
        with Counter("crops", sys.stderr) as counter:
            counts = results[_name(folder.path)] = relabel(folder, rule, counter)
        print_message(
            f"{folder.path}: {counts['changed']} of {counts['crops']} labels changed, "
            f"{counts['positives']} positive, {counts['negatives']} negative"
        )
    return results


def _rule(args: argparse.Namespace, own_share: str) -> LabelRule:
    """Return the rule of the options; a share inside that they do not name is the export's own."""
    try:
        return options.label_rule(args.positive, args.inclusive, args.ignore_inside or own_share)
    except BoxscopeError as error:
        option = {"ignore_inside": "--ignore-inside"}.get(error.item, "--positive")
        raise BoxscopeError(error.reason, option) from error


def _name(folder: AnyPath) -> str:
    # The name of Path(".") is empty.
    return os.path.basename(os.path.abspath(str(folder)))
