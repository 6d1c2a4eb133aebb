"""Which mask belongs to which picture, by the names in a folder."""

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from core.datasets.mask_folders.names import Named, named
from core.datasets.problems import Problem


class Pair(NamedTuple):
    """A picture and its mask, as paths below the folder of the data set; None where it has none."""

    image: str
    mask: str | None


class Pairing(NamedTuple):
    """The result of :func:`pair_up`.

    Attributes
    ----------
    pairs : tuple of Pair
        Pictures that have a mask, sorted by name.
    unmasked : tuple of str
        Pictures without one, where others in the same folder have one.
    others : int
        Pictures of folders in which none has a mask.
    habits : tuple of str
        Where the masks are, or how they are named, the most frequent first.
    problems : tuple of Problem
        Masks without a picture, or for a picture that has another.
    """

    pairs: tuple[Pair, ...]
    unmasked: tuple[str, ...] = ()
    others: int = 0
    habits: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def pair_up(names: Sequence[str]) -> Pairing:
    """Return the pairs among the files of a folder, by the usual habits of their names.

    A file is a mask where a folder of its path (``masks/``, ``GT/``, ``train_lab/``), or a word at an end of
    its name (``_mask``, ``_label``, ``_gt``), says so. It belongs to the picture whose path is the same
    without such words, or ends alike where only one does.

    Parameters
    ----------
    names : sequence of str
        Paths below the folder of the data set.
    """
    all_named = dict(zip(names, map(named, _below_common(names)), strict=True))
    masks = {name: said for name, said in all_named.items() if said.habit}
    pictures = _Index({name: said for name, said in all_named.items() if not said.habit})
    owners: dict[str, list[str]] = defaultdict(list)
    problems = []
    for name, said in masks.items():
        found = pictures.find(said)
        if len(found) == 1:
            owners[found[0]].append(name)
        else:
            detail = f"mask of {len(found)} pictures, as {found[0]}" if found else "mask without a picture"
            problems.append(Problem("mask-without-image", name, f"{detail}, left out", True))
    return _pairing(pictures.names, owners, masks, problems)


def pair_by_suffix(names: Sequence[str], mask_suffix: str) -> Pairing:
    """Return the pairs of files that differ by their suffix alone, as ``a.jpg`` and ``a.png``.

    Parameters
    ----------
    names : sequence of str
    mask_suffix : str
        In lower case: files with it are masks where one with another suffix has the same path.
    """
    by_stem: dict[str, list[str]] = defaultdict(list)
    for name in names:
        by_stem[os.path.splitext(name)[0]].append(name)
    owners: dict[str, list[str]] = {}
    masks: dict[str, Named] = {}
    for group in by_stem.values():
        inside = [name for name in group if _suffix(name) == mask_suffix]
        outside = [name for name in group if _suffix(name) != mask_suffix]
        if len(inside) == 1 and len(outside) == 1:
            owners[outside[0]] = inside
            masks[inside[0]] = Named((), f"{mask_suffix} beside {_suffix(outside[0])}")
    pictures = [name for name in names if name not in masks]
    return _pairing(pictures, owners, masks, [])


def suffix_pairs(names: Sequence[str]) -> list[str]:
    """Return the suffixes of files that have a partner of another suffix, the most frequent first."""
    by_stem: dict[str, set[str]] = defaultdict(set)
    for name in names:
        by_stem[os.path.splitext(name)[0]].add(_suffix(name))
    counts = Counter(suffix for group in by_stem.values() if len(group) == 2 for suffix in group)
    return sorted(counts, key=lambda suffix: (-counts[suffix], suffix != ".png", suffix))


def _suffix(name: str) -> str:
    return os.path.splitext(name)[1].casefold()


def _below_common(names: Sequence[str]) -> list[str]:
    """Return paths without the folders that all of them have, whose names tell nothing apart."""
    folders = {os.path.dirname(name) for name in names}
    common = os.path.commonpath(folders) if folders and "" not in folders else ""
    return [name[len(common) + 1 :] for name in names] if common else list(names)


class _Index:
    """Pictures, found by their keys and by the ends of these."""

    def __init__(self, pictures: dict[str, Named]) -> None:
        self.names = list(pictures)
        self._exact: dict[tuple[str, ...], list[str]] = defaultdict(list)
        self._ends: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for name, said in pictures.items():
            self._exact[said.key].append(name)
            for start in range(len(said.key)):
                self._ends[said.key[start:]].append(name)

    def find(self, mask: Named) -> list[str]:
        """Return the pictures that a mask may belong to; those of the strictest rule that finds any."""
        if found := self._exact.get(mask.key) or self._ends.get(mask.key):
            return found
        ends = (mask.key[start:] for start in range(1, len(mask.key)))
        return next((self._exact[end] for end in ends if end in self._exact), [])


def _pairing(
    pictures: Iterable[str], owners: dict[str, list[str]], masks: dict[str, Named], problems: list[Problem]
) -> Pairing:
    """Return the pairs; of several masks of one picture that of the habit which most pictures have."""
    habits = Counter(masks[name].habit for found in owners.values() for name in found)
    pairs, lone, folders = [], [], set()
    for image in sorted(owners):
        best, *rest = sorted(owners[image], key=lambda name: (-habits[masks[name].habit], name))
        pairs.append(Pair(image, best))
        folders.add(os.path.dirname(image))
        text = f"another mask of {image}, of which {best} is used: left out"
        problems += [Problem("second-mask", name, text, True, "file") for name in rest]
    others = 0
    for image in sorted(set(pictures) - owners.keys()):
        if os.path.dirname(image) in folders:
            lone.append(image)
        else:
            others += 1
    most = tuple(habit for habit, _ in habits.most_common())
    return Pairing(tuple(pairs), tuple(lone), others, most, tuple(problems))
