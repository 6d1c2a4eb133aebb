"""The steps of the proposer, as layers of the picture and as a list below it."""

import html
from collections.abc import Sequence

import streamlit as st

from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.proposers import Stage
from pages.ui.state import cached, session
from pages.ui.views.explore.choices import Chosen, ExploreChoice


def chosen_stages(dataset: CocoDataset, index: int, chosen: Chosen) -> list[Stage]:
    """Return the proposer's steps where they are to be shown, else none."""
    if not chosen.explore.stages:
        return []
    try:
        return cached.stages(dataset, index, chosen.shared.setup)
    except BoxscopeError:
        return []  # the results show the error


def draw(steps: Sequence[Stage], chosen: Chosen, has_masks: bool) -> None:
    """Draw the switch for the proposer's steps, and their list: the viewer shows the one that is clicked.

    Parameters
    ----------
    steps : sequence of Stage
    chosen : Chosen
    has_masks : bool
        Whether the masks of the objects are in the list too.
    """
    st.toggle(
        "Intermediate results",
        key=session.seed(ExploreChoice, "stages"),
        persist_state="session",
        help="What the proposer computes on the way to its boxes: masks, components, initial regions. A "
        "click on one lays it over the picture, as the menu Overlays does.",
    )
    if not chosen.explore.stages:
        return
    if not steps:
        st.caption(f"{chosen.shared.setup.proposer.name} has no intermediate results to show.")
    texts = {str(number): _step_text(step) for number, step in enumerate(steps)}
    texts |= {"mask": "ground truth: masks of the objects"} if has_masks else {}
    if not texts:
        return
    lines = (
        f'<li><button data-stage="{stage}">{html.escape(text)}</button></li>' for stage, text in texts.items()
    )
    st.html(f'<ol class="stages">{"".join(lines)}</ol>')


def _step_text(step: Stage) -> str:
    if step.merges:
        return f"{step.name}: {step.merges} merges"
    return step.name if step.boxes is None else f"{step.name}: {len(step.boxes):,} {step.of}".rstrip()
