"""Intervals of average precision over the images of a data set, by resampling images.

See :mod:`core.evaluation.bootstrap`: a resample weighs the detections and the objects of an image by how
often the image is drawn.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.evaluation.average_precision import RECALLS, Detections, Scored
from core.evaluation.bootstrap import bounds, weights

# Numbers in one array: resamples by detections. Of many detections fewer resamples are drawn, at least 100.
_AT_ONCE, _MOST, _LEAST = 2_000_000, 10_000_000, 100

Intervals = dict[str, dict[str, list[float] | None]]


def intervals(images: Sequence[Scored]) -> Intervals:
    """Return the 95 % intervals of the figures of :func:`core.evaluation.average_precision.figures`.

    Parameters
    ----------
    images : sequence of Scored
        In the order of their image ids.

    Returns
    -------
    dict
        With the keys of the figures; [low, high] each, None where there is nothing to measure.
    """
    if not images:
        return {}
    made = {"average_precision": _by_iou(resampled([image.of_any for image in images]))}
    of_category = [image.of_category for image in images if image.of_category is not None]
    if len(of_category) == len(images):
        numbers = {n for image in of_category for n, found in image.items() if found.objects}
        parts = [resampled([image.get(number) for image in of_category]) for number in sorted(numbers)]
        if parts:
            made["mean_average_precision"] = _by_iou(_mean(parts))
    return made


def resampled(
    images: Sequence[Detections | None], drawn: NDArray[np.float32] | None = None
) -> NDArray[np.float64]:
    """Return the average precision of each resample at each threshold: float64 (R, T), NaN without an object.

    Parameters
    ----------
    images : sequence of Detections or None
        None for an image without one of the category; at least one is none of these.
    drawn : float32 (R, I), optional
        How often each image is drawn.
    """
    known = [(at, image) for at, image in enumerate(images) if image is not None]
    if drawn is None:
        of = sum(len(image.scores) for _, image in known)
        drawn = weights(len(images))[: max(_MOST // max(of, 1), _LEAST)]
    order = np.argsort(-np.concatenate([image.scores for _, image in known]), kind="stable")
    match = np.concatenate([image.match for _, image in known], axis=1)[:, order]
    of_image = np.repeat([at for at, _ in known], [len(image.scores) for _, image in known])[order]
    objects = np.zeros(len(images), np.float32)
    objects[[at for at, _ in known]] = [image.objects for _, image in known]
    step = max(_AT_ONCE // max(len(order), 1), 1)
    parts = [
        _of_resamples(match, drawn[start : start + step][:, of_image], drawn[start : start + step] @ objects)
        for start in range(0, len(drawn), step)
    ]
    return np.concatenate(parts)


def _of_resamples(
    match: NDArray[np.int8], times: NDArray[np.float32], objects: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return the average precision of some resamples: float64 (R, T).

    Parameters
    ----------
    match : int8 (T, D)
        The best score first.
    times : float32 (R, D)
        How often each detection is drawn.
    objects : float32 (R,)
    """
    result = np.full((len(times), len(match)), np.nan)
    every = np.cumsum(times, axis=1)
    for level, row in enumerate(match):
        # Precision is largest right after a detection that finds an object: the others are only counted.
        finds = np.flatnonzero(row > 0)
        shown = every if (row >= 0).all() else np.cumsum(times * (row >= 0), axis=1)
        true, shown = np.cumsum(times[:, finds], axis=1), shown[:, finds]
        precision = np.divide(true, shown, out=np.zeros_like(true), where=shown > 0)
        best = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
        for number in np.flatnonzero(objects > 0).tolist():
            at = np.searchsorted(true[number].astype(np.float64) / float(objects[number]), RECALLS)
            result[number, level] = np.append(best[number], 0.0)[at].mean()
    return result


def _mean(parts: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the mean over the categories that a resample holds an object of."""
    most = min(map(len, parts))
    stacked = np.stack([part[:most] for part in parts])
    count = (~np.isnan(stacked)).sum(axis=0)
    total = np.nansum(stacked, axis=0)
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)


def _by_iou(values: NDArray[np.float64]) -> dict[str, list[float] | None]:
    texts = {"0.5": values[:, 0], "0.75": values[:, 5], "0.5:0.95": values.mean(axis=1)}
    return {key: bounds(one) for key, one in texts.items()}
