"""What a format of results is: how the proposals of some images become a part, and parts a file."""

import base64
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.boxes import Boxes
from core.datasets import CocoDataset
from core.proposers import Found


@dataclass(frozen=True, eq=False)
class ImageResults:
    """The proposals of an image as they are written.

    Attributes
    ----------
    ids : list of int
        All ids of the image in the data set.
    file_name : str
        As in the annotations.
    path : str
        Folder and name of the picture's file: ``folder/file.jpg``.
    boxes : float32 (N, 4)
        Best first.
    scores : float64 (N,)
        Falling: the proposer's, where they fall with the rank; else 1 / (1 + rank).
    categories : int64 (N,), or None
        None where the proposer knows none.
    used : bool
        False for an image that was skipped, which has no boxes.
    """

    ids: list[int]
    file_name: str
    path: str
    boxes: Boxes
    scores: NDArray[np.float64]
    categories: NDArray[np.int64] | None
    used: bool = True

    def packed(self) -> dict[str, Any]:
        """Return it as plain values for a part."""
        return {
            "ids": self.ids,
            "file_name": self.file_name,
            "path": self.path,
            "boxes": _text(self.boxes),
            "scores": _text(self.scores),
            "categories": None if self.categories is None else _text(self.categories),
            "used": self.used,
        }

    @classmethod
    def unpacked(cls, values: dict[str, Any]) -> "ImageResults":
        """Return what :meth:`packed` made plain values of."""
        categories = values["categories"]
        return cls(
            values["ids"],
            values["file_name"],
            values["path"],
            _array(values["boxes"], np.float32).reshape(-1, 4),
            _array(values["scores"], np.float64),
            None if categories is None else _array(categories, np.int64),
            values["used"],
        )


Images = Iterator[ImageResults]


class ResultsFormat(ABC):
    """A format of results.

    Attributes
    ----------
    name : str
        On the command line.
    summary : str
        What reads it, for the command line.
    """

    name: ClassVar[str]
    summary: ClassVar[str]

    def refusal(self, dataset: CocoDataset) -> str:
        """Return why a data set cannot be written in this format, empty where it can."""
        return ""

    def part(self, images: list[ImageResults], category: int) -> dict[str, Any]:
        """Return what a part keeps of some images.

        Parameters
        ----------
        images : list of ImageResults
        category : int
            For boxes without one, where the format needs one.
        """
        return {"packed": [image.packed() for image in images]}

    @abstractmethod
    def write(self, path: Path, parts: Callable[[], Iterator[dict[str, Any]]]) -> None:
        """Write the file.

        Parameters
        ----------
        path : Path
        parts : callable
            Returns the parts in the order of the images, one in memory at a time.
        """


def images_of(parts: Iterator[dict[str, Any]]) -> Images:
    """Return the images of parts that :meth:`ResultsFormat.part` made."""
    return (ImageResults.unpacked(values) for part in parts for values in part["packed"])


def falling_scores(found: Found) -> NDArray[np.float64]:
    """Return scores that fall with the rank, see :class:`ImageResults`: float64 (N,)."""
    if found.scores is not None and (np.diff(found.scores) <= 0).all():
        return found.scores.astype(np.float64)
    return 1 / (1 + np.arange(len(found.boxes)))


def _text(array: NDArray[Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def _array(text: str, kind: type[np.generic]) -> NDArray[Any]:
    return np.frombuffer(base64.b64decode(text), kind)
