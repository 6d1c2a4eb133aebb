"""Search for images by name."""

import numpy as np
from numpy.typing import NDArray

from core.datasets.dataset import CocoDataset


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
