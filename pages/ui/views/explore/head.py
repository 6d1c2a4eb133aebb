"""The line above the picture: the name of the image, the order of the images and the search."""

import html

import streamlit as st

from core.datasets import CocoDataset
from pages.ui.state import queue, session
from pages.ui.views.explore.choices import QUEUES, Chosen, ExploreChoice, open_worst
from pages.ui.views.explore.order import Queue
from pages.ui.widgets.markdown import literal

_QUEUES = {"file": "file order", "worst": "worst first"}


def draw(dataset: CocoDataset, images: Queue, index: int, chosen: Chosen) -> None:
    """Draw the name of the image, the order and the search."""
    position, count = images.position(index), len(images.indices)
    where = f"{position + 1:,} of {count:,}" + (f" · {len(dataset):,} in all" if count < len(dataset) else "")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        name = html.escape(dataset.file_names[index])
        st.html(f'<div class="image-name"><b title="{name}">{name}</b> <span>{where}</span></div>')
        st.segmented_control(
            "Order of the images",
            QUEUES,
            required=True,
            format_func=_QUEUES.__getitem__,
            key=session.seed(ExploreChoice, "queue"),
            on_change=open_worst,
            label_visibility="collapsed",
            persist_state="session",
            help="Worst first: by the lowest ABO (mean best overlap) of an image's objects by the proposals "
            "shown, then by the number of missed objects. "
            f"At most {queue.MAX_IMAGES:,} images are measured.",
        )
        st.text_input(
            "Search names",
            key=session.seed(ExploreChoice, "find"),
            placeholder="search names",
            icon=":material/search:",
            label_visibility="collapsed",
            persist_state="session",
            width=190,
        )
    find = chosen.explore.find.strip().lower()
    if find and find not in dataset.file_names[index].lower():
        sought = literal(chosen.explore.find)
        st.caption(f":material/search_off: No image's name contains “{sought}”: all are listed.")
