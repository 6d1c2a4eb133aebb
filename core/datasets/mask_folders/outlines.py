"""The segmentations of the objects of a mask, as COCO has them, which give back every pixel.

Polygons run along the edges of the pixels, so that COCO's own tools fill exactly the pixels that they came
from. A polygon with a hole does not exist in COCO: such an object is written as run lengths.
"""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets.mask_folders.objects import Objects


def segmentations(objects: Objects, polygons: bool) -> list[Any]:
    """Return the segmentation of each object.

    Parameters
    ----------
    objects : Objects
    polygons : bool
        Whether an object without holes gets polygons; otherwise all get run lengths.
    """
    return [_segmentation(objects, row, polygons) for row in range(len(objects.numbers))]


def _segmentation(objects: Objects, row: int, polygons: bool) -> Any:
    """Return an object's polygons, where they are wanted and it has no hole, or else its run lengths."""
    from core.datasets.mask_folders import kernel

    part = (objects.labels, objects.mask, objects.numbers[row], objects.boxes[row])
    if polygons:
        corners, starts, holes = kernel.trace(*part)
        if not holes:
            numbers = corners.ravel().tolist()
            ends = (2 * starts).tolist()
            return [numbers[a:b] for a, b in pairwise(ends)]
    return _run_lengths(kernel.runs(*part), objects.mask.shape)


def _run_lengths(lengths: NDArray[np.int64], shape: tuple[int, ...]) -> dict[str, Any]:
    """Return run lengths as COCO writes them."""
    from pycocotools import mask as library  # only where there are such

    size = [int(side) for side in shape[:2]]
    packed = library.frPyObjects({"size": size, "counts": lengths.tolist()}, *size)
    return {"size": size, "counts": packed["counts"].decode("ascii")}
