"""The steps of the proposer: offered as layers of the picture, and listed below it."""

from collections.abc import Sequence

import streamlit as st

from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.proposers import Stage
from pages.ui.state import cached, session
from pages.ui.views.explore.choices import Chosen, ExploreChoice


def taken(dataset: CocoDataset, index: int, chosen: Chosen) -> list[Stage]:
    """Return the proposer's steps, where they are wanted."""
    if not chosen.own.stages:
        return []
    try:
        return cached.stages(dataset, index, chosen.shared.setup)
    except BoxscopeError:
        return []  # the results say what is wrong


def draw(steps: Sequence[Stage], chosen: Chosen) -> None:
    """Offer the proposer's steps as layers, and list them."""
    st.toggle(
        "Steps of the proposer as layers",
        key=session.seed(ExploreChoice, "stages"),
        persist_state="session",
        help="What the proposer does on its way to the boxes: masks, components, initial regions. "
        "The menu Layers above the picture then shows them.",
    )
    if not chosen.own.stages:
        return
    if not steps:
        st.caption(f"{chosen.shared.setup.proposer.name} has no steps to show.")
        return
    st.caption("  \n".join(f"{number + 1}. {_step_caption(step)}" for number, step in enumerate(steps)))


def _step_caption(step: Stage) -> str:
    if step.merges:
        return f"{step.name}: {step.merges} merges"
    return step.name if step.boxes is None else f"{step.name}: {len(step.boxes)} large enough"
