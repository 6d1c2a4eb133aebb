"""Which file holds the picture of each listed image."""

from collections import Counter
from collections.abc import Collection, Iterator
from functools import cache
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.datasets.inside import Inside, refused_path
from core.datasets.locating.listing import Listing, normal
from core.datasets.locating.name_rules import PATH_RULES, Surroundings, slashes, splits_of
from core.datasets.locating.pairing import Pair, Pairing, pair_names
from core.datasets.problems import Problem
from core.datasets.spread import spread
from core.files import AnyPath, Files, files_at
from core.wording import count

# A folder with more files below it than this, and than a few for each listed image, is not searched for those
# that nearly fit: it is no folder of pictures, but perhaps a whole disk.
_MOST_FILES = 300_000
_FILES_AN_IMAGE = 3

# Behind a URL, so many names spread over the list are asked for before a folder is listed.
SAMPLE = 20


class ImageFiles(NamedTuple):
    """The files of I listed images; :func:`match_files` returns it.

    Attributes
    ----------
    paths : list of str, I long
        The file of each image below the images folder, whether it exists or not.
    first : int64 (I,)
        Index of the first listed image with the same file: its own where no earlier one has it.
    doubts : list of str, I long
        Which listed image without a file may mean the file of this one too; empty where none does.
    problems : tuple of Problem
        Names that were paired with a file that nearly fits, or that several fit.
    """

    paths: list[str]
    first: NDArray[np.int64]
    doubts: list[str]
    problems: tuple[Problem, ...]


def match_files(
    folder: AnyPath,
    names: list[str],
    annotations: AnyPath,
    follow_links: bool = False,
    listing: Listing | None = None,
) -> ImageFiles:
    """Return the file of each listed image; one that leads out of the images folder is refused.

    A complete set costs one listing of each folder that is named: 0.3 s for 118,000 pictures. Only where
    names have no file, the images folder is searched at any depth for files that nearly fit.

    Parameters
    ----------
    folder : Path or RemotePath
        The images folder.
    names : list of str
        File names as in the annotation file.
    annotations : Path or RemotePath
        The annotation file.
    follow_links : bool
        Whether links may lead out of the images folder, see :class:`core.datasets.inside.Inside`.
    listing : Listing or None
        Of the images folder, where it is known already.
    """
    listing = listing or Listing(folder)
    files = _matched(listing, names, annotations)
    return _without_refused(files, names, Inside(folder, follow_links).refusals(files.paths, listing))


def _matched(listing: Listing, names: list[str], annotations: AnyPath) -> ImageFiles:
    folder = listing.folder
    if files_at(folder).by_requests and all_there(folder, names):
        return ImageFiles(list(names), _first(list(map(normal, names))), [""] * len(names), ())
    here = listing.numbers_here(names)
    if None not in here and len(set(here)) == len(names):  # each has a file of its own, as in most sets
        return ImageFiles(list(names), np.arange(len(names)), [""] * len(names), ())
    numbers = _numbers(listing, dict.fromkeys(names))
    missing = [name for name in dict.fromkeys(names) if name not in numbers]
    if not missing:
        return ImageFiles(list(names), _same_files(folder, names, numbers), [""] * len(names), ())
    return _paired(folder, names, numbers, missing, annotations)


def _without_refused(files: ImageFiles, names: list[str], reasons: dict[str, str]) -> ImageFiles:
    """Return the files without those that may not be read, each of which is a problem."""
    if not reasons:
        return files
    refused = [
        (name, reasons[path]) for name, path in zip(names, files.paths, strict=True) if path in reasons
    ]
    problems = (Problem("outside-folder", name, reason, True) for name, reason in refused)
    paths = [refused_path(reasons[path]) if path in reasons else path for path in files.paths]
    return files._replace(paths=paths, problems=(*files.problems, *problems))


def all_there(folder: AnyPath, names: list[str]) -> bool:
    """Return whether each name of some names has a file; True without names."""
    files = files_at(folder)
    return all(files.map(lambda name: files.identity(normal(name)) is not None, spread(names, SAMPLE)))


def _numbers(listing: Listing, names: Collection[str]) -> dict[str, int]:
    """Return the number of each name's file on its file system, without the names that have none."""
    files, here = files_at(listing.folder), listing.entries().files
    # Nearly all names of most sets: what has a file without a folder before it is that file.
    numbers = {name: here[name] for name in names if name in here}
    others = [name for name in names if name not in numbers] if len(numbers) < len(names) else []
    for name, absent in zip(others, files.absent(others), strict=True):
        if absent:
            continue
        # The system itself says what "a/.." is, where a is a link, and which other spellings it takes.
        plain = files.by_requests or not (".." in name or name.startswith("/"))
        number = listing.number(normal(name)) if plain else None
        if number is None and not files.by_requests:
            number = _number(files, name)
        if number is not None:
            numbers[name] = number
    return numbers


