"""Search for images by name, and for their pictures."""

import numpy as np
from numpy.typing import NDArray

from core.datasets.dataset import CocoDataset
from core.files import files_at

# Files looked for at once: behind a URL they are asked for side by side.
_AT_ONCE = 50


def find_by_name(dataset: CocoDataset, text: str) -> NDArray[np.int64]:
    """Return the indices of the images whose names contain a text, ignoring case.

    Returns
    -------
    int64 (number of matches,)
        In the order of the file; all images where the text is empty or no name contains it.
    """
    indices, text = np.arange(len(dataset)), text.strip().lower()
    if not text:
        return indices
    matching = np.array([text in name.lower() for name in dataset.file_names], dtype=bool)
    return indices[matching] if matching.any() else indices


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
