"""Images found by their names."""

import numpy as np
from numpy.typing import NDArray

from core.datasets.dataset import CocoDataset


def find_by_name(dataset: CocoDataset, text: str) -> NDArray[np.int64]:
    """Return the indices of the images whose names contain a text, whatever its case: int64 (I,).

    In the order of the file; of all images where no name contains it.
    """
    every, wanted = np.arange(len(dataset)), text.strip().lower()
    if not wanted:
        return every
    found = np.array([wanted in name.lower() for name in dataset.file_names], dtype=bool)
    return every[found] if found.any() else every