def _number(files: Files, name: str) -> int | None:
    identity = files.identity(name)
    return identity and identity[1]


def _first(keys: list[str]) -> NDArray[np.int64]:
    earlier: dict[str, int] = {}
    return np.array([earlier.setdefault(key, n) for n, key in enumerate(keys)], dtype=np.int64)


def _same_files(folder: AnyPath, paths: list[str], numbers: dict[str, int]) -> NDArray[np.int64]:
    """Return the index of the first image with the same file, by path and by number."""
    if len(paths) == len(numbers) == len(set(numbers.values())):
        return np.arange(len(paths))
    identity = cache(files_at(folder).identity)
    keys = [normal(path) for path in paths]
    owner: dict[int, str] = {}
    for n, path in enumerate(paths):
        if ".." in path and path in numbers and identity(path) != identity(keys[n]):
            keys[n] = path  # "a/.." is not here where a is a link
        if number := numbers.get(path):
            other = owner.setdefault(number, path)
            # Two file systems use the same numbers.
            if other != path and identity(other) == identity(path):
                keys[n] = normal(other)
    return _first(keys)


def _paired(
    folder: AnyPath, names: list[str], numbers: dict[str, int], missing: list[str], annotations: AnyPath
) -> ImageFiles:
    """Return the files of the images where names have none as they are written."""
    files = files_at(folder)
    most = _MOST_FILES + _FILES_AN_IMAGE * len(names)
    below = [*islice(files.walk(), most + 1)]
    problems = []
    if len(below) > most:
        detail = (
            f"more than {most:,} files lie below {folder}: no file that nearly fits a name is searched for"
        )
        problems.append(Problem("too-many-files", annotations.name, detail, False, "file"))
        below = []
    around = Surroundings(
        splits_of(annotations.stem),
        splits_of(folder.name),
        folder.resolve() not in annotations.resolve().parents,
    )
    pairing = _pair(files, numbers, missing, below, around)
    found = {name: pair.file for name, pair in pairing.pairs.items()}
    paths = [found.get(name, name) for name in names]
    numbers = {**numbers, **{file: _number(files, file) or 0 for file in found.values()}}
    first = _same_files(folder, paths, numbers)
    problems += _problems(pairing, annotations.name)
    return ImageFiles(paths, first, _doubts(paths, first, pairing), tuple(problems))


def _pair(
    files: Files, numbers: dict[str, int], missing: list[str], below: list[str], around: Surroundings
) -> Pairing:
    """Return the pairing of names as written: those of one path go together, to a file that none has."""
    alike: dict[str, list[str]] = {}
    for name in missing:
        alike.setdefault(slashes(name), []).append(name)
    here = set(below)
    # The same path by another separator is the same file, whoever else has it.
    paths = {path: Pair(path, PATH_RULES[0]) for path in alike if path in here and files.identity(path)}
    held = {normal(name) for name in numbers} | paths.keys()
    pairing = pair_names((path for path in alike if path not in paths), held, below, around)
    owner = {number: normal(name) for name, number in numbers.items() if number}
    unsure = dict(pairing.unsure)
    for path, pair in pairing.pairs.items():
        identity = files.identity(pair.file)
        if identity and identity[1] in owner:  # a link to the file of another name
            unsure[path] = [owner[identity[1]]]
        elif identity:
            paths[path] = pair
    return Pairing(
        {name: pair for path, pair in paths.items() for name in alike[path]},
        {name: fitting for path, fitting in unsure.items() for name in alike[path]},
    )


def _problems(pairing: Pairing, annotations: str) -> Iterator[Problem]:
    for rule, number in Counter(pair.rule for pair in pairing.pairs.values()).items():
        text = f"{count(number, 'listed name')} without a file, each paired with one that fits: {rule}"
        yield Problem("pairing-rule", annotations, text, False, "file")
    for name, pair in pairing.pairs.items():
        yield Problem("paired-name", name, f"read from {pair.file!r} ({pair.rule})", False)
    for name, fitting in pairing.unsure.items():
        several = ", ".join(map(repr, fitting[:3])) + (", …" if len(fitting) > 3 else "")
        text = f"may mean {several}: not paired, since several names or files fit"
        yield Problem("ambiguous-name", name, text, False)


def _doubts(paths: list[str], first: NDArray[np.int64], pairing: Pairing) -> list[str]:
    """Return for each image which name without a file may mean its file too."""
    reasons: dict[str, str] = {}
    seen: set[int] = set()
    for name, fitting in pairing.unsure.items():
        if id(fitting) not in seen:  # names that are alike share one list
            seen.add(id(fitting))
            reason = f"the listed image {name!r} has no file and may mean this one"
            reasons.update((file, reason) for file in fitting if file not in reasons)
    if not reasons:
        return [""] * len(paths)
    of_file = {
        n: reasons[path]
        for path, n in zip(map(normal, paths), first.tolist(), strict=True)
        if path in reasons
    }
    return [of_file.get(n, "") for n in first.tolist()]
