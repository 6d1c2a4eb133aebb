"""Settings on the command line: options made from their parameters, and read back."""

import argparse
import dataclasses
from collections.abc import Callable
from typing import Any, NoReturn

from core import parameters
from core.cli.spelling import option_name
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.files import AnyPath, as_local_path, as_path
from core.labelling import LabelRule
from core.pipeline import Setup
from core.proposers import PROPOSERS, make_proposer
from core.sampling import PRESETS, Sampling


class OneLineParser(argparse.ArgumentParser):
    """A parser whose mistakes are one line, without the usage, and name the option of a wrong path."""

    def __init__(self, *rest: Any, **named: Any) -> None:
        super().__init__(*rest, **named)
        for convert in (as_path, as_local_path):
            self.register("type", convert, _naming_the_option(convert))

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing and leaving.

        Raises
        ------
        BoxscopeError
        """
        raise BoxscopeError(f"{message} (see {self.prog} --help)")


def _naming_the_option(convert: Callable[[str], AnyPath]) -> Callable[[str], AnyPath]:
    """Return a conversion whose errors argparse completes with the name of the option."""

    def converted(text: str) -> AnyPath:
        try:
            return convert(text)
        except BoxscopeError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return converted


def add_dataset(parser: argparse.ArgumentParser) -> None:
    """Add the options that :func:`dataset` reads."""
    help = "COCO detection JSON, a path or a URL"
    parser.add_argument("annotations", type=as_path, metavar="ANNOTATIONS", help=help)
    parser.add_argument(
        "--images",
        type=as_path,
        dest="images_dir",
        metavar="DIR",
        help="folder of the pictures (beside the annotations, or images/ there)",
    )


def add_other(parser: argparse.ArgumentParser) -> None:
    """Add the options that :func:`other` reads: another split of a data set."""
    help = "name the pictures that this other COCO file lists too, by content: train and valid share none"
    parser.add_argument("--against", type=as_path, metavar="ANNOTATIONS", help=help)
    help = "folder of that file's pictures (beside it, or images/ there)"
    parser.add_argument("--against-images", type=as_path, metavar="DIR", help=help)


def other(options: argparse.Namespace) -> CocoDataset | None:
    """Open the other data set that the options name, if they do."""
    if options.against is not None:
        return CocoDataset.open(options.against, options.against_images)
    if options.against_images is not None:
        raise BoxscopeError("got no --against, whose pictures it says the folder of", "--against-images")
    return None


def dataset(options: argparse.Namespace) -> CocoDataset:
    """Open the data set that the options name."""
    return CocoDataset.open(options.annotations, options.images_dir)


def add_setup(parser: argparse.ArgumentParser, labels: bool = True) -> None:
    """Add the options that :func:`setup` reads; those of the label rule where labels are made."""
    group = parser.add_argument_group("proposals")
    group.add_argument("--proposer", choices=list(PROPOSERS), required=True)
    words = "of the proposer, as often as needed. " + "; ".join(map(_parameter_words, PROPOSERS))
    group.add_argument("--param", action="append", default=[], metavar="NAME=VALUE", help=words)
    _add_settings(group, Setup)
    if labels:
        _add_settings(group, LabelRule)


def setup(options: argparse.Namespace) -> Setup:
    """Make the setup that the options spell; where there is a preset, the label rule starts from its own.

    Raises
    ------
    BoxscopeError
        A parameter that the proposer does not have, one given twice, or a value that does not fit.
    """
    rule = parameters.spell(PRESETS[getattr(options, "preset", "article")].rule)
    chosen = Setup.parse({**rule, **_given(options, Setup), **_given(options, LabelRule)})
    return dataclasses.replace(chosen, proposer=make_proposer(options.proposer, _parameters(options)))


def _parameters(options: argparse.Namespace) -> dict[str, str]:
    """Read ``--param``: the texts of the proposer's parameters, by name."""
    own = {spec.name for part in (Setup, LabelRule) for spec in parameters.parameters(part)}
    texts: dict[str, str] = {}
    for pair in options.param:
        name, equals, value = (part.strip() for part in pair.partition("="))
        if not equals:
            raise BoxscopeError(f"got {pair!r}, expected NAME=VALUE", "--param")
        if name in own and hasattr(options, name):
            raise BoxscopeError(f"it is an option of its own, {option_name(name)}", f"--param {name}")
        if name in texts:
            raise BoxscopeError(f"got {texts[name]!r} and {value!r}, expected it once", f"--param {name}")
        texts[name] = value
    return texts


