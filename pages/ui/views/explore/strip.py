"""The thumbnails below the picture, and the progress of the order worst first."""

import streamlit as st

from core.datasets import CocoDataset
from pages.ui.components.filmstrip import filmstrip
from pages.ui.server import addresses
from pages.ui.state import image_ids, opened, queue, session
from pages.ui.views.explore.choices import Chosen, accept_order
from pages.ui.views.explore.order import Queue, view_name


def draw(dataset: CocoDataset, images: Queue, index: int, chosen: Chosen) -> None:
    """Draw the thumbnails, and the progress of the order worst first."""
    filmstrip(
        key="filmstrip",
        queue=images.address(dataset, chosen, counts=True),
        thumbnails=addresses.thumbnails(dataset),
        image=image_ids.text_of(dataset, index),
        index=images.position(index),
        on_image=lambda: opened.go_to(session.image_of("filmstrip")),
    )
    if not chosen.explore.is_measured:
        return
    if images.waiting:
        _measuring(dataset, chosen, images)
        return
    matches = queue.matching(dataset, chosen.explore.wanted)
    to_measure = queue.to_measure(dataset, matches)
    others = "are left out" if images.missed else "follow them"
    remarks = []
    if remaining := int((dataset.object_counts[matches] > 0).sum()) - len(to_measure):
        remarks.append(
            f"The first {len(to_measure):,} images with objects are measured; {remaining:,} more {others}."
        )
    if failed := queue.survey(dataset, chosen.shared.setup).failed(to_measure):
        where = "are left out" if images.missed else "follow those that were"
        remarks.append(f"{failed:,} could not be measured: they {where}.")
    if remarks:
        st.caption(" ".join(remarks))


@st.fragment(run_every=1.0)
def _measuring(dataset: CocoDataset, chosen: Chosen, images: Queue) -> None:
    """Draw how many images are measured, without blocking the page."""
    to_measure = queue.to_measure(dataset, queue.matching(dataset, chosen.explore.wanted))
    done = queue.survey(dataset, chosen.shared.setup).measure(to_measure)
    if done == len(to_measure):
        st.rerun()
    shown = f", {images.known[1]:,} of them in order" if images.known else "; in file order until then"
    what = "Worst first" if chosen.explore.queue == "worst" else "With a missed object"
    text = f"{what}: {done:,} of {len(to_measure):,} images measured{shown}."
    bar, accept = st.columns([3, 1], vertical_alignment="center")
    bar.progress(done / len(to_measure), text=text)
    if accept.button("Sort these now", disabled=not done, width="stretch"):
        accept_order(view_name(dataset, chosen), done)
        st.rerun()
