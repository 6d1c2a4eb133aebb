"""Settings on the command line: options created from their parameters, and read back."""

import argparse
import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from core import parameters, presets
from core.cli import preset_options
from core.cli.numbers import whole_number
from core.cli.other_formats import say_converted
from core.cli.spelling import option_name
from core.datasets import CocoDataset, Problem, kinds, table
from core.datasets.inside import VARIABLE
from core.errors import BoxscopeError
from core.files import as_path
from core.labelling import LabelRule
from core.parameters import Parameter
from core.pipeline import Setup
from core.proposers import PROPOSERS, TILES, Proposer, Tiles
from core.sampling import PRESETS, Preset, Sampling

# Of a setup: each is an option, while those of the proposer are given by --param.
SHARED = parameters.shared(Setup)


def add_dataset(parser: argparse.ArgumentParser) -> None:
    """Add the options that :func:`dataset` reads."""
    help = "COCO detection JSON, a path or a URL; or a folder in another format, see convert"
    parser.add_argument("annotations", type=as_path, metavar="ANNOTATIONS", help=help)
    parser.add_argument(
        "--images",
        type=as_path,
        dest="images_dir",
        metavar="DIR",
        help="folder of the pictures (of the usual folders the one that holds most of the listed names: "
        "beside the annotations, images/, data/, the split's name, …)",
    )
    add_follow_links(parser)
    add_levels(parser)


def add_follow_links(parser: argparse.ArgumentParser) -> None:
    """Add ``--follow-links``, the argument of :meth:`CocoDataset.open`."""
    help = f"follow links in the images folder, wherever they lead (off; {VARIABLE}=1 turns it on)"
    parser.add_argument("--follow-links", action="store_true", default=None, help=help)


def add_levels(parser: argparse.ArgumentParser) -> None:
    """Add ``--levels``, the argument of :meth:`CocoDataset.open`."""
    help = (
        "for pictures of more than 8 bits: the grey levels that become 0 to 255. auto: those of the camera, "
        "judged by the levels that the pictures use; full: all 16 bits (auto)"
    )
    parser.add_argument("--levels", default="auto", metavar="auto|full|LOW-HIGH", help=help)


def add_other(parser: argparse.ArgumentParser) -> None:
    """Add the options that :func:`other` reads: another split of a data set."""
    help = "report the pictures whose content this other COCO file has too: train and valid should share none"
    parser.add_argument("--against", type=as_path, metavar="ANNOTATIONS", help=help)
    help = "folder of that file's pictures (searched for as with --images)"
    parser.add_argument("--against-images", type=as_path, metavar="DIR", help=help)


def other(args: argparse.Namespace) -> CocoDataset | None:
    """Return the data set to compare with, None where the options name none."""
    if args.against is not None:
        opened = CocoDataset.open(args.against, args.against_images, args.levels, args.follow_links)
        say_converted(opened)
        return opened
    if args.against_images is not None:
        raise BoxscopeError("got no --against, whose pictures are to be there", "--against-images")
    return None


def add_report(parser: Any) -> None:
    """Add the option of a table that :func:`report` reads."""
    help = f"write all problems to a CSV file with the columns {', '.join(table.COLUMNS)}; the screen shows "
    help += f"the first {kinds.MOST_LINES} of each kind"
    parser.add_argument("--report", type=as_path, metavar="FILE.csv", help=help)


def report(args: argparse.Namespace) -> Callable[[Iterable[Problem]], None]:
    """Return a function that writes problems as the table of the options; it does nothing without one.

    Raises
    ------
    BoxscopeError
        The table could not be written there.
    """
    if args.report is None:
        return lambda problems: None
    table.expect_writable(args.report)
    return lambda problems: table.write_csv(args.report, problems)


def dataset(args: argparse.Namespace) -> CocoDataset:
    """Return the data set that the options name.

    Raises
    ------
    BoxscopeError
        It cannot be opened; for a folder, the error names the annotation files there.
    """
    opened = CocoDataset.open(args.annotations, args.images_dir, args.levels, args.follow_links)
    say_converted(opened)
    return opened


