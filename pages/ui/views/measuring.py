"""The head of pages that measure setups over a data set: their title, and how far the measurement is."""

import html

import streamlit as st

from core import wording
from core.datasets import CocoDataset
from pages.ui.state import evaluations
from pages.ui.state.choice import Choice
from pages.ui.state.evaluations import Measured
from pages.ui.state.known import set_name
from pages.ui.widgets.markdown import literal


def draw(title: str, dataset: CocoDataset, chosen: Choice, measured: Measured, iou: float) -> None:
    """Draw the title of a page, how far the measurement is, and what measuring the rest of a large set takes.

    Parameters
    ----------
    title : str
    dataset : CocoDataset
    chosen : Choice
    measured : Measured
    iou : float
        At which recall is given, perhaps not the chosen one.
    """
    images, wanted = len(dataset), len(measured.indices)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title(literal(title), width="content")
        st.html(f'<p class="progress">{_progress(dataset, chosen, measured)}</p>')
        further = min(images, evaluations.MAX_IMAGES) - wanted
        if further > 0:
            seconds = evaluations.cost(measured, further)
            about = "" if seconds is None else f" (about {wording.duration(seconds)})"
            st.button(
                f"Measure {further:,} more{about}",
                icon=":material/monitoring:",
                on_click=evaluations.measure_all,
                args=(dataset,),
                help="In the background. In a terminal all cores work: the command at the foot of the page.",
            )
    remarks = []
    if images > wanted and further <= 0:
        remarks.append(f"The page measures {wanted:,} images; the command at its foot all {images:,}.")
    if measured.failed:
        failed = wording.count(measured.failed, "image")
        first = "" if measured.failed == 1 else "the first, "
        remarks.append(f"{failed} could not be measured under every setup: {first}{measured.reason}")
    if chosen.recall.recall_iou != iou:
        remarks.append(f"Recall is given at IoU {iou:.2f}: thresholds are multiples of 0.05.")
    if remarks:
        st.caption(" ".join(map(literal, remarks)))


def _progress(dataset: CocoDataset, chosen: Choice, measured: Measured) -> str:
    name = html.escape(set_name(chosen.dataset))
    images, wanted = len(dataset), len(measured.indices)
    if measured.is_done:
        some = "" if wanted == images else f", spread over {images:,}"
        count = f"{wanted - measured.failed:,} of {wanted:,}" if measured.failed else f"{wanted:,}"
        return f"<b>{name}</b> {count} images measured{some}"
    left = measured.seconds
    about = "" if left is None else f", about {wording.duration(max(left, 1))} left"
    bar = f'<progress value="{measured.done}" max="{wanted}"></progress>'
    return f"<b>{name}</b> {measured.done:,} of {wanted:,} images measured{about} {bar}"
