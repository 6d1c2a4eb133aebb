"""The shape of a data set's pictures."""

import numpy as np

from core.datasets.dataset import CocoDataset


def usual_ratio(dataset: CocoDataset, default: float = 1.5) -> float:
    """Return the median of width by height as annotated, `default` where no size is."""
    sizes = dataset.sizes[(dataset.sizes > 0).all(axis=1)]
    return float(np.median(sizes[:, 0] / sizes[:, 1])) if len(sizes) else default
