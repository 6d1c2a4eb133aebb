"""Pictures by their names without suffix, and which of them a label file means."""

import os
import posixpath
from collections import defaultdict
from collections.abc import Iterable

from core.datasets.locating.layouts import is_annotations_folder, pictures_in
from core.datasets.locating.name_rules import last_part

# Folders of label files beside those that COCO files lie in; GC10-DET has its XML files in lable/.
_LABELS = ("xml", "xmls", "lable", "lables")


def stem(path: str) -> str:
    """Return the last part of a path without its suffix."""
    return os.path.splitext(last_part(path))[0]


def is_label_folder(name: str) -> bool:
    """Return whether a folder bears a name of folders of label files."""
    return is_annotations_folder(name) or name.casefold() in _LABELS


def base_and_part(below: str) -> tuple[str, str]:
    """Return of a folder of label files the folder of its data set, and its part of it.

    ``Annotations`` gives none and none, ``train/annotations/xmls`` gives ``train`` and none,
    ``annotations/train`` gives none and ``train``; a folder without such a name is its own base.
    """
    parts = below.split("/") if below else []
    at = next((n for n, part in enumerate(parts) if is_label_folder(part)), len(parts))
    rest = [part for part in parts[at:] if not is_label_folder(part)]
    return "/".join(parts[:at]), "/".join(rest)


def split_name(below: str) -> str:
    """Return the name of the split of a folder of label files, empty where its path speaks of none."""
    return "/".join(part for part in base_and_part(below) if part)


def is_below(path: str, folder: str) -> bool:
    """Return whether a path is that of a folder or lies in it; the empty folder holds all."""
    return not folder or path == folder or path.startswith(f"{folder}/")


class Pictures:
    """Pictures by stem.

    Parameters
    ----------
    paths : iterable of str
        Below the folder of the data set.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self._by_stem: defaultdict[str, list[str]] = defaultdict(list)
        for path in paths:
            self._by_stem[stem(path)].append(path)

    def of(self, label: str, named: str = "") -> list[str]:
        """Return the pictures that a label file may mean: one, several where nothing tells, or none.

        Parameters
        ----------
        label : str
            Path of the file, whose stem decides.
        named : str
            The file name in it, which tells pictures of one stem apart.
        """
        folder = posixpath.dirname(label)
        base, part = base_and_part(folder)
        fitting = [path for path in self._by_stem.get(stem(label), ()) if is_below(path, base)]
        rules = (
            lambda path: posixpath.dirname(path) == folder,
            lambda path: _speaks_of(path, part),
            lambda path: bool(pictures_in(posixpath.dirname(path[len(base) :]).split("/"))),
            lambda path: last_part(path) == last_part(named.replace("\\", "/")),
        )
        for rule in rules:
            if len(fitting) > 1:
                fitting = [path for path in fitting if rule(path)] or fitting
        return fitting


def _speaks_of(path: str, part: str) -> bool:
    """Return whether a picture lies in folders of its label's part, as in ``images/train/`` for ``train``."""
    folders = posixpath.dirname(path).split("/")
    return bool(part) and all(one in folders for one in part.split("/"))


def common_folder(paths: Iterable[str]) -> str:
    """Return the deepest folder that holds all paths, empty for that from which they are written."""
    folders = {posixpath.dirname(path) for path in paths}
    return posixpath.commonpath(folders) if folders else ""
