"""How well the proposals of a picture come again on a changed one."""

from typing import Any

from core.boxes import Boxes
from core.evaluation.matching import Sides, one_to_one


def repeatability(boxes: Boxes, others: Boxes) -> float:
    """Return how well the proposals of a picture come again on a changed one, 0-1; NaN without any.

    The proposals are matched one to one, the largest IoU first; the result is the area below the share that
    is found again over the IoU from 0 to 1, which is the mean IoU of the matches, 0 for one without a match
    (Hosang, Benenson, Dollár, Schiele: What makes for effective detection proposals?, PAMI 2016, section 3).

    Parameters
    ----------
    boxes : float32 (N, 4)
        On the picture as it is.
    others : float32 (M, 4)
        On the changed one, in the same frame.
    """
    if not len(boxes):
        return float("nan")
    result: Any = one_to_one(Sides.of([others], [boxes]), (len(others),))
    return float(result[0].mean())
