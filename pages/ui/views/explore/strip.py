"""The thumbnails below the picture, and how far worst first has come."""

import streamlit as st

from core.datasets import CocoDataset
from pages.ui.components.filmstrip import filmstrip
from pages.ui.server import addresses
from pages.ui.state import opened, queue, session
from pages.ui.views.explore.choices import Chosen, keep_order
from pages.ui.views.explore.order import Queue, view_name


def draw(dataset: CocoDataset, images: Queue, index: int, chosen: Chosen) -> None:
    """Draw the thumbnails, and how far worst first has come."""
    filmstrip(
        key="filmstrip",
        queue=addresses.queue(dataset, chosen.own.find, images.by, images.known, counts=True),
        thumbnails=addresses.thumbnails(dataset),
        image=int(dataset.image_ids[index]),
        index=images.position(index),
        on_image=lambda: opened.go_to(session.told("filmstrip")),
    )
    if chosen.own.queue != "worst":
        return
    if images.waiting:
        _measuring(dataset, chosen, images)
        return
    survey = queue.survey(dataset, chosen.shared.setup)
    wanted = queue.to_measure(dataset, queue.matching(dataset, chosen.own.find))
    remarks = []
    left = int((dataset.object_counts[images.indices] > 0).sum()) - len(wanted)
    if left:
        remarks.append(
            f"The first {len(wanted):,} images with objects are measured; {left:,} more follow them."
        )
    if failed := survey.failed(wanted):
        remarks.append(f"{failed:,} could not be measured: they follow those that were.")
    if remarks:
        st.caption(" ".join(remarks))


@st.fragment(run_every=1.0)
def _measuring(dataset: CocoDataset, chosen: Chosen, images: Queue) -> None:
    """Draw how many images are measured; the page beside it can be used meanwhile."""
    wanted = queue.to_measure(dataset, queue.matching(dataset, chosen.own.find))
    done = queue.survey(dataset, chosen.shared.setup).measure(wanted)
    if done == len(wanted):
        st.rerun()
    shown = (
        f", {images.known[1]:,} of them in order" if images.known else "; in the order of the file until then"
    )
    words = f"Worst first: {done:,} of {len(wanted):,} images measured{shown}."
    bar, enough = st.columns([3, 1], vertical_alignment="center")
    bar.progress(done / len(wanted), text=words)
    if enough.button("Order these now", disabled=not done, width="stretch"):
        keep_order(view_name(dataset, chosen), done)
        st.rerun()
