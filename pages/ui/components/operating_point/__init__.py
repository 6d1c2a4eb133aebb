"""Precision by recall as curves, and a least score under which both follow while it is moved."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pages.ui.components.declare import declare
from pages.ui.components.messages import dated

HERE = Path(__file__).parent

_mount = declare(HERE, '<div class="operating"></div>')


class ScoredCurve(NamedTuple):
    """What the script is told of a setup; see :class:`core.evaluation.operating_points.OperatingPoints`.

    Attributes
    ----------
    name, colour, dash : str
        How it is drawn: ``solid``, ``dash`` or ``dot``.
    curve : two lists of float
        Recall and precision.
    score, recall, precision, f1, false : list of float or None, K long
        At each least score.
    best : int
        Where the F1 is largest.
    explore : dict of str to str
        Parameters of the link to its false positives, but for the least score.
    """

    name: str
    colour: str
    dash: str
    curve: list[list[Any]]
    score: list[float]
    recall: list[Any]
    precision: list[Any]
    f1: list[Any]
    false: list[Any]
    best: int
    explore: dict[str, str]


def operating_point(
    *,
    key: str,
    curves: Sequence[ScoredCurve],
    score: float | None,
    iou: float,
    on_score: Callable[[], None],
) -> None:
    """Draw the curves, and a slider of the least score; its figures follow without a run of the script.

    Parameters
    ----------
    key : str
        Key of the element.
    curves : sequence of ScoredCurve
        At least one; the slider is of the first unless another is chosen.
    score : float or None
        The least score; None is that of the best F1. Takes effect when it changes.
    iou : float
        Of the curves.
    on_score : callable
        Called before the script when a score has been chosen: the ``text`` of its state ``score``, empty for
        the best F1.
    """
    # As text: Streamlit would check whether each list is a dataframe, and import pandas for that.
    text = json.dumps([each._asdict() for each in curves], allow_nan=False)
    _mount(
        key=key,
        data=dated(key, curves=text, score=score, iou=f"{iou:.2f}"),
        on_score_change=on_score,
    )
