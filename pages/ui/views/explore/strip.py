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
    if not chosen.order.is_measured:
        return
    if images.waiting:
        _measuring(dataset, chosen, images)
        return
    matches = queue.matching(dataset, chosen.explore.wanted)
    to_measure = queue.to_measure(dataset, matches, images.order)
    left_out = images.order.missed or images.order.false
    others = "are left out" if left_out else "follow them"
    remarks = []
    if remaining := queue.could_be_measured(dataset, matches, images.order) - len(to_measure):
        which = "images" if images.order.counts_false else "images with objects"
        remarks.append(f"The first {len(to_measure):,} {which} are measured; {remaining:,} more {others}.")
    if failed := queue.survey(dataset, chosen.shared.setup).failed(to_measure):
        where = "are left out" if left_out else "follow those that were"
        remarks.append(f"{failed:,} could not be measured: they {where}.")
    if remarks:
        st.caption(" ".join(remarks))


_WITH_FALSE = "With a false positive"
_WHAT = {queue.WORST: "Worst first", queue.FALSE: "False positives first"}


@st.fragment(run_every=1.0)
def _measuring(dataset: CocoDataset, chosen: Chosen, images: Queue) -> None:
    """Draw how many images are measured, without blocking the page."""
    matches = queue.matching(dataset, chosen.explore.wanted)
    to_measure = queue.to_measure(dataset, matches, chosen.order)
    done = queue.survey(dataset, chosen.shared.setup).measure(to_measure)
    if done == len(to_measure):
        st.rerun()
    shown = f", {images.known[1]:,} of them in order" if images.known else "; in file order until then"
    what = _WHAT.get(chosen.order.by) or ("With a missed object" if chosen.order.missed else _WITH_FALSE)
    text = f"{what}: {done:,} of {len(to_measure):,} images measured{shown}."
    bar, accept = st.columns([3, 1], vertical_alignment="center")
    bar.progress(done / len(to_measure), text=text)
    if accept.button("Sort these now", disabled=not done, width="stretch"):
        accept_order(view_name(dataset, chosen), done)
        st.rerun()
