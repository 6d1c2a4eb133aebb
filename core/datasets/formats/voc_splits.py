"""The splits of a Pascal VOC folder: lists in ``ImageSets/Main/``, or folders that bear their names."""

from typing import NamedTuple

from core.datasets.formats.base import ALL, Split
from core.datasets.formats.labels import Label, Part, around, left_out, pair
from core.datasets.formats.pairing import base_and_part, is_below, split_name, stem
from core.datasets.formats.tree import Tree, is_picture
from core.datasets.formats.voc_xml import VocFile
from core.errors import BoxscopeError

_LISTS = "ImageSets/Main"
# Bytes of a list that hold its first line.
_START = 400


class LabelFolder(NamedTuple):
    """A folder with XML files: its path, the folder of its data set, and the names of the files."""

    path: str
    base: str
    names: list[str]

    @property
    def paths(self) -> list[str]:
        """Paths of the XML files."""
        return [f"{self.path}/{name}" if self.path else name for name in self.names]

    def beside(self, tree: Tree) -> list[str]:
        """Return the paths of all files in the folder."""
        return [f"{self.path}/{name}" if self.path else name for name in tree.files[self.path]]


def label_folders(tree: Tree) -> list[LabelFolder]:
    """Return the folders that hold XML files, sorted."""
    found = sorted(tree.with_suffix(".xml"))
    return [LabelFolder(below, base_and_part(below)[0], names) for below, names in found]


def splits(tree: Tree, folders: list[LabelFolder]) -> tuple[Split, ...]:
    """Return the splits: those of lists where there are some, else one for each folder's name."""
    found: dict[str, str] = {}
    for folder in folders:
        lists = _lists(tree, folder.base)
        found |= lists
        if not lists:
            found.setdefault(split_name(folder.path) or ALL, folder.path)
    return tuple(Split(name, place) for name, place in sorted(found.items()))


def part_of(
    tree: Tree,
    folders: list[LabelFolder],
    labels: list[Label[VocFile]],
    pictures: list[str],
    split: str,
) -> Part[VocFile]:
    """Return the labels and pictures of a split, each used or in a lost note.

    Raises
    ------
    BoxscopeError
        There is no such split.
    """
    lists: dict[str, str] = {}
    for folder in folders:
        lists |= _lists(tree, folder.base)
    if split in lists:
        return _listed_part(tree, lists[split], labels, pictures)
    if split != ALL:
        labels = [one for one in labels if (split_name(one.path.rpartition("/")[0]) or ALL) == split]
        if not labels:
            raise BoxscopeError(f"no split {split!r}", tree.root)
        pictures = around(pictures, labels)
    return pair(labels, pictures, "XML file")


def _listed_part(tree: Tree, path: str, labels: list[Label[VocFile]], pictures: list[str]) -> Part[VocFile]:
    base = path.rpartition(f"{_LISTS}/")[0].rstrip("/")
    stems = _listed(tree, path)
    labels = [one for one in labels if is_below(one.path, base) and stem(one.path) in stems]
    pictures = [one for one in pictures if is_below(one, base) and stem(one) in stems]
    part = pair(labels, pictures, "XML file")
    there = {stem(one) for one in (*pictures, *(label.path for label in labels))}
    text = "is listed, and has neither picture nor XML file"
    absent = [left_out("no-picture", name, text) for name in sorted(stems - there)]
    return part._replace(notes=[*absent, *part.notes])


def _lists(tree: Tree, base: str) -> dict[str, str]:
    """Return the lists of pictures of a data set's folder, by the name of the split.

    ``aeroplane_train.txt`` is none: it says of each picture whether it shows the class.
    """
    below = f"{base}/{_LISTS}" if base else _LISTS
    found = {}
    for name in tree.files.get(below, ()):
        if name.lower().endswith(".txt") and _lists_pictures(tree, f"{below}/{name}"):
            found[f"{base}/{name[:-4]}" if base else name[:-4]] = f"{below}/{name}"
    return found


def _lists_pictures(tree: Tree, path: str) -> bool:
    try:
        with (tree.root / path).open("rb") as file:
            first = file.read(_START).split(b"\n", 1)[0].split()
    except OSError:
        return False
    return not (len(first) == 2 and first[1] in (b"1", b"-1", b"0"))


def _listed(tree: Tree, path: str) -> set[str]:
    """Return the stems of the pictures that a list names."""
    text = (tree.root / path).read_bytes().decode(errors="replace")
    names = {line.strip() for line in text.splitlines() if line.strip()}
    return {stem(name) if is_picture(name) else name.rpartition("/")[2] for name in names}
