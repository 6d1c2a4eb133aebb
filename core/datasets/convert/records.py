"""Changes of single annotations of an untyped COCO file: boxes, areas, segmentations and keypoints."""

import warnings
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Annotation = dict[str, Any]
Box = NDArray[np.float64]

# Boxes are written to a thousandth of a pixel: what is beyond is error of the arithmetic.
_DIGITS = 3


def set_box(annotation: Annotation, bbox: Box) -> None:
    """Set the box of an annotation: integers where all its numbers were and are whole."""
    before = annotation.get("bbox")
    rounded = [round(float(number), _DIGITS) for number in bbox]
    whole = isinstance(before, list) and all(type(number) is int for number in before)
    if whole and all(number.is_integer() for number in rounded):
        annotation["bbox"] = [int(number) for number in rounded]
    else:
        annotation["bbox"] = rounded


def set_area(annotation: Annotation, area: float) -> None:
    """Set the area of an annotation that has one."""
    if "area" in annotation:
        rounded = round(float(area), _DIGITS)
        annotation["area"] = int(rounded) if rounded.is_integer() else rounded


def area_in_pixels(area: float, before: NDArray[np.float64], bbox: Box, factor: float) -> float:
    """Return the area of an annotation whose box was converted, which may be that of a mask.

    An area that is not in the unit of the box stays as it is: it tells whether the conversion is right.

    Parameters
    ----------
    area : float
        As written.
    before, bbox : float64 (4,)
        The box as written, and in pixels.
    factor : float
        Square pixels of what was 1 in the unit of the box; 1 where that is pixels.
    """
    old = float(before[2] * before[3])
    if abs(area - old) <= 1e-3 * old:
        return float(bbox[2] * bbox[3])
    return area * factor if factor != 1 and area < old else area


def scale_segmentation(segmentation: Any, x: float, y: float) -> Any:
    """Return polygons with their points multiplied, or a mask at another size; anything else as it is."""
    if isinstance(segmentation, list):
        return [_scaled_points(part, x, y, 2) if isinstance(part, list) else part for part in segmentation]
    if isinstance(segmentation, dict) and segmentation.get("counts"):
        return _scaled_mask(segmentation, x, y)
    return segmentation


def scale_annotation(annotation: Annotation, bbox: Box, x: float, y: float) -> None:
    """Multiply box, area, segmentation and keypoints of an annotation, as for a picture of another size.

    Parameters
    ----------
    annotation : dict
        Changed.
    bbox : float64 (4,)
        Its box; NaN where none is known.
    x, y : float
        The factors.
    """
    if annotation.get("bbox") and np.isfinite(bbox).all():
        set_box(annotation, bbox * [x, y, x, y])
    area = annotation.get("area")
    if isinstance(area, int | float) and not isinstance(area, bool):
        set_area(annotation, area * x * y)
    if "segmentation" in annotation:
        annotation["segmentation"] = scale_segmentation(annotation["segmentation"], x, y)
    if isinstance(annotation.get("keypoints"), list):
        annotation["keypoints"] = _scaled_points(annotation["keypoints"], x, y, 3)


def _scaled_points(numbers: list[Any], x: float, y: float, step: int) -> list[Any]:
    """Return a flat list of points with x and y multiplied; of three numbers a point, the third stays."""
    factors = (x, y)
    return [
        round(number * factors[n % step], _DIGITS)
        if n % step < 2 and isinstance(number, int | float) and not isinstance(number, bool)
        else number
        for n, number in enumerate(numbers)
    ]


def _scaled_mask(segmentation: dict[str, Any], x: float, y: float) -> dict[str, Any]:
    """Return a run-length encoded mask at another size, encoded as it was: as text or as integers."""
    from pycocotools import mask as library  # only for files that have such segmentations

    height, width = segmentation["size"]
    counts = segmentation["counts"]
    encoded = segmentation if isinstance(counts, str) else library.frPyObjects(segmentation, height, width)
    size = (max(1, round(width * x)), max(1, round(height * y)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of numpy, for how the library makes the array
        mask = library.decode(encoded)
    mask = cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST_EXACT)
    if isinstance(counts, str):
        text = library.encode(np.asfortranarray(mask))["counts"].decode()
        return {**segmentation, "size": [size[1], size[0]], "counts": text}
    column_by_column = mask.T.ravel()
    changes = np.flatnonzero(np.diff(column_by_column, prepend=0))
    runs = np.diff([0, *changes, len(column_by_column)]).tolist()
    return {**segmentation, "size": [size[1], size[0]], "counts": runs}