def add_workers(parser: argparse.ArgumentParser) -> None:
    """Add ``--workers`` and ``--scheduler``, which :func:`core.executors.engine` takes."""
    words = "processes (one a core); on a cluster, what it is taken to do at once (its threads)"
    parser.add_argument("--workers", type=_workers, metavar="N", help=words)
    words = "of a Dask cluster, as tcp://host:8786, whose workers do it; they must see data and output by "
    words += "the same paths and run these versions (requirements-cluster.txt)"
    parser.add_argument("--scheduler", metavar="ADDRESS", help=words)


def with_absolute_paths(options: argparse.Namespace) -> argparse.Namespace:
    """Give the options with whole paths where a cluster is to follow them: its workers start elsewhere."""
    if options.scheduler is not None:
        for name in ("annotations", "images_dir", "out"):
            path = getattr(options, name)
            setattr(options, name, path and path.absolute())
    return options


def _workers(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise BoxscopeError(f"got {text}, expected at least 1", "--workers")
    return int(text)


def label_rule(positive: str, inclusive: bool) -> LabelRule:
    """Make the rule of a threshold as typed, and whether it counts itself.

    Raises
    ------
    BoxscopeError
        It is no IoU.
    """
    texts = {"iou": positive, "inclusive": str(inclusive)}
    return parameters.build(LabelRule, texts, owner="label rule")


def add_sampling(parser: argparse.ArgumentParser) -> None:
    """Add the options that :func:`sampling` reads."""
    group = parser.add_argument_group("sampling")
    words = "; ".join(f"{name}: {preset.description}" for name, preset in PRESETS.items())
    help = f"what the settings below and the label rule start from (article). {words}".replace("%", "%%")
    group.add_argument("--preset", choices=list(PRESETS), default="article", help=help)
    _add_settings(group, Sampling)


def sampling(options: argparse.Namespace) -> Sampling:
    """Make the sampling that the options spell, from a preset on."""
    texts = {**parameters.spell(PRESETS[options.preset].sampling), **_given(options, Sampling)}
    return parameters.build(Sampling, texts, owner="sampling")


def _parameter_words(name: str) -> str:
    specs = parameters.parameters(PROPOSERS[name])
    return f"{name}: {', '.join(f'{spec.name}={spec.spell(spec.default)}' for spec in specs) or 'none'}"


def _add_settings(group: Any, settings: type) -> None:
    """Add an option for each parameter of a settings class; one that is not given stays None."""
    for spec in parameters.parameters(settings):
        unit = f" {spec.unit}" if spec.unit else ""
        help = f"{spec.help} ({spec.spell(spec.default)}{unit})".replace("%", "%%")
        if spec.type is bool:
            action = argparse.BooleanOptionalAction
            group.add_argument(option_name(spec.name), action=action, default=None, help=help)
        elif spec.choices:
            group.add_argument(option_name(spec.name), choices=spec.choices, help=help)
        else:
            group.add_argument(option_name(spec.name), metavar=spec.type.__name__.upper(), help=help)


def _given(options: argparse.Namespace, settings: type) -> dict[str, str]:
    values = {spec.name: getattr(options, spec.name, None) for spec in parameters.parameters(settings)}
    return {name: str(value) for name, value in values.items() if value is not None}
