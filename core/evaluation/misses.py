"""Why an object is missed: one reason for each, by rules that look at the proposals alone.

The first that holds, t being the IoU threshold and k the number of proposals that count:

=============== ==============================================================================================
``ranked out``  A proposal beyond the first k has an IoU of t or more with the object.
``filtered``    No proposal has, but a box did before the filters: minimum side, NMS, and the proposer's own
                least area.
``shifted``     The best IoU among the first k is from .3 to t.
``fragments``   Boxes that lie at least half inside the object cover, together, at least half of its longer
                side: only parts of it were found.
``swallowed``   A box holds at least half of the object, which is only a part of something larger.
``nothing there`` None of these: what boxes, even those before the filters, hold of the object is less.
=============== ==============================================================================================
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core import boxes as bx
from core.boxes import Boxes

RANKED_OUT, FILTERED, SHIFTED = "ranked out", "filtered", "shifted"
FRAGMENTS, SWALLOWED, NOTHING = "fragments", "swallowed", "nothing there"

REASONS = {
    RANKED_OUT: "A proposal finds it, but beyond the number that counts: another order may bring it forward.",
    FILTERED: "A box found it, but NMS, the minimum side or the minimum area dropped it.",
    SHIFTED: "A proposal lies over it, but not well enough: its IoU is at least 0.3.",
    FRAGMENTS: "Only parts of it are seen: boxes at least half inside it, which cover at least half of its "
    "longer side together. The filters may have dropped some of them.",
    SWALLOWED: "It is seen only as a part of something larger: a box holds at least half of it.",
    NOTHING: "The proposer hardly sees it: no box holds half of it, and those inside cover less than half of "
    "its longer side, even before the filters.",
}
"""What each reason means, in the order in which they are tried."""

UNKNOWN = "not known"
"""Instead of a reason, where none can be told."""

SHIFTED_FROM = 0.3
_HALF = 0.5


def reasons(
    boxes: Boxes, unfiltered: Callable[[], Boxes], objects: Boxes, iou: float, budget: int
) -> list[str]:
    """Return why each object of an image is missed: "" for one that is found.

    Parameters
    ----------
    boxes : float32 (N, 4)
        All proposals, best first.
    unfiltered : callable
        Returns the boxes before the filters, float32 (M, 4); called only where an object needs them.
    objects : float32 (G, 4)
        Crowd regions apart.
    iou : float
        From which IoU an object is found, by whichever proposal.
    budget : int
        How many proposals count.

    Returns
    -------
    list of str, G long
        Keys of ``REASONS``.
    """
    overlaps = bx.iou(boxes, objects)
    threshold = np.float32(iou)
    best = overlaps[:budget].max(axis=0, initial=0)
    result = np.full(len(objects), "", dtype=object)
    result[best < threshold] = NOTHING
    if not (result == NOTHING).any():
        return list(result)
    result[(result == NOTHING) & (overlaps.max(axis=0, initial=0) >= threshold)] = RANKED_OUT
    if left := np.flatnonzero(result == NOTHING).tolist():
        before = np.concatenate([boxes, unfiltered()])
        result[left] = _of_boxes(before, objects[left], best[left], threshold)
    return list(result)


def _of_boxes(
    boxes: Boxes, objects: Boxes, best: NDArray[np.float32], threshold: np.float32
) -> NDArray[np.object_]:
    """Return the reasons of objects that no proposal finds."""
    shared = bx.intersection(boxes, objects)
    held = _share(shared, bx.area(objects)[None])
    inside = _share(shared, bx.area(boxes)[:, None])
    return np.select(
        [
            bx.iou(boxes, objects, shared).max(axis=0, initial=0) >= threshold,
            best >= np.float32(SHIFTED_FROM),
            _covered(boxes, objects, inside >= _HALF) >= _HALF,
            (held >= _HALF).any(axis=0),
        ],
        [FILTERED, SHIFTED, FRAGMENTS, SWALLOWED],
        NOTHING,
    ).astype(object)


def _covered(boxes: Boxes, objects: Boxes, parts: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return which share of the longer side of each object its parts cover together: float64 (G,).

    A crack that runs across a picture fills little of its box, and so do the boxes of its pieces: of the area
    they would cover a tenth where they are all of it.

    Parameters
    ----------
    boxes : float32 (M, 4)
    objects : float32 (G, 4)
    parts : bool (M, G)
        Which boxes are parts of which object.
    """
    result = np.zeros(len(objects))
    for number, (x0, y0, x1, y1) in enumerate(objects.astype(np.float64).tolist()):
        start, end, axis = (x0, x1, 0) if x1 - x0 >= y1 - y0 else (y0, y1, 1)
        sides = boxes[parts[:, number]][:, [axis, axis + 2]].astype(np.float64).clip(start, end)
        sides = sides[np.argsort(sides[:, 0])]
        before = np.concatenate([[start], np.maximum.accumulate(sides[:, 1])])[: len(sides)]
        covered = np.maximum(sides[:, 1] - np.maximum(sides[:, 0], before), 0).sum()
        result[number] = covered / max(end - start, 1e-9)
    return result


def _share(shared: NDArray[np.float64], areas: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(shared, areas, out=np.zeros_like(shared), where=areas > 0)
