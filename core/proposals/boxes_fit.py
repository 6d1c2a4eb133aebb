"""The fit of learned boxes to the objects of a data set."""

import numpy as np
from numpy.typing import NDArray

from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.proposers.learned_boxes.choosing import Shares, covering
from core.proposers.learned_boxes.file import KIND, VERSION, Header


def fitted(dataset: CocoDataset, limit: int = 0, seed: int = 0, leave_out: str = "") -> tuple[Header, Shares]:
    """Return boxes that cover the objects of a data set, the most useful first, and what they were fitted to.

    Parameters
    ----------
    dataset : CocoDataset
    limit : int
        Images, evenly spread over the set; 0 for all.
    seed : int
        Of the candidates.
    leave_out : str
        Images with this in their file name are left out; empty for none.

    Raises
    ------
    BoxscopeError
        There is no object whose image has a size.
    """
    names = enumerate(dataset.file_names)
    indices = np.array([n for n, name in names if not leave_out or leave_out not in name], np.int64)
    if limit and limit < len(indices):
        indices = indices[np.linspace(0, len(indices) - 1, limit).round().astype(int)]
    objects = _objects(dataset, indices)
    if not len(objects):
        raise BoxscopeError("has no objects in images of a known size", dataset.annotations)
    digest = dataset.fingerprint["annotations_sha256"]
    return Header(KIND, VERSION, digest, len(indices), len(objects), seed), covering(objects, seed)


def _objects(dataset: CocoDataset, indices: NDArray[np.int64]) -> Shares:
    """Return the objects of images as shares, without crowd regions and images of unknown size."""
    image = np.repeat(np.arange(len(dataset)), np.diff(dataset.starts))
    sides = dataset.sizes[image].astype(np.float64)
    rows = np.flatnonzero(~dataset.all_truth.crowd & np.isin(image, indices) & (sides > 0).all(axis=1))
    shares: Shares = dataset.all_truth.boxes[rows] / np.tile(sides[rows], 2)
    return shares
