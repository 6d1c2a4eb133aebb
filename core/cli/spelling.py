"""A setup and a sampling written as the equivalent command."""

import shlex
from collections.abc import Iterable, Mapping, Sequence

from core import parameters
from core.datasets.levels import AUTO
from core.evaluation.evaluation import ALL
from core.export import DEFAULT_FORMAT, DatasetKind
from core.export.config import SHARD_IMAGES
from core.parameters import Parameter
from core.pipeline import Setup
from core.sampling import Sampling
from core.tuning.space import SEARCHED_OF_SETUP


def export_command(
    annotations: str,
    out: str,
    split: DatasetKind,
    setup: Setup,
    sampling: Sampling,
    images_dir: str | None = None,
    format: str = DEFAULT_FORMAT,
    shard_images: int = SHARD_IMAGES,
    levels: str = AUTO,
    follow_links: bool = False,
) -> list[str]:
    """Return the arguments of Python that write an export, without options that have their defaults."""
    arguments = ["-m", "core", "export", *_dataset(annotations, images_dir, levels, follow_links)]
    arguments += ["--out", _no_option(out), "--split", str(split), "--proposer", setup.proposer.name]
    for name, text in parameters.changes(setup.proposer).items():
        arguments += ["--param", f"{name}={text}"]
    arguments += _options(parameters.shared(Setup), setup.with_order_named().changes())
    arguments += ["--format", format] if format != DEFAULT_FORMAT else []
    arguments += ["--shard-images", str(shard_images)] if shard_images != SHARD_IMAGES else []
    arguments += _options(parameters.parameters(Sampling), parameters.changes(sampling))
    return arguments


def evaluate_command(
    annotations: str,
    setups: Sequence[str],
    budget: int,
    recall_iou: float,
    matching: str = "coco",
    images_dir: str | None = None,
    levels: str = AUTO,
    follow_links: bool = False,
) -> list[str]:
    """Return the arguments of Python that evaluate setups, each as ``proposer=grid nms=0.8``.

    `budget` and `recall_iou` are those of slices and reasons.
    """
    arguments = ["-m", "core", "evaluate", *_dataset(annotations, images_dir, levels, follow_links)]
    arguments += ["--budget", "all" if budget == ALL else str(budget)] if budget != 100 else []
    arguments += ["--recall-iou", f"{recall_iou:g}"] if recall_iou != 0.5 else []
    arguments += ["--matching", matching] if matching != "coco" else []
    return arguments + [word for setup in setups for word in ("--setup", setup)]


def fit_command(
    annotations: str,
    out: str,
    images_dir: str | None = None,
    levels: str = AUTO,
    follow_links: bool = False,
) -> list[str]:
    """Return the arguments of Python that fit an order to a training split, in place of a former file."""
    arguments = ["-m", "core", "fit", "proposer", *_dataset(annotations, images_dir, levels, follow_links)]
    return [*arguments, "--out", _no_option(out), "--overwrite"]


def convert_command(folder: str, out: str, format: str, split: str, changes: Mapping[str, str]) -> list[str]:
    """Return the arguments of Python that write a folder in another format as COCO.

    Parameters
    ----------
    folder, out, format : str
    split : str
        Empty for the only one.
    changes : mapping of str to str
        Settings of the format that differ from their defaults.
    """
    arguments = ["-m", "core", "convert", _no_option(folder), _no_option(out), "--format", format]
    arguments += ["--split", split] if split else []
    for name, text in changes.items():
        arguments += ["--param", f"{name}={text}"]
    return [*arguments, "--overwrite"]


def tune_command(
    annotations: str,
    out: str,
    setup: Setup,
    searched: Mapping[str, str],
    valid: str | None,
    minutes: float,
    budget: int,
    limit: int,
    seed: int,
    images_dir: str | None = None,
    levels: str = AUTO,
    follow_links: bool = False,
) -> list[str]:
    """Return the arguments of Python that search the settings of a proposer.

    Parameters
    ----------
    annotations, out : str
    setup : Setup
        Its proposer, and the values of what is not searched.
    searched : mapping of str to str
        What is searched by name, with a range or choices; an empty text for those of the setting itself.
    valid : str or None
    minutes : float
    budget, limit, seed : int
        Proposals that count, images of the sample at most, seed.
    images_dir, levels, follow_links
        See :func:`evaluate_command`.
    """
    arguments = ["-m", "core", "tune", *_dataset(annotations, images_dir, levels, follow_links)]
    arguments += ["--valid", _no_option(valid)] if valid else []
    arguments += ["--out", _no_option(out), "--proposer", setup.proposer.name]
    own = {spec.name for spec in parameters.parameters(setup.proposer)}
    for name, text in parameters.spell(setup.with_order_named()).items():
        is_filter = name in SEARCHED_OF_SETUP
        if name in searched or not (name in own or is_filter):
            continue
        arguments += [option_name(name), text] if is_filter else ["--param", f"{name}={text}"]
    for name, text in searched.items():
        arguments += ["--search", f"{name}={text}"] if text else []
    arguments += ["--minutes", f"{minutes:g}", "--budget", str(budget)]
    return [*arguments, "--limit", str(limit), "--seed", str(seed)]


def _dataset(annotations: str, images_dir: str | None, levels: str, follow_links: bool) -> list[str]:
    """Return the arguments of every command that open a data set."""
    arguments = [_no_option(annotations)]
    arguments += ["--images", _no_option(images_dir)] if images_dir else []
    arguments += ["--follow-links"] if follow_links else []
    return arguments + ([f"--levels={levels}"] if levels != AUTO else [])


def _no_option(path: str) -> str:
    return f"./{path}" if path.startswith("-") else path


def as_typed(arguments: list[str]) -> str:
    """Return the shell command that calls Python with some arguments."""
    return shlex.join(["python", *arguments])


def _options(specs: Iterable[Parameter], texts: Mapping[str, str]) -> list[str]:
    arguments: list[str] = []
    for spec in specs:
        if spec.name in texts and spec.type is bool:
            arguments.append(
                option_name(spec.name) if texts[spec.name] == "true" else f"--no{option_name(spec.name)[1:]}"
            )
        elif spec.name in texts:
            arguments += [option_name(spec.name), texts[spec.name]]
    return arguments


def option_name(name: str) -> str:
    """Return the option of a parameter: ``--min-side`` for ``min_side``."""
    return f"--{name.replace('_', '-')}"
