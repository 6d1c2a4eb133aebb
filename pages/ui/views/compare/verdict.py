"""How the two setups differ over the whole set: objects won and lost, and the figures with intervals."""

import html

import streamlit as st

from core.evaluation.bootstrap import Interval
from core.evaluation.comparison import Comparison, Pair, chance_text, difference_text
from pages.ui.state import comparisons
from pages.ui.views.compare.drawn import Drawn

_DEFINITIONS = """
**Won, lost** Objects that B finds and A misses, and the reverse, by COCO's matching: each of the first
proposals, best first, takes the free object that it overlaps most, if by the IoU or more.

**Recall** The share of the objects that are found.

**AR@k** Average recall by the first k proposals an image: the mean recall over the IoU thresholds
0.50, 0.55 … 0.95.

**Interval** 95 % of the difference B − A, by drawing images with replacement, 1,000 times, the same
images for both. Where it holds 0, the difference *cannot be told from chance*: on other images of the
same kind it may well be the other way round.
"""


def draw(drawn: Drawn, pair: Pair, is_done: bool) -> None:
    """Draw the sentence and the figures; until all images are measured, they are of those that are."""
    figures = comparisons.comparison(pair, drawn.budget, drawn.iou)
    if not figures.objects:
        st.info("The images measured so far have no objects.", icon=":material/image_not_supported:")
        return
    first = "all" if figures.budget_text == "all" else f"the first {figures.budget_text}"
    recall = f"recall at IoU {drawn.iou:.2f} by {first}, B − A"
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.html(
            f'<div class="verdict"><p><b>{html.escape(figures.found)}</b> {_shares(figures, is_done)}</p>'
            f"<p>{_line(f'AR@{figures.budget_text}, B − A', figures.average_recall)}</p>"
            f"<p>{_line(recall, figures.recall)}</p></div>"
        )
        with st.popover("Definitions", icon=":material/help:"):
            st.markdown(_DEFINITIONS)


def _shares(figures: Comparison, is_done: bool) -> str:
    so_far = "" if is_done else " so far"
    return (
        f"<small>{figures.won:,} won, {figures.lost:,} lost · {figures.both:,} found by both, "
        f"{figures.neither:,} by neither · {figures.images:,} images{so_far}</small>"
    )


def _line(name: str, one: Interval) -> str:
    told = "told" if one.excludes_zero else "untold"
    return (
        f'{html.escape(name)} <b>{difference_text(one)}</b>: <span class="{told}">{chance_text(one)}</span>'
    )
