"""Where presets are: beside a data set, in the user's folder, and built in; found, read and saved there."""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from core.errors import BoxscopeError, quoted
from core.files import AnyPath, os_reason, read_regular
from core.files.replacing import replace_file
from core.files.user_state import state_folder
from core.pipeline import Setup
from core.presets.built_in import BUILT_IN
from core.presets.toml import from_text, text_of
from core.sampling import PRESETS

FOLDER = "boxscope-presets"
"""Name of the folder of presets beside a data set."""

SUFFIX = ".toml"
_MOST = 200
"""Presets that are read from a folder."""
# Letters and digits of any script; no dot and no slash, so that a name is never a path.
_NAME = re.compile(r"\w(?:[\w -]{0,58}\w)?")


class Source(StrEnum):
    """Where a preset comes from, in the order in which a name is looked up."""

    DATASET = "data set"
    USER = "user"
    BUILT_IN = "Boxscope"


@dataclass(frozen=True)
class Preset:
    """A setup with a name.

    Attributes
    ----------
    name : str
    setup : Setup
    source : Source
    path : Path or None
        None for one that is built in.
    summary : str
        What it is, in a line; empty for one that is read from a file.
    """

    name: str
    setup: Setup
    source: Source
    path: Path | None = None
    summary: str = ""


class Unreadable(NamedTuple):
    """A file of a folder of presets that is none, and why."""

    path: Path
    reason: str


def user_folder() -> Path:
    """Return the user's folder of presets, which may not exist."""
    return state_folder() / "presets"


def dataset_folders(annotations: AnyPath) -> list[Path]:
    """Return the folders of presets of an annotation file or of a data set's folder, which may not exist.

    One beside the file, or in the folder, and one in the folder above, so that the splits of a data set, each
    in a folder, share theirs. None for what is behind a URL.
    """
    if not isinstance(annotations, Path):
        return []
    path = annotations.absolute()
    folder = path if path.is_dir() else path.parent
    return [each / FOLDER for each in dict.fromkeys((folder, folder.parent))]


def built_in() -> list[Preset]:
    """Return the presets that come with Boxscope."""
    return [Preset(name, setup, Source.BUILT_IN, None, text) for name, (setup, text) in BUILT_IN.items()]


def named(folders: Iterable[Path]) -> dict[tuple[Source, str], Path]:
    """Return the files of the data set's and of the user's presets, by where they are and name, sorted.

    Parameters
    ----------
    folders : iterable of Path
        Those of the data set, see :func:`dataset_folders`. Of a name in several, the first counts.
    """
    paths: dict[tuple[Source, str], Path] = {}
    for source, several in ((Source.DATASET, folders), (Source.USER, [user_folder()])):
        for folder in several:
            for path in _files(folder):
                paths.setdefault((source, path.stem), path)
    return paths


def listed(
    folders: Iterable[Path], read: Callable[[Path], Setup] | None = None
) -> tuple[list[Preset], list[Unreadable]]:
    """Return all presets: the data set's, the user's, and those built in; and files that are none.

    Parameters
    ----------
    folders : iterable of Path
        See :func:`named`.
    read : callable or None
        Returns the setup of a file or raises a :class:`BoxscopeError`; None is :func:`read_file`.
    """
    found, unreadable = [], []
    for (source, name), path in named(folders).items():
        try:
            found.append(Preset(name, (read or read_file)(path), source, path))
        except BoxscopeError as error:
            unreadable.append(Unreadable(path, error.without(path)))
    return [*found, *built_in()], unreadable


def _files(folder: Path) -> Iterator[Path]:
    try:
        names = sorted(os.listdir(folder))
    except (OSError, ValueError):
        return
    fitting = [name for name in names if name.endswith(SUFFIX) and _NAME.fullmatch(name[: -len(SUFFIX)])]
    yield from (folder / name for name in fitting[:_MOST])


def find(text: str, folders: Iterable[Path] = ()) -> Setup:
    """Return the setup of a preset by its name, or by the path of its file, which ends in ``.toml``.

    A name is looked up beside the data set, then in the user's folder, then among those built in.

    Parameters
    ----------
    text : str
    folders : iterable of Path
        See :func:`named`.

    Raises
    ------
    BoxscopeError
        There is no such preset, or its file is none.
    """
    if text.endswith(SUFFIX):
        return read_file(Path(text).expanduser())
    return find_named(text, folders)


def find_named(name: str, folders: Iterable[Path] = (), read: Callable[[Path], Setup] | None = None) -> Setup:
    """Return the setup of a preset by its name, which is never taken for a path; see :func:`find`.

    `read` is that of :func:`listed`.
    """
    paths = named(folders)
    for source in (Source.DATASET, Source.USER):
        if (source, name) in paths:
            return (read or read_file)(paths[source, name])
    if name in BUILT_IN:
        return BUILT_IN[name][0]
    names = dict.fromkeys([*(name for _, name in paths), *BUILT_IN])
    expected = f"a file {SUFFIX} or one of {', '.join(names)}"
    raise BoxscopeError(f"got {quoted(name)}, expected {expected}", "preset")


def read_file(path: Path) -> Setup:
    """Return the setup of a preset's file.

    Raises
    ------
    BoxscopeError
        It cannot be read, or is no preset, see :func:`core.presets.toml.from_text`.
    """
    try:
        data = read_regular(path)
    except OSError as error:
        raise BoxscopeError(os_reason(error), path) from error
    return from_text(data, path)


def expect_name(text: str) -> str:
    """Return the name of a new preset, without spaces around it.

    Raises
    ------
    BoxscopeError
        It is empty, no plain name, or that of one that is built in.
    """
    name = text.strip()
    if not _NAME.fullmatch(name):
        expected = "1 to 60 letters, digits, spaces, - and _, beginning and ending with a letter or digit"
        raise BoxscopeError(f"got {quoted(name)}, expected {expected}", "name of the preset")
    if name in BUILT_IN or name in PRESETS:  # ``export --preset`` takes those of the sampling too
        raise BoxscopeError(f"{name!r} is one of Boxscope's own, expected another", "name of the preset")
    return name


def save(
    folder: Path, name: str, setup: Setup, *, overwrite: bool = False, written_by: str = "Boxscope"
) -> Path:
    """Write a setup as a preset and return its path; the folder is created if missing.

    Raises
    ------
    BoxscopeError
        The name is none, see :func:`expect_name`; or it is there already, without `overwrite`; or the file
        cannot be written: nothing is then changed.
    """
    path = folder / f"{expect_name(name)}{SUFFIX}"
    data = text_of(setup, written_by).encode()
    if path.exists() and not overwrite:
        raise BoxscopeError("there is a preset of this name already, expected another name", path)
    try:
        replace_file(path, data)
    except OSError as error:
        raise BoxscopeError(os_reason(error), path) from error
    return path
