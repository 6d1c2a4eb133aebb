"""The pictures of a YOLO data set by split, and where the label file of each is."""

from collections.abc import Iterator
from typing import NamedTuple

from core.datasets.formats.base import ALL, Split
from core.datasets.formats.labels import left_out
from core.datasets.formats.pairing import is_below
from core.datasets.formats.tree import Tree, is_picture
from core.datasets.formats.yolo_names import SPLITS, Names
from core.datasets.locating.layouts import pictures_in
from core.datasets.problems import Problem

_LABELS = ("labels", "label", "annotations")


class YoloPart(NamedTuple):
    """The pictures of a split, sorted, each once, and notes on what its lists name in vain."""

    pictures: list[str]
    place: str
    notes: list[Problem]


def parts(tree: Tree, names: Names) -> dict[str, YoloPart]:
    """Return the parts by split: those of ``data.yaml``, else of folders that bear their names, else one."""
    files = {below: set(found) for below, found in tree.files.items()}
    texts = Texts(files)
    found = {split: _of_entries(tree, texts, entries) for split, entries in names.entries.items()}
    found = {split: part for split, part in found.items() if part.pictures}
    if found:
        return found
    by_name: dict[str, list[str]] = {}
    for path in tree.pictures:
        split = next((folder for folder in path.split("/")[:-1] if folder.casefold() in SPLITS), ALL)
        by_name.setdefault(split, []).append(path)
    return {split: YoloPart(paths, _place(texts, paths, ""), []) for split, paths in sorted(by_name.items())}


def splits(found: dict[str, YoloPart]) -> tuple[Split, ...]:
    """Return the splits with their places."""
    return tuple(Split(name, part.place) for name, part in found.items())


class Texts:
    """The label file of each picture.

    Parameters
    ----------
    files : dict of str to set of str
        The names in each folder.
    """

    def __init__(self, files: dict[str, set[str]]) -> None:
        self._files = files

    def places(self, picture: str) -> Iterator[str]:
        """Yield the paths where the label file of a picture may be, whether it is there or not."""
        text = f"{picture.rpartition('.')[0]}.txt"
        folders = text.split("/")
        for n in range(len(folders) - 2, -1, -1):
            if pictures_in([folders[n]]):
                for labels in _LABELS:
                    yield "/".join([*folders[:n], labels, *folders[n + 1 :]])
        yield text

    def of(self, picture: str) -> str:
        """Return the path of the label file of a picture, empty where it has none."""
        return next((path for path in self.places(picture) if self._is_file(path)), "")

    def _is_file(self, path: str) -> bool:
        below, _, name = path.rpartition("/")
        return name in self._files.get(below, ())


def _of_entries(tree: Tree, texts: Texts, entries: list[str]) -> YoloPart:
    pictures: dict[str, None] = {}
    notes: list[Problem] = []
    place = ""
    for entry in entries:
        path = _resolved(tree, entry)
        if path is None:
            notes.append(Problem("no-entry", entry, "is not there, as data.yaml says it were", False, "file"))
            continue
        if path in tree.files:
            own = [picture for picture in tree.pictures if is_below(picture, path)]
            place = place or _place(texts, own, path)
        elif is_picture(path):
            own = [path]
        else:
            own, missing = _listed(tree, path)
            notes += missing
            place = place or path
        pictures.update(dict.fromkeys(own))
    return YoloPart(sorted(pictures), place, notes)


def _place(texts: Texts, pictures: list[str], otherwise: str) -> str:
    """Return the folder of the label files of some pictures: that of the first which has one."""
    first = next((path for picture in pictures if (path := texts.of(picture))), None)
    return otherwise if first is None else first.rpartition("/")[0]


def _resolved(tree: Tree, entry: str) -> str | None:
    """Return the path of a folder or file that an entry means, None where there is none.

    An entry is relative to ``data.yaml``, to a folder of the machine that wrote it, or absolute there: the
    longest end of it that is here counts.
    """
    parts = [part for part in entry.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    for start in range(len(parts)):
        path = "/".join(parts[start:])
        below, _, name = path.rpartition("/")
        if path in tree.files or name in tree.files.get(below, ()):
            return path
    return "" if not parts else None


def _listed(tree: Tree, path: str) -> tuple[list[str], list[Problem]]:
    """Return the pictures that a text lists, and a lost note on each that is not there."""
    pictures, notes = [], []
    text = (tree.root / path).read_bytes().decode(errors="replace")
    for line in dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()):
        found = _resolved(tree, line)
        if found and is_picture(found):
            pictures.append(found)
        else:
            notes.append(left_out("no-picture", line, f"is listed in {path}, and there is no such picture"))
    return pictures, notes
