"""Which file holds the picture of each listed image."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.datasets.problems import Problem
from core.files import AnyPath


class ImageFiles(NamedTuple):
    """The files of I listed images; :func:`match_files` returns it.

    Attributes
    ----------
    paths : list of str, I long
        The file of each image below the images folder, whether it exists or not.
    first : int64 (I,)
        Index of the first listed image with the same file: its own where no earlier one has it.
    problems : tuple of Problem
        Names that were paired with a file that nearly fits.
    """

    paths: list[str]
    first: NDArray[np.int64]
    problems: tuple[Problem, ...]


def match_files(folder: AnyPath, names: list[str]) -> ImageFiles:
    """Return the file of each listed image.

    Parameters
    ----------
    folder : Path or RemotePath
        The images folder.
    names : list of str
        File names as in the annotation file.
    """
    earlier: dict[str, int] = {}
    first = np.array([earlier.setdefault(name, n) for n, name in enumerate(names)], dtype=np.int64)
    return ImageFiles(list(names), first, ())
