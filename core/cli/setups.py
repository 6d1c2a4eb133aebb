"""Several setups on the command line: by their proposers, or each as a whole."""

import argparse
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from core import parameters
from core.cli import options, preset_options
from core.errors import BoxscopeError
from core.labelling import LabelRule
from core.pipeline import Setup
from core.proposers import PROPOSERS, make_proposer


def add(group: Any) -> None:
    """Add the options that :func:`setups` reads."""
    help = f"one or more of {', '.join(PROPOSERS)}; several joined by + are one"
    group.add_argument("--proposer", metavar="NAME", nargs="+", action="extend", default=[], help=help)
    help = "a parameter of the proposer; of several proposers PROPOSER.NAME=VALUE; can be given several times"
    group.add_argument("--param", action="append", default=[], metavar="NAME=VALUE", help=help)
    without = {"top", *(spec.name for spec in parameters.parameters(LabelRule))}
    options.add_settings(group, [spec for spec in options.SHARED if spec.name not in without])
    what = "a whole setup, beside those of --proposer; can be given several times"
    preset_options.add(group, what, action="append", default=[])
    help = "a whole setup as NAME=VALUE pairs, by the names that links use; can be given several times"
    group.add_argument("--setup", action="append", default=[], metavar='"proposer=NAME …"', help=help)


def setups(args: argparse.Namespace) -> list[Setup]:
    """Return the setups of the options: of each proposer and preset, with the filters given, then whole ones.

    Each names its order, so that the results say which it is.

    Raises
    ------
    BoxscopeError
        There is none, or one twice; a parameter that none has, or a value that does not fit.
    """
    typed = [*_of_names(args), *map(_whole, args.setup)]
    found = [setup.with_order_named() for setup in typed]
    if not found:
        raise BoxscopeError("name at least one proposer, or a setup by --preset or --setup", "--proposer")
    for number, setup in enumerate(found):
        if setup in found[:number]:
            raise BoxscopeError(f"{name(typed[number])} is given twice", "--proposer, --preset, --setup")
    return found


def name(setup: Setup) -> str:
    """Return a setup in one line: its proposer, and what differs from the defaults."""
    texts = setup.changes()
    return " ".join(text if key == "proposer" else f"{key}={text}" for key, text in texts.items())


def _of_names(args: argparse.Namespace) -> list[Setup]:
    """Return the setups of proposers and of presets; options given beside these go before them."""
    starts = [Setup(make_proposer(each)) for each in args.proposer]
    starts += [preset_options.of(args, each) for each in args.preset]
    names = [start.proposer.name for start in starts]
    shared, given = options.texts_of(args, options.SHARED), options.parameter_texts(args)
    if len(starts) != 1:
        _refuse_unread(given, names)
    own = [given if len(starts) == 1 else _of_proposer(each, given) for each in names]
    return [options.changed(start, shared, texts) for start, texts in zip(starts, own, strict=True)]


def _of_proposer(name: str, texts: Mapping[str, str]) -> dict[str, str]:
    return {key.removeprefix(f"{name}."): text for key, text in texts.items() if key.startswith(f"{name}.")}


def _refuse_unread(texts: Mapping[str, str], names: Sequence[str]) -> None:
    for key in texts:
        if not any(key.startswith(f"{name}.") for name in names):
            expected = f"PROPOSER.NAME=VALUE with one of {', '.join(names)}" if names else "a --proposer"
            raise BoxscopeError(f"expected {expected}", f"--param {key}")


def _whole(text: str) -> Setup:
    pairs = [pair.partition("=") for pair in shlex.split(text)]
    for key, equals, _ in pairs:
        if not equals:
            raise BoxscopeError(f"got {key!r}, expected NAME=VALUE pairs", "--setup")
    texts = {key: value for key, _, value in pairs}
    if "proposer" not in texts:
        raise BoxscopeError(f"got {text!r}, which names no proposer", "--setup")
    return Setup.parse(texts)
