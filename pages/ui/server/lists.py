"""Lists of images that a page has made, for the browser to fetch by an address that names what they hold."""

import hashlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.caching.memory import MemoryCache, nbytes
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from pages.ui.server import addresses, open_datasets


class ImageList(NamedTuple):
    """Images of a data set, and numbers of each.

    Attributes
    ----------
    indices : int64 (I,)
    numbers : float64 (I, C)
    """

    indices: NDArray[np.int64]
    numbers: NDArray[np.float64]


_lists = MemoryCache[ImageList](20_000_000, lambda kept: nbytes(kept.indices, kept.numbers) + 1000)


def address(dataset: CocoDataset, indices: NDArray[np.int64], *numbers: NDArray[np.int64]) -> str:
    """Return the address of a list of images, each with some numbers, and let the routes serve it."""
    columns = np.column_stack([np.zeros((len(indices), 0)), *numbers]).astype(np.float64)
    digest = hashlib.sha256(indices.tobytes() + columns.tobytes()).hexdigest()[:16]
    name = f"{len(numbers)}-{digest}"
    _lists.get(name, lambda: ImageList(indices, columns))
    return f"lists/{open_datasets.token(dataset)}/{name}?v={addresses.dataset_version(dataset)}"


def find(name: str) -> ImageList:
    """Return the list of a name.

    Raises
    ------
    BoxscopeError
        No list has this name, or it is kept no longer. The page makes it again when it is drawn.
    """

    def missing() -> ImageList:
        raise BoxscopeError("this list is not kept: the page makes it again")

    return _lists.get(name, missing)