def add_setup(parser: argparse.ArgumentParser, labels: bool = True) -> None:
    """Add the options that :func:`setup` reads; `labels` includes those of the label rule."""
    group = parser.add_argument_group("proposals")
    help = f"{', '.join(PROPOSERS)}, or several joined by +, whose boxes are taken in turn; "
    help += f"with {TILES} before it, on overlapping tiles, for pictures of 12 megapixels and more"
    group.add_argument("--proposer", metavar="NAME", help=help)
    help = "a parameter of the proposer; can be given several times. Of joined proposers "
    help += f"and of those in tiles: PROPOSER.NAME=VALUE. {_parameters_text(TILES, Tiles)}; "
    help += "; ".join(_parameters_text(name, kind) for name, kind in PROPOSERS.items())
    group.add_argument("--param", action="append", default=[], metavar="NAME=VALUE", help=help)
    preset_options.add(group, "what all settings of the proposals start from (the defaults)")
    rule = parameters.parameters(LabelRule)
    add_settings(group, [spec for spec in SHARED if labels or spec not in rule])


def setup(args: argparse.Namespace) -> Setup:
    """Return the setup of the options; unset values are those of the preset, if there is one.

    Raises
    ------
    BoxscopeError
        Neither a proposer nor a preset is named; a parameter that the proposer does not have, one given
        twice, or a value that does not fit.
    """
    preset, crops = _presets(args)
    if preset is None and args.proposer is None:
        raise BoxscopeError("name a proposer by --proposer, or a preset by --preset", "proposals")
    shared = {} if crops is None else parameters.spell(crops.rule)
    shared |= {} if args.proposer is None else {"proposer": args.proposer}
    return changed(preset or Setup(), {**shared, **texts_of(args, SHARED)}, parameter_texts(args))


def changed(start: Setup, shared: Mapping[str, str], own: Mapping[str, str]) -> Setup:
    """Return a setup with some settings changed.

    Parameters
    ----------
    start : Setup
    shared : mapping of str to str
        Settings as text; another proposer begins with its own defaults.
    own : mapping of str to str
        Parameters of the proposer.

    Raises
    ------
    BoxscopeError
        A parameter that the proposer does not have, or a value that does not fit.
    """
    found = parameters.read(start, shared, owner="setup")
    proposer = parameters.read(found.proposer, own, owner=found.proposer.name)
    return dataclasses.replace(found, proposer=proposer)


def _presets(args: argparse.Namespace) -> tuple[Setup | None, Preset | None]:
    """Return the preset of the setup, and that of the sampling, where the options name them.

    ``--preset`` takes the names of ``--sampling`` too, which were once given there.
    """
    preset, sampling = args.preset, getattr(args, "sampling", None)
    takes_sampling = hasattr(args, "sampling") and sampling is None
    if takes_sampling and preset in PRESETS and preset not in presets.BUILT_IN:
        preset, sampling = None, preset
    return None if preset is None else preset_options.of(args, preset), PRESETS.get(sampling or "")


def parameter_texts(args: argparse.Namespace) -> dict[str, str]:
    """Return the values of ``--param`` as text, by the names of the proposer's parameters."""
    options = {spec.name for spec in SHARED}
    texts = pairs(args.param)
    for name in texts:
        if name in options and hasattr(args, name):
            raise BoxscopeError(f"it is an option of its own, {option_name(name)}", f"--param {name}")
    return texts


def pairs(given: Iterable[str], option: str = "--param", expected: str = "NAME=VALUE") -> dict[str, str]:
    """Return the values of an option by name, as of ``--param NAME=VALUE``."""
    texts: dict[str, str] = {}
    for pair in given:
        name, equals, value = (part.strip() for part in pair.partition("="))
        if not equals:
            raise BoxscopeError(f"got {pair!r}, expected {expected}", option)
        if name in texts:
            raise BoxscopeError(f"got {texts[name]!r} and {value!r}, expected it once", f"{option} {name}")
        texts[name] = value
    return texts


