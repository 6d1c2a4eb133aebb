"""The command ``relabel``: new labels for an existing export."""

import argparse
import os
import sys
from collections.abc import Mapping
from typing import Any

from core.cli import options
from core.cli.counter import Counter
from core.cli.spelling import option_name
from core.cli.terminal import print_message
from core.errors import BoxscopeError
from core.export import relabel
from core.export.relabel import exports_in, own_limits
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
    help = "refuse where a negative would hold this many mask pixels or more (the export's own; 0 refuses "
    help += "none; another number than 0 needs an export that was made with --ignore-mask)"
    parser.add_argument("--ignore-mask", metavar="PIXELS", help=help)
    parser.set_defaults(command=_relabel)
    return parser


def _relabel(args: argparse.Namespace) -> dict[str, Any]:
    results = {}
    _ = _rule(args, {})  # refuses what is no rule, whatever there is to relabel
    for folder in exports_in(args.out):
        rule = _rule(args, own_limits(folder))
        with Counter("crops", sys.stderr) as counter:
            counts = results[_name(folder.path)] = relabel(folder, rule, counter)
        print_message(
            f"{folder.path}: {counts['changed']} of {counts['crops']} labels changed, "
            f"{counts['positives']} positive, {counts['negatives']} negative"
        )
    return results


def _rule(args: argparse.Namespace, own: Mapping[str, str]) -> LabelRule:
    """Return the rule of the options; what they do not name of what ignores boxes is the export's own."""
    given = {"ignore_inside": args.ignore_inside, "ignore_mask": args.ignore_mask}
    limits = {**own, **{name: text for name, text in given.items() if text}}
    try:
        return options.label_rule(args.positive, args.inclusive, limits)
    except BoxscopeError as error:
        option = option_name(error.item) if error.item in given else "--positive"
        raise BoxscopeError(error.reason, option) from error


def _name(folder: AnyPath) -> str:
    # The name of Path(".") is empty.
    return os.path.basename(os.path.abspath(str(folder)))
