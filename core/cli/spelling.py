"""A setup and a sampling spelled as the command that does the same."""

import shlex
from collections.abc import Mapping

from core import parameters
from core.export import DEFAULT_FORMAT, DatasetKind
from core.export.config import SHARD_IMAGES
from core.pipeline import Setup
from core.sampling import Sampling


def export_command(
    annotations: str,
    out: str,
    split: DatasetKind,
    setup: Setup,
    sampling: Sampling,
    images_dir: str | None = None,
    format: str = DEFAULT_FORMAT,
    shard_images: int = SHARD_IMAGES,
) -> list[str]:
    """Spell the command that writes an export: the words after the name of Python.

    Only what differs from the defaults is spelled.
    """
    words = ["-m", "core", "export", _no_option(annotations)]
    words += ["--images", _no_option(images_dir)] if images_dir else []
    words += ["--out", _no_option(out), "--split", str(split), "--proposer", setup.proposer.name]
    changes = setup.changes()
    for name in setup.proposer.spell():
        words += ["--param", f"{name}={changes[name]}"] if name in changes else []
    for part in (setup, setup.rule):
        words += _spelled(type(part), {k: v for k, v in parameters.spell(part).items() if k in changes})
    words += ["--format", format] if format != DEFAULT_FORMAT else []
    words += ["--shard-images", str(shard_images)] if shard_images != SHARD_IMAGES else []
    plain = parameters.spell(Sampling())
    words += _spelled(Sampling, {k: v for k, v in parameters.spell(sampling).items() if v != plain[k]})
    return words


def _no_option(path: str) -> str:
    return f"./{path}" if path.startswith("-") else path


def as_typed(words: list[str]) -> str:
    """Join the words of a command as one would type it in a shell."""
    return shlex.join(["python", *words])


def _spelled(settings: type, texts: Mapping[str, str]) -> list[str]:
    words: list[str] = []
    for spec in parameters.parameters(settings):
        if spec.name in texts and spec.type is bool:
            words.append(
                option_name(spec.name) if texts[spec.name] == "true" else f"--no{option_name(spec.name)[1:]}"
            )
        elif spec.name in texts:
            words += [option_name(spec.name), texts[spec.name]]
    return words


def option_name(name: str) -> str:
    """Name the option of a parameter."""
    return f"--{name.replace('_', '-')}"
