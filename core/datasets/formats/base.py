"""What a format is, what it says of a folder, and what it reads from it: pictures with their objects."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import msgspec

from core.datasets.formats.tree import Tree
from core.datasets.problems import Problem
from core.parameters import Checked

Segmentation = list[list[float]] | dict[str, Any] | msgspec.Raw
"""Polygons, each a flat list ``x0 y0 x1 y1 …``, or run lengths as COCO has them; or either as JSON."""

ALL = "all"
"""The split of a folder that has no splits; and, where it has some, all of them together."""


class Split(NamedTuple):
    """A part of a data set.

    Attributes
    ----------
    name : str
        Such as ``train``; ``all`` where the folder has no parts.
    place : str
        Path of the file or folder that its annotations are in, below the folder that was recognised: a
        command that is given this path opens this split.
    """

    name: str
    place: str


class Recognition(NamedTuple):
    """What a folder looks like to a format.

    Attributes
    ----------
    format, title : str
        Name and displayed name of the format.
    sure : bool
        Whether files that were looked at are of this format and of no other; otherwise they only may be.
    found : str
        What was counted: ``1,240 XML files in Annotations/, 1,238 pictures``.
    splits : tuple of Split
        At least one.
    """

    format: str
    title: str
    sure: bool
    found: str
    splits: tuple[Split, ...]

    def text(self) -> str:
        """Return what was found and how sure that is, as one line."""
        return f"{self.title}: {self.found}; {'sure' if self.sure else 'likely, not sure'}"


class Object(NamedTuple):
    """One object of a picture.

    Attributes
    ----------
    category : str
    box : (x0, y0, x1, y1)
        Pixels, half-open: ``(0, 0, width, height)`` is the whole picture. Also beyond it, as in the file.
    segmentation : list of list of float, dict or None
    area : float or None
        Square pixels; None for that of the box.
    crowd : bool
        A region that gives neither positives nor negatives, and is neither found nor missed.
    more : mapping
        Further fields of its record, such as ``{"difficult": 1}``.
    """

    category: str
    box: tuple[float, float, float, float]
    segmentation: Segmentation | None = None
    area: float | None = None
    crowd: bool = False
    more: Mapping[str, Any] = {}


class Picture(NamedTuple):
    """A picture whose objects are known.

    Attributes
    ----------
    name : str
        Its path below the images folder, with ``/``.
    width, height : int
        Pixels, 0 where they are not known.
    objects : sequence of Object
    doubt : str
        Why it may show an object that is not among them: no box of it is then surely background. Empty where
        it shows none.
    """

    name: str
    width: int
    height: int
    objects: tuple[Object, ...] = ()
    doubt: str = ""


@dataclass
class Reading:
    """The content of a folder.

    A picture of which it is not known what it shows, as its label file is missing or cannot be read, is not
    among `pictures` but in a lost note: every tool takes a listed picture without objects for background.

    Attributes
    ----------
    images_dir : str
        Path of the images folder below the folder that was read, empty for that itself.
    categories : tuple of str
        In the order of their ids, the same for each split. Further ones of the objects follow as they come.
    pictures : iterable of Picture
        Read as they are taken, once.
    notes : list of Problem
        Which item, what came, what was done. Complete once all pictures were taken; ``lost`` where a picture
        or an object was left out.
    found : int
        Pictures, and label files without one: as many as there are in `pictures` and in lost notes of images.
    told : mapping
        What else is kept in the file that is written, such as what was decided by looking at the pictures.
    """

    images_dir: str
    categories: tuple[str, ...]
    pictures: Iterable[Picture]
    notes: list[Problem] = field(default_factory=list)
    found: int = 0
    told: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Format(Checked, ABC):
    """A format of annotations; its fields are its settings, see :mod:`core.parameters`."""

    name: ClassVar[str]
    title: ClassVar[str]

    @abstractmethod
    def recognise(self, tree: Tree) -> Recognition | None:
        """Return what a folder looks like, None where it is not of this format.

        It opens a bounded number of files, whatever the size of the folder; `tree` may be incomplete.
        """

    @abstractmethod
    def read(self, tree: Tree, split: str) -> Reading:
        """Return the content of a folder.

        Parameters
        ----------
        tree : Tree
            Complete.
        split : str
            A name in :attr:`Recognition.splits`, or ``all``.

        Raises
        ------
        BoxscopeError
            There is no such split, or nothing in it can be read.
        """
