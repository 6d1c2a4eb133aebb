"""The line above the picture: the name of the image, the order of the images, the filter and the search."""

import html

import streamlit as st

from core.datasets import CocoDataset
from core.datasets.search import OBJECTS, ImageFilter
from pages.ui.state import queue, session
from pages.ui.views.explore.choices import QUEUES, Chosen, ExploreChoice, open_first
from pages.ui.views.explore.order import Queue
from pages.ui.widgets.markdown import literal

_ANY = ImageFilter().objects
_OBJECTS = {"0": "none", "2-4": "2 to 4", "5-9": "5 to 9", "10-": "10 or more"}
_SORT_HELP = (
    "Worst first: by the lowest ABO (mean best overlap) of an image's objects by the proposals shown, then "
    f"by the number of missed objects. At most {queue.MAX_IMAGES:,} images are measured."
    "\n\nFalse positives first, of proposals with scores: by the highest score of a proposal shown that "
    "overlaps no object by the recall threshold."
)
_QUEUES = {queue.FILE: "file order", queue.WORST: "worst first", queue.FALSE: "false positives first"}


def draw(dataset: CocoDataset, images: Queue, index: int, chosen: Chosen) -> None:
    """Draw the name of the image, the order, the filter and the search."""
    position, count = images.position(index), len(images.indices)
    where = f"{position + 1:,} of {count:,}" + (f" · {len(dataset):,} in all" if count < len(dataset) else "")
    if not images.holds(index):
        where = f"not among the {count:,} listed"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        name = html.escape(dataset.file_names[index])
        st.html(f'<div class="image-name"><b title="{name}">{name}</b> <span>{where}</span></div>')
        has_scores = chosen.shared.setup.proposer.has_scores
        st.markdown("Sort:", width="content", help=_SORT_HELP)
        if chosen.explore.queue == queue.FALSE and not has_scores:
            session.choose(ExploreChoice, queue=queue.FILE)
        st.segmented_control(
            "Order of the images",
            QUEUES if has_scores else QUEUES[:2],
            required=True,
            format_func=_QUEUES.__getitem__,
            key=session.seed(ExploreChoice, "queue"),
            on_change=open_first,
            label_visibility="collapsed",
            persist_state="session",
        )
        _filters(dataset, chosen)
        st.text_input(
            "Search file names",
            key=session.seed(ExploreChoice, "find"),
            placeholder="search file names",
            icon=":material/search:",
            label_visibility="collapsed",
            persist_state="session",
            width=190,
        )
    if reason := _why_all(dataset, images, chosen):
        st.caption(f":material/search_off: {literal(reason)}: all are listed.")


def _filters(dataset: CocoDataset, chosen: Chosen) -> None:
    """Draw the choice of images by objects and class, in a list that opens."""
    classes = {"": "any", **{str(number): name for number, name in dataset.categories.items()}}
    if chosen.explore.category not in classes:
        session.choose(ExploreChoice, category="")
    active = (
        chosen.explore.objects != _ANY,
        bool(chosen.explore.category),
        chosen.order.missed,
        chosen.order.false,
    )
    with st.popover(
        f"Filter images · {sum(active):d}" if any(active) else "Filter images", icon=":material/filter_list:"
    ):
        st.toggle(
            "Only with a missed object",
            key=session.seed(ExploreChoice, "missed"),
            on_change=open_first,
            persist_state="session",
            help="By the proposals shown. The images are measured for it, as for worst first.",
        )
        if chosen.shared.setup.proposer.has_scores:
            st.toggle(
                "Only with a false positive",
                key=session.seed(ExploreChoice, "false"),
                on_change=open_first,
                persist_state="session",
                help="A proposal shown that overlaps no object by the recall threshold.",
            )
        st.selectbox(
            "Number of objects",
            list(OBJECTS),
            format_func=lambda name: _OBJECTS.get(name, name),
            key=session.seed(ExploreChoice, "objects"),
            persist_state="session",
        )
        if len(classes) > 2:
            st.selectbox(
                "With an object of the class",
                list(classes),
                format_func=classes.__getitem__,
                key=session.seed(ExploreChoice, "category"),
                persist_state="session",
            )


def _why_all(dataset: CocoDataset, images: Queue, chosen: Chosen) -> str:
    """Return why images are listed that do not fit; empty where all that are listed do."""
    wanted = chosen.explore.wanted
    if not len(queue.found(dataset, wanted)):
        by_name = wanted == ImageFilter(wanted.name)
        return f"No image's name contains “{wanted.name}”" if by_name else "No image fits the filter"
    if images.known is None:
        return ""
    some = queue.some_only(dataset, wanted, images.order, *images.known)
    return next((f"No image has a {name}" for name, indices in some.items() if not len(indices)), "")
