"""Label files, one a picture: which picture each is of, and what is left over on either side."""

from collections.abc import Iterable
from typing import Generic, NamedTuple, TypeVar

from core.datasets.formats.pairing import base_and_part, is_below
from core.datasets.problems import Problem

T = TypeVar("T")


class Label(NamedTuple, Generic[T]):
    """A label file.

    Attributes
    ----------
    path : str
        Below the folder of the data set.
    content : object or str
        What is in it; a text where it cannot be read: why.
    pictures : list of str
        Those that it may mean.
    """

    path: str
    content: T | str
    pictures: list[str]


class Part(NamedTuple, Generic[T]):
    """What a split holds; :func:`pair` makes it.

    Attributes
    ----------
    labels : dict of str to Label
        By the path of the picture, sorted: each has a content and one picture.
    doubts : dict of str to str
        By the path of a picture: why it may show objects that its label file does not have.
    notes : list of Problem
        On each label file and picture that is left out, all lost.
    """

    labels: dict[str, Label[T]]
    doubts: dict[str, str]
    notes: list[Problem]

    @property
    def found(self) -> int:
        """Pictures, and label files without one."""
        return len(self.labels) + len(self.notes)


def pair(labels: Iterable[Label[T]], pictures: Iterable[str], called: str) -> Part[T]:
    """Return the label of each picture, with a lost note on each label and picture that has no other.

    Parameters
    ----------
    labels : iterable of Label
    pictures : iterable of str
        All that belong to the labels, and are of unknown content without one.
    called : str
        What a label file is called, such as ``XML file``.
    """
    used: dict[str, Label[T]] = {}
    doubts: dict[str, str] = {}
    notes: list[Problem] = []
    spoken: set[str] = set()
    for label in labels:
        spoken.update(label.pictures)
        if isinstance(label.content, str):
            notes.append(left_out("broken-label", label.path, label.content))
        elif not label.pictures:
            notes.append(left_out("no-picture", label.path, "there is no picture of its name"))
        elif len(label.pictures) > 1:
            several = ", ".join(label.pictures[:3])
            notes.append(left_out("several-pictures", label.path, f"may be of {several}"))
        elif label.pictures[0] in used:
            path = label.pictures[0]
            notes.append(left_out("repeated-label", label.path, f"{used[path].path} is of the same picture"))
            doubts[path] = f"{label.path} is of it too"
        else:
            used[label.pictures[0]] = label
    text = f"has no {called}: what it shows is not known"
    notes += [
        left_out("no-label", path, text) for path in pictures if path not in used and path not in spoken
    ]
    return Part(dict(sorted(used.items())), doubts, notes)


def left_out(kind: str, item: str, text: str) -> Problem:
    """Return the note on a picture or a label file that is left out."""
    return Problem(kind, item, f"{text}, left out", True)


def around(pictures: Iterable[str], labels: Iterable[Label[T]]) -> list[str]:
    """Return the pictures that belong to the folders of some labels, or that these mean."""
    labels = list(labels)
    meant = {path for label in labels for path in label.pictures}
    folders = {base_and_part(label.path.rpartition("/")[0]) for label in labels}
    return [
        path
        for path in pictures
        if path in meant
        or any(is_below(path, base) and (not part or f"/{part}/" in f"/{path}") for base, part in folders)
    ]
