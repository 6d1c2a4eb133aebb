"""Precision and recall by score, of the setups whose proposals have scores."""

import dataclasses
import html

import streamlit as st

from core.evaluation.average_precision import MOST
from core.evaluation.evaluation import COCO_THRESHOLDS
from core.evaluation.operating_points import (
    ScoredImages,
    curve,
    operating_points,
    precision_figures,
    rounded,
)
from pages.ui.components.operating_point import ScoredCurve, operating_point
from pages.ui.state import evaluations, session
from pages.ui.state.evaluations import Measured
from pages.ui.state.queue import FALSE
from pages.ui.views.evaluate.choices import EvaluateChoice
from pages.ui.views.evaluate.drawn import Drawn
from pages.ui.views.evaluate.setups import Compared

_KEYS = {"0.5:0.95": "AP", "0.5": "AP50", "0.75": "AP75"}
_KEY = session.page_key("evaluate", "operating_point")


def draw(drawn: Drawn, shown: list[Compared], measured: Measured) -> None:
    """Draw the curves, what a least score gives, and the average precision; nothing without scores."""
    known = [(each, made) for each, made in zip(shown, measured.scored, strict=True) if made is not None]
    if not known:
        return
    iou = drawn.iou if drawn.iou >= COCO_THRESHOLDS[0] else float(COCO_THRESHOLDS[0])
    iou = min(iou, float(COCO_THRESHOLDS[-1]))
    st.subheader("Precision and recall by score", divider="gray")
    operating_point(
        key=_KEY,
        curves=[_curve(drawn, each, made, iou) for each, made in known],
        score=drawn.page.least_score,
        iou=iou,
        on_score=_choose,
    )
    _table(known)


def _choose() -> None:
    sent = (session.remembered(_KEY) or {}).get("score")
    session.choose(EvaluateChoice, score=sent["text"] if sent else "")


def _curve(drawn: Drawn, each: Compared, made: ScoredImages, iou: float) -> ScoredCurve:
    points = evaluations.made(operating_points, made, iou)
    recall, precision = evaluations.made(curve, made, iou)
    return ScoredCurve(
        name=each.name,
        colour=each.style.colour,
        dash=each.style.dash,
        curve=[rounded(recall), rounded(precision)],
        score=points.score.tolist(),
        recall=rounded(points.recall),
        precision=rounded(points.precision),
        f1=rounded(points.f1),
        false=rounded(points.false_positives),
        best=points.best,
        explore=_explore(drawn, each),
    )


def _explore(drawn: Drawn, each: Compared) -> dict[str, str]:
    """Return the link to the false positives of a setup, but for the least score."""
    setup = dataclasses.replace(each.setup, top=0, rule=drawn.chosen.setup.rule)
    view = dataclasses.replace(drawn.chosen, setup=setup, image="", box="")
    return {**session.all_choices().replace(view).spell(), "queue": FALSE}


def _table(known: list[tuple[Compared, ScoredImages]]) -> None:
    """Draw the average precision of each setup."""
    made = [(each, evaluations.made(precision_figures, of)) for each, of in known]
    kinds = {"average_precision": "", "mean_average_precision": "m"}
    columns = [
        (kind, key, f"{prefix}{name}")
        for kind, prefix in kinds.items()
        for key, name in _KEYS.items()
        if any(kind in figures for _, figures in made)
    ]
    head = "".join(f"<th>{name}</th>" for *_, name in columns)
    rows = "".join(
        f"<tr><td>{each.style.swatch}<b>{html.escape(each.name)}</b></td>"
        + "".join(f"<td>{_text(figures.get(kind, {}).get(key))}</td>" for kind, key, _ in columns)
        + "</tr>"
        for each, figures in made
    )
    table = f"<table><thead><tr><th>setup</th>{head}</tr></thead><tbody>{rows}</tbody></table>"
    st.html(f'<div class="evaluation">{table}</div>')
    by_category = any(kind == "mean_average_precision" for kind, *_ in columns)
    st.caption(
        f"COCO's average precision, of the first {MOST} boxes of each image by score, of any category"
        f"{'; mAP is the mean over categories' if by_category else ''}. Setups without scores have none."
    )


def _text(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
