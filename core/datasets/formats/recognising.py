"""Which format a folder is in: every format is asked, and where several answer the user chooses."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from core import parameters
from core.datasets.formats.base import ALL, Format, Recognition
from core.datasets.formats.table import FORMATS
from core.datasets.formats.tree import MOST, Tree
from core.datasets.locating.layouts import is_annotations_folder
from core.datasets.locating.name_rules import holds_no_pictures, splits_of
from core.errors import BoxscopeError, quoted
from core.files.file_state import file_state, folder_state

# Names of folders and files of annotations, beside those of COCO and of splits, below the data set's folder.
_LABELS = ("xml", "xmls", "lable", "imagesets", "main")
# A file in the data set's folder that stands for it.
_YAML = (".yaml", ".yml")
# How many folders above a given one may be the data set's.
_ABOVE = 3
# Folders of which it is kept what they look like.
_MOST_KNOWN = 64
# Splits that an error names.
_MOST_NAMED = 12


Allowed = Callable[[Path], bool]


def anywhere(path: Path) -> bool:
    """Return True: every folder may be read."""
    return True


class Source(NamedTuple):
    """A folder in a format, and what of it is to be read.

    Attributes
    ----------
    folder : Path
    format : Format
        With its settings.
    split : str
    recognition : Recognition
    given : Path
        By which it was found: the folder, or a place in it.
    """

    folder: Path
    format: Format
    split: str
    recognition: Recognition
    given: Path


def recognise(folder: Path, follow_links: bool = False, most: int = MOST) -> list[Recognition]:
    """Return what a folder looks like to each format that knows it; it opens a bounded number of files.

    Parameters
    ----------
    folder : Path
    follow_links : bool
    most : int
        Number of folders that are listed at most.
    """
    if not folder.is_dir():
        return []
    key = f"{folder.absolute()}|{follow_links}|{most}"
    kept = _known.get(key)
    if kept is not None and kept.states == _states(kept.states):
        return kept.found
    tree = Tree(folder, follow_links=follow_links, most=most)
    states = _states([*(folder / below for below in tree.files), *_texts(tree)])
    asked = (form().recognise(tree) for form in FORMATS.values())
    found = [one for one in asked if one is not None]
    if all(states.values()):
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[key] = _Known(states, found)
    return found


class _Known(NamedTuple):
    """What a folder looked like, and the states by which it is known to be as it was."""

    states: dict[Path, str]
    found: list[Recognition]


_known: dict[str, _Known] = {}


def _texts(tree: Tree) -> list[Path]:
    """Return the files that say what a data set consists of."""
    lists = (f"{below}/{n}" for below, names in tree.files.items() if below.endswith("Main") for n in names)
    yaml = (name for name in tree.files.get("", ()) if name.lower().endswith(_YAML))
    return [tree.root / path for path in (*yaml, *lists)]


def _states(paths: Iterable[Path]) -> dict[Path, str]:
    return {path: file_state(path) if path.is_file() else folder_state(path) for path in paths}


def find(
    path: Path,
    format: str = "",
    split: str = "",
    settings: Mapping[str, str] | None = None,
    follow_links: bool = False,
    allowed: Allowed = anywhere,
) -> Source:
    """Return the data set at a path, in the one format that fits.

    Parameters
    ----------
    path : Path
        Its folder, or the place of one of its splits below that, see :class:`.base.Split`.
    format, split : str
        Empty for the only one.
    settings : mapping of str to str, or None
        Parameters of the format, as text.
    follow_links : bool
    allowed : callable
        Returns whether a folder above the path may be read.

    Raises
    ------
    BoxscopeError
        No format, or several, know the folder; it has several splits; or there is no such format, split or
        setting.
    """
    if format and format not in FORMATS:
        raise BoxscopeError(f"no format {quoted(format)}, expected one of {', '.join(FORMATS)}", "--format")
    located = _locate(path, format, follow_links, allowed)
    if located is None:
        raise BoxscopeError(nothing_known(path, format), path)
    folder, one = located
    form = parameters.build(FORMATS[one.format], settings or {}, owner=one.title)
    return Source(folder, form, _split(one, split, folder), one, path)


def places(path: Path, no_coco: BoxscopeError, allowed: Allowed = anywhere) -> dict[str, Path]:
    """Return the places of the splits of a folder in another format, training first.

    Parameters
    ----------
    path : Path
    no_coco : BoxscopeError
        Why it holds no COCO annotations.
    allowed : callable
        See :func:`find`.

    Raises
    ------
    BoxscopeError
        No format knows it, or several do.
    """
    located = _locate(path, "", False, allowed)
    if located is None:
        raise BoxscopeError(f"{no_coco.reason}; {nothing_known(path)}", path) from no_coco
    folder, one = located
    splits = sorted(one.splits, key=lambda split: ("train" not in split.name, split.name))
    return {split.name: folder / split.place for split in splits}


def nothing_known(path: Path, format: str = "") -> str:
    """Return why a path is no data set of a format that is known here."""
    if not path.exists():
        return "no such folder or file"
    wanted = FORMATS[format].title if format else " or ".join(form.title for form in FORMATS.values())
    return f"got no {wanted} data set there"


def _locate(path: Path, format: str, follow_links: bool, allowed: Allowed) -> tuple[Path, Recognition] | None:
    """Return the folder of the data set at a path and what it looks like, with the splits that lie there.

    That is the nearest folder that is known; or, where that holds one split, one above it whose splits are
    all named as such, since ``train/`` alone does not tell the classes of ``validation/`` beside it.

    Raises
    ------
    BoxscopeError
        Several formats know it.
    """
    nearest: tuple[Path, Recognition] | None = None
    for folder in _folders(path, allowed):
        fitting = list(_fitting(folder, path, format, follow_links))
        if nearest is not None:
            fitting = [one for one in fitting if one[0].format == nearest[1].format and one[1]]
        elif len(fitting) > 1:
            raise BoxscopeError(_which_format([one for one, _ in fitting]), folder)
        if fitting:
            nearest = folder, fitting[0][0]
            if len(nearest[1].splits) > 1:
                return nearest
    return nearest


def _folders(path: Path, allowed: Allowed) -> Iterator[Path]:
    """Yield a folder and those above it whose place for annotations it may be."""
    listed = path.is_file()
    if not listed:
        yield path
    path = path.absolute()
    for _ in range(_ABOVE):
        if not (listed or _is_place(path.name)) or path.parent == path or not allowed(path.parent):
            return
        path = path.parent
        yield path


def _is_place(name: str) -> bool:
    labels = is_annotations_folder(name) or holds_no_pictures(name) or name.casefold() in _LABELS
    words = re.findall("[a-z]+", name.casefold())  # train2017, train_lab; but not test_of_a_new_camera
    return labels or (len(words) <= 2 and bool(splits_of(name)))


def _fitting(folder: Path, path: Path, format: str, follow_links: bool) -> Iterator[tuple[Recognition, bool]]:
    """Yield what a folder looks like, with those of its splits that lie at the path.

    The second is whether all splits of the folder are named as such.
    """
    given = path.absolute()
    for one in recognise(folder, follow_links):
        if format and one.format != format:
            continue
        named = all(splits_of(split.name) for split in one.splits)
        if folder.absolute() in (given, given.parent if given.suffix.lower() in _YAML else given):
            yield one, named
        elif splits := tuple(s for s in one.splits if (folder / s.place).absolute().is_relative_to(given)):
            yield one._replace(splits=splits), named


def _split(one: Recognition, asked: str, folder: Path) -> str:
    names = [split.name for split in one.splits]
    if asked:
        if asked not in (*names, ALL):
            raise BoxscopeError(f"no split {quoted(asked)}, expected one of {_named(names)}", folder)
        return asked
    if len({split.place for split in one.splits}) > 1:
        raise BoxscopeError(several_splits(one), folder)
    return names[0]


def several_splits(one: Recognition) -> str:
    """Return the question which split is meant, with the path of each."""
    names = _named([split.place for split in one.splits])
    return (
        f"{one.title} in {len(one.splits)} splits, expected one of {names}; convert --split takes {ALL} too"
    )


def _which_format(fitting: list[Recognition]) -> str:
    told = " and ".join(one.text() for one in fitting)
    names = " or ".join(f"--format {one.format}" for one in fitting)
    places = " or ".join(one.splits[0].place or "." for one in fitting)
    return f"looks like {told}: give the place of one, {places} (or convert {names})"


def _named(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
