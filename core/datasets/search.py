"""Search for images by name, class and number of objects, and for their pictures."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.datasets.dataset import CocoDataset
from core.errors import BoxscopeError
from core.files import files_at

# Files looked for at once: behind a URL they are asked for side by side.
_AT_ONCE = 50


# Numbers of objects to choose from: the least and the most, crowd regions apart.
OBJECTS = {"any": (0, None), "0": (0, 0), "1": (1, 1), "2-4": (2, 4), "5-9": (5, 9), "10-": (10, None)}


class ImageFilter(NamedTuple):
    """Which images are searched for.

    Attributes
    ----------
    name : str
        Text that the name contains, ignoring case; empty for any.
    objects : str
        How many objects it has: one of ``OBJECTS``.
    category : str
        Id of the category of one object or more; empty for any.
    """

    name: str = ""
    objects: str = "any"
    category: str = ""


def find_images(dataset: CocoDataset, wanted: ImageFilter) -> NDArray[np.int64]:
    """Return the indices of the images that fit: int64 (number of matches,), in the order of the file.

    Raises
    ------
    BoxscopeError
        A number of objects that is not one of ``OBJECTS``.
    """
    if wanted.objects not in OBJECTS:
        raise BoxscopeError(f"got {wanted.objects[:40]!r}, expected one of {', '.join(OBJECTS)}", "objects")
    least, most = OBJECTS[wanted.objects]
    fits = dataset.object_counts >= least
    if most is not None:
        fits &= dataset.object_counts <= most
    if text := wanted.name.strip().lower():
        fits &= np.array([text in name.lower() for name in dataset.file_names], dtype=bool)
    if wanted.category:
        fits &= _with_category(dataset, wanted.category)
    return np.flatnonzero(fits)


def _with_category(dataset: CocoDataset, category: str) -> NDArray[np.bool_]:
    """Return whether each image has an object of a category: bool (I,)."""
    every = dataset.all_truth
    number = next((number for number in dataset.categories if str(number) == category), None)
    is_of_it = (every.category == number) & ~every.crowd if number is not None else np.zeros_like(every.crowd)
    before = np.concatenate([[0], np.cumsum(is_of_it)])
    return np.asarray(before[dataset.starts[1:]] > before[dataset.starts[:-1]])


def find_absent(dataset: CocoDataset) -> NDArray[np.bool_]:
    """Return whether the file of each image is certainly missing: bool (I,).

    It takes one look at each folder that many images name; of the others nothing is said.
    """
    return np.array(files_at(dataset.images_dir).absent(dataset.paths), dtype=bool)


def has_pictures(dataset: CocoDataset) -> bool:
    """Return whether the file of any image is there; True for a data set without images.

    It looks no further than the first that is there, and not at all for those that a listing lacks.
    """
    files = files_at(dataset.images_dir)
    if max(files.sizes(dataset.paths[:_AT_ONCE]), default=0) >= 0:
        return True
    gone = find_absent(dataset).tolist()
    names = [name for name, absent in zip(dataset.paths, gone, strict=True) if not absent]
    parts = (names[first : first + _AT_ONCE] for first in range(0, len(names), _AT_ONCE))
    return any(max(files.sizes(part)) >= 0 for part in parts)
