"""COCO's average precision of proposals with scores: of boxes of any category, and category by category.

Equal to pycocotools' with ``useCats`` 0 and 1, all areas: detections of equal score come in the order of the
images, and within an image by category, then in their own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core import boxes as bx
from core.boxes import Boxes
from core.evaluation.evaluation import COCO_THRESHOLDS
from core.evaluation.matching import coco_detections
from core.proposers import Found
from core.truth import Truth

MOST = 100
"""Detections of an image that count, in each category: COCO's number."""

RECALLS = np.linspace(0.0, 1.0, 101)
"""At which the precision is taken."""


@dataclass(frozen=True, eq=False)
class Detections:
    """The detections of an image, or of a category in it, at T thresholds.

    Attributes
    ----------
    scores : float32 (N,)
        Falling.
    match : int8 (T, N)
        1 for one that finds an object, 0 for a false positive, -1 for one in a crowd region, which does not
        count.
    objects : int
        Crowd regions apart.
    """

    scores: NDArray[np.float32]
    match: NDArray[np.int8]
    objects: int


@dataclass(frozen=True, eq=False)
class Scored:
    """The detections of an image: those of all categories as of one, and those of each.

    Attributes
    ----------
    of_any : Detections
    of_category : mapping of int to Detections, or None
        Of each category that a detection or an object of the image has; None where detections have none.
    """

    of_any: Detections
    of_category: Mapping[int, Detections] | None


def scored(found: Found, truth: Truth) -> Scored | None:
    """Return the detections of an image, None for proposals without scores."""
    if found.scores is None:
        return None
    of_any = _of_any(found, truth)
    if found.categories is None:
        return Scored(of_any, None)
    numbers = np.union1d(found.categories, truth.category).tolist()
    return Scored(of_any, {number: _of_category(found, truth, number) for number in numbers})


def _of_any(found: Found, truth: Truth) -> Detections:
    """Return the detections of all categories; of equal scores those of a lower category first, as COCO."""
    if found.categories is not None:
        found = found.take(np.argsort(found.categories, kind="stable"))
    truth = truth.rows(np.argsort(truth.category, kind="stable"))
    return detections(found.boxes, found.scores, truth)  # type: ignore[arg-type]


def _of_category(found: Found, truth: Truth, number: int) -> Detections:
    of = found.take(np.flatnonzero(found.categories == number))
    return detections(of.boxes, of.scores, truth.rows(truth.category == number))  # type: ignore[arg-type]


def detections(
    boxes: Boxes,
    scores: NDArray[np.float32],
    truth: Truth,
    thresholds: NDArray[np.float64] = COCO_THRESHOLDS,
    most: int = MOST,
) -> Detections:
    """Return the first detections of an image by score, matched as COCO does.

    Parameters
    ----------
    boxes : float32 (N, 4)
    scores : float32 (N,)
    truth : Truth
        The objects that they may find, and crowd regions, of which one takes any number of them.
    thresholds : float64 (T,)
    most : int
    """
    rows = np.argsort(-scores, kind="stable")[:most]
    # Objects before crowd regions: a detection takes a region only where no free object will do.
    truth = truth.rows(np.argsort(truth.crowd, kind="stable"))
    shared, own = bx.intersection(boxes[rows], truth.boxes), bx.area(boxes[rows])[:, None]
    whole = np.where(truth.crowd[None], own, own + bx.area(truth.boxes)[None] - shared)
    iou = np.divide(shared, whole, out=np.zeros_like(shared), where=whole > 0)
    match = coco_detections(iou, truth.crowd, thresholds)
    return Detections(scores[rows], match, int(np.count_nonzero(~truth.crowd)))


def average_precision(images: Sequence[Detections]) -> NDArray[np.float64]:
    """Return the average precision at each threshold, 0-1, NaN where there is no object: float64 (T,).

    The mean, over 101 recalls from 0 to 1, of the largest precision at that recall or a larger one.

    Parameters
    ----------
    images : sequence of Detections
        At the same T thresholds, at least one.
    """
    objects = sum(image.objects for image in images)
    if not objects:
        return np.full(len(images[0].match), np.nan)
    order = np.argsort(-np.concatenate([image.scores for image in images]), kind="stable")
    match = np.concatenate([image.match for image in images], axis=1)[:, order]
    return np.array([_of_threshold(row[row >= 0] > 0, objects) for row in match])


def _of_threshold(is_true: NDArray[np.bool_], objects: int) -> float:
    true = np.cumsum(is_true)
    precision = true / np.arange(1, len(true) + 1)
    best = np.append(np.maximum.accumulate(precision[::-1])[::-1], 0.0)
    return float(best[np.searchsorted(true / objects, RECALLS)].mean())


def by_category(images: Iterable[Mapping[int, Detections]]) -> dict[int, NDArray[np.float64]]:
    """Return the average precision of each category that has an object: float64 (T,) each."""
    of: dict[int, list[Detections]] = {}
    for image in images:
        for number, found in image.items():
            of.setdefault(number, []).append(found)
    return {number: average_precision(of[number]) for number in sorted(of) if _objects(of[number])}


def _objects(images: Sequence[Detections]) -> int:
    return sum(image.objects for image in images)


def figures(images: Sequence[Scored]) -> dict[str, dict[str, float | None]]:
    """Return the figures of a set by key; none where there are no images.

    Parameters
    ----------
    images : sequence of Scored
        In the order of their image ids, in which COCO's tools take detections of equal scores.

    Returns
    -------
    dict
        ``average_precision`` of boxes of any category, and where they have categories
        ``mean_average_precision`` over these; each at IoU ``0.5`` and ``0.75``, and the mean from .5 to .95.
    """
    if not images:
        return {}
    made = {"average_precision": _by_iou(average_precision([image.of_any for image in images]))}
    of_category = [image.of_category for image in images if image.of_category is not None]
    if len(of_category) == len(images) and (categories := by_category(of_category)):
        made["mean_average_precision"] = _by_iou(np.mean(list(categories.values()), axis=0))
    return made


def _by_iou(values: NDArray[np.float64]) -> dict[str, float | None]:
    texts = {"0.5": values[0], "0.75": values[5], "0.5:0.95": values.mean()}
    return {key: None if np.isnan(value) else float(value) for key, value in texts.items()}
