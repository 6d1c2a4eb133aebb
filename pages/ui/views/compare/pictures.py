"""The picture under both setups, with one zoom, and the thumbnails of the images."""

import dataclasses
import html

import streamlit as st

from core.datasets.shape import usual_ratio
from core.evaluation.compared_objects import ObjectResult
from pages.ui.components.filmstrip import filmstrip
from pages.ui.components.viewer import display_of, image_of, top_of, viewer
from pages.ui.server import addresses
from pages.ui.state import image_ids, opened, session
from pages.ui.views.compare import setups
from pages.ui.views.compare.choices import LISTS, CompareChoice, keep_image, open_first, show
from pages.ui.views.compare.drawn import Drawn, Side
from pages.ui.views.compare.images import Listed

_GROUP = "compared"


def head(drawn: Drawn, images: Listed, index: int) -> None:
    """Draw the name of the image, and which images are listed."""
    name = html.escape(drawn.dataset.file_names[index])
    count = len(images.indices)
    where = f"{images.position(index) + 1:,} of {count:,}"
    if not images.holds(index):
        where = f"not among the {count:,} listed"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.html(f'<div class="image-name"><b title="{name}">{name}</b> <span>{where}</span></div>')
        st.segmented_control(
            "Images",
            list(LISTS),
            required=True,
            format_func=LISTS.__getitem__,
            key=session.seed(CompareChoice, "listed"),
            on_change=open_first,
            label_visibility="collapsed",
            persist_state="session",
            help="Those with the most lost objects first; of “B finds, A misses”, the most won ones.",
        )
    if images.is_empty:
        st.caption(":material/search_off: No image measured so far is in this list: all are listed.")


def draw(
    drawn: Drawn, images: Listed, index: int, results: tuple[list[ObjectResult], list[ObjectResult]] | None
) -> None:
    """Draw the two pictures, and the thumbnails below them."""
    for side, column, known in zip(
        drawn.sides, st.columns(2, gap="small"), results or (None, None), strict=True
    ):
        with column:
            st.html(setups.heading(side, known))
            _picture(drawn, images, index, side)
    filmstrip(
        key=session.page_key("compare", "filmstrip"),
        queue=images.address,
        thumbnails=addresses.thumbnails(drawn.dataset),
        image=image_ids.text_of(drawn.dataset, index),
        index=images.position(index),
        on_image=lambda: _go_to(session.image_of(session.page_key("compare", "filmstrip"))),
    )


def _picture(drawn: Drawn, images: Listed, index: int, side: Side) -> None:
    dataset, key = drawn.dataset, session.page_key("compare", f"viewer {side.letter}")
    leads = side.letter == "A"  # B follows it from image to image, and the sidebar is A's
    setup = dataclasses.replace(side.setup, rule=drawn.chosen.setup.rule)
    viewer(
        key=key,
        image=image_ids.text_of(dataset, index),
        proposals=addresses.proposals(dataset, setup),
        queue=images.address if leads else None,
        index=images.position(index),
        top=drawn.chosen.setup.top,
        recall=drawn.chosen.recall.recall_iou,
        frame=usual_ratio(dataset),
        display=drawn.page.shown,
        no_layers="Explore shows the intermediate results of a proposer.",
        group=_GROUP,
        live=leads,
        on_image=lambda: _go_to(image_of(key)),
        on_top=lambda: opened.show_top(top_of(key) or 0),
        on_display=lambda: show(display_of(key)),
    )


def _go_to(image: str | None) -> None:
    """Go to the image that the user chose, and stay there."""
    keep_image()
    opened.forget_box()
    opened.go_to(image)