def add_workers(parser: argparse.ArgumentParser) -> None:
    """Add ``--workers`` and ``--scheduler``, the arguments of :func:`core.executors.engine`."""
    help = "number of processes (one per core); on a cluster, number of tasks at once (one per thread)"
    parser.add_argument("--workers", type=whole_number("--workers"), metavar="N", help=help)
    help = "address of a Dask cluster, such as tcp://host:8786, whose workers are used; data and output must "
    help += "have the same paths there, and packages the same versions (requirements-cluster.txt); proposers "
    help += "take at most four fifths of the memory that Dask gives a worker"
    parser.add_argument("--scheduler", metavar="ADDRESS", help=help)


def with_absolute_paths(args: argparse.Namespace) -> argparse.Namespace:
    """Return the options with absolute paths for a cluster, whose workers have another working directory."""
    if args.scheduler is not None:
        for name in ("annotations", "images_dir", "valid", "valid_images", "out", "report", "csv", "model"):
            if (path := getattr(args, name, None)) is not None:
                setattr(args, name, path.absolute())
    return args


def label_rule(positive: str, inclusive: bool, limits: Mapping[str, str]) -> LabelRule:
    """Return the label rule of a threshold given as text.

    Parameters
    ----------
    positive : str
        IoU above which a box is positive.
    inclusive : bool
        Whether that IoU itself is positive.
    limits : mapping of str to str
        `ignore_inside` and `ignore_mask`, see :class:`core.labelling.LabelRule`.

    Raises
    ------
    BoxscopeError
        A text is not an IoU, a share or a number.
    """
    texts = {"iou": positive, "inclusive": str(inclusive), **limits}
    return parameters.build(LabelRule, texts, owner="label rule")


def add_sampling(parser: argparse.ArgumentParser) -> None:
    """Add the options that :func:`sampling` reads."""
    group = parser.add_argument_group("sampling")
    named = "; ".join(f"{name}: {preset.description}" for name, preset in PRESETS.items())
    help = f"what the label rule and the settings of the crops start from (article). {named}"
    group.add_argument("--sampling", choices=list(PRESETS), help=help.replace("%", "%%"))
    add_settings(group, parameters.parameters(Sampling))


def sampling(args: argparse.Namespace) -> Sampling:
    """Return the sampling of the options; unset values are those of ``--sampling``."""
    _, crops = _presets(args)
    start = Sampling() if crops is None else crops.sampling
    texts = {**parameters.spell(start), **texts_of(args, parameters.parameters(Sampling))}
    return parameters.build(Sampling, texts, owner="sampling")


def _parameters_text(name: str, kind: type[Proposer]) -> str:
    specs = parameters.parameters(kind)
    defaults = ", ".join(f"{spec.name}={spec.spell(spec.default)}" for spec in specs)
    return f"{name.rstrip(':')}: {defaults or 'none'}"


def add_settings(group: Any, specs: Iterable[Parameter]) -> None:
    """Add an option for each parameter; its default is None."""
    for spec in specs:
        unit = f" {spec.unit}" if spec.unit else ""
        help = f"{spec.help} ({spec.spell(spec.default)}{unit})".replace("%", "%%")
        if spec.type is bool:
            action = argparse.BooleanOptionalAction
            group.add_argument(option_name(spec.name), action=action, default=None, help=help)
        elif spec.choices:
            group.add_argument(option_name(spec.name), choices=spec.choices, help=help)
        else:
            group.add_argument(option_name(spec.name), metavar=spec.type.__name__.upper(), help=help)


def texts_of(args: argparse.Namespace, specs: Iterable[Parameter]) -> dict[str, str]:
    """Return the values of the options of parameters as text, by name, without those that were not given."""
    values = {spec.name: getattr(args, spec.name, None) for spec in specs}
    return {name: str(value) for name, value in values.items() if value is not None}
